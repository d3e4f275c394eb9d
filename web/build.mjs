// Bundles the pages into dist/: hashed assets, the editor's workers, and a manifest for the server.
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const dist = join(here, "dist");
// Built aside and then put in place, so that a server that runs has its pages all the while.
const aside = join(here, "node_modules", `.dist-${process.pid}`);
const assets = join(aside, "assets");
const shared = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  metafile: true,
  entryNames: "[name]-[hash]",
  outdir: assets,
  define: { "process.env.NODE_ENV": '"production"' },
  logLevel: "warning",
};

const workers = {
  editor: "monaco-editor/esm/vs/editor/editor.worker.js",
  json: "monaco-editor/esm/vs/language/json/json.worker.js",
  graphql: "monaco-graphql/esm/graphql.worker.js",
};

// GraphiQL's own style sheet holds the editor's styles already.
const withoutEditorStyles = {
  name: "without-editor-styles",
  setup: (build) => build.onLoad({ filter: /node_modules[\\/]monaco-editor[\\/].*\.css$/ }, () => ({ contents: "" })),
};

const outputOf = (result, entry) =>
  Object.entries(result.metafile.outputs).find(([, output]) => output.entryPoint === entry);

async function buildWorkers() {
  const entryPoints = Object.entries(workers).map(([out, path]) => ({ in: join("node_modules", path), out: `${out}.worker` }));
  const result = await esbuild.build({ ...shared, entryPoints });
  return Object.fromEntries(
    entryPoints.map((entry, index) => {
      const [path] = outputOf(result, entry.in.replaceAll("\\", "/"));
      return [Object.keys(workers)[index], `/assets/${basename(path)}`];
    }),
  );
}

async function buildPages(workerUrls) {
  const entryPoints = [
    { in: "src/explorer/main.tsx", out: "explorer" },
    { in: "src/watch/main.ts", out: "watch" },
    { in: "src/share/main.ts", out: "share" },
    { in: "src/ar/main.ts", out: "ar" },
    { in: "src/checkout/main.ts", out: "checkout" },
    { in: "src/talk/main.ts", out: "talk" },
  ];
  const result = await esbuild.build({
    ...shared,
    entryPoints,
    splitting: true,
    chunkNames: "chunk-[hash]",
    assetNames: "[name]-[hash]",
    jsx: "automatic",
    loader: { ".graphql": "text", ".ttf": "file" },
    define: { ...shared.define, WORKER_URLS: JSON.stringify(workerUrls) },
    plugins: [withoutEditorStyles],
  });
  return Object.fromEntries(
    entryPoints.map((entry) => {
      const [path, output] = outputOf(result, entry.in);
      const css = output.cssBundle ? [`/assets/${basename(output.cssBundle)}`] : [];
      return [entry.out, { js: [`/assets/${basename(path)}`], css }];
    }),
  );
}

await mkdir(assets, { recursive: true });
const manifest = await buildPages(await buildWorkers());
await writeFile(join(aside, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
await rm(dist, { recursive: true, force: true });
await rename(aside, dist);
