// The explorer: GraphiQL with the sandbox's people, the journey as tabs, and everything served from here.
import "graphiql/style.css";
import "./explorer.css";
import { useMonaco } from "@graphiql/react";
import { GraphiQL } from "graphiql";
import { useEffect } from "react";
import { createRoot } from "react-dom/client";
import { locale } from "../lib/locale";
import { Bar } from "./bar";
import { exampleTabs, examplesMark } from "./examples";
import { noteTabs, useLocale } from "./hooks";
import { Fill, Journey } from "./journey";
import { paint } from "./theme";
import { fetcher } from "./transport";

globalThis.MonacoEnvironment = {
  getWorker: (_id: string, label: string) =>
    new Worker(label === "json" || label === "graphql" ? WORKER_URLS[label] : WORKER_URLS.editor, { type: "module" }),
};

const MARK_KEY = "nerdx.explorer.examples";
if (localStorage.getItem(MARK_KEY) !== examplesMark) {
  localStorage.removeItem("graphiql:tabState");
  localStorage.setItem(MARK_KEY, examplesMark);
}

const CupIcon = () => (
  <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
    <path d="M4 8h16l-1.6 8.2A4.7 4.7 0 0 1 13.8 20h-3.6a4.7 4.7 0 0 1-4.6-3.8zM8 4.5c0-1 1-1 1-2M12 4.5c0-1 1-1 1-2M16 4.5c0-1 1-1 1-2" />
  </svg>
);
const journey = { title: "NERDX", icon: CupIcon, content: Journey };

function Explorer() {
  const language = useLocale();
  const monaco = useMonaco((state) => state.monaco);
  useEffect(() => void (monaco && paint(monaco)), [monaco]);
  return (
    <div className="shell" lang={language}>
      <Bar />
      <GraphiQL
        fetcher={fetcher} plugins={[journey]} visiblePlugin={journey} defaultTabs={exampleTabs} defaultTheme="dark" onTabChange={noteTabs}
        inputValueDeprecation schemaDescription defaultEditorToolsVisibility="variables" shouldPersistHeaders={false}
      >
        <GraphiQL.Logo><span className="for-ears">NERDX</span></GraphiQL.Logo>
        <GraphiQL.Footer><Fill /></GraphiQL.Footer>
      </GraphiQL>
    </div>
  );
}

document.documentElement.lang = locale();
createRoot(document.querySelector("main") as HTMLElement).render(<Explorer />);
