declare module "*.graphql" {
  const text: string;
  export default text;
}
declare module "*.css";
declare module "graphiql/style.css";
declare const WORKER_URLS: Record<"editor" | "json" | "graphql", string>;
declare var MonacoEnvironment: import("monaco-editor").Environment;
