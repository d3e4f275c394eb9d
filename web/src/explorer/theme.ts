import type * as Monaco from "monaco-editor";

const INK = "#15110e";
const LEES = "#e8c886";
const SEAL = "#e2644a";

/** Recolours the editors of GraphiQL's two themes. */
export function paint(monaco: typeof Monaco): void {
  const accents = (accent: string) => ({
    "editor.background": "#00000000", "scrollbar.shadow": "#00000000", focusBorder: accent, "textLink.foreground": accent,
    "editorLink.activeForeground": accent, "list.highlightForeground": accent, "editorSuggestWidget.selectedBackground": `${accent}22`,
  });
  monaco.editor.defineTheme("graphiql-DARK", {
    base: "vs-dark", inherit: true,
    colors: { ...accents(LEES), "editorHoverWidget.background": INK, "editorSuggestWidget.background": INK, "editorWidget.background": INK },
    rules: [
      { token: "argument.identifier.gql", foreground: "d9b98a" }, { token: "keyword.gql", foreground: "f08a73" },
      { token: "type.identifier.gql", foreground: "a9c39a" }, { token: "string.key.json", foreground: "d9b98a" },
      { token: "string.value.json", foreground: "a9c39a" }, { token: "comment", foreground: "8d7d6b" },
    ],
  });
  monaco.editor.defineTheme("graphiql-LIGHT", { base: "vs", inherit: true, colors: accents(SEAL), rules: [] });
}
