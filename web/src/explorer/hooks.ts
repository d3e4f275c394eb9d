import { type SlicesWithActions, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { newKey } from "../lib/graphql";
import { locale, onLocale } from "../lib/locale";
import { onSession, session } from "../lib/session";
import { type Path, type Remembered, examples } from "./examples";
import { type Memory, onMemory, remembered } from "./memory";

export const useSession = () => useSyncExternalStore(onSession, session);
export const useLocale = () => useSyncExternalStore(onLocale, locale);
export const useMemory = () => useSyncExternalStore(onMemory, remembered);

type Json = Record<string, unknown>;

function withValue(variables: Json, [head, ...rest]: Path, value: unknown): Json {
  if (head === undefined) return variables;
  const inner = variables[head];
  return { ...variables, [head]: rest.length ? withValue((inner ?? {}) as Json, rest, value) : value };
}

function filled(name: string, text: string | null, news: Memory & { input?: Json }): string | null {
  const example = examples.find((one) => one.name === name);
  if (!example?.fills && !news.input) return text;
  try {
    let variables = JSON.parse(text || "{}") as Json;
    for (const [key, path] of Object.entries(example?.fills ?? {})) {
      const value = news[key as Remembered];
      if (value !== undefined) variables = withValue(variables, path, value);
    }
    if (news.input) variables = { ...variables, input: { ...(variables.input as Json), ...news.input } };
    return JSON.stringify(variables, null, 2);
  } catch {
    return text;
  }
}

const currentValues = ({ tabs, activeTabIndex, variableEditor, queryEditor, operationName, isFetching }: SlicesWithActions) =>
  ({ tabs, activeTabIndex, variableEditor, queryEditor, operationName, isFetching });

/** Opens, fills and runs the example tabs. */
export function useTabs() {
  const actions = useGraphiQLActions();
  const state = useGraphiQL(currentValues);
  const now = useRef(state);
  now.current = state;
  const [toRun, setToRun] = useState<string | null>(null);
  const active = state.tabs[state.activeTabIndex]?.title;

  useEffect(() => {
    if (!toRun || active !== toRun || state.operationName !== toRun || state.isFetching) return;
    setToRun(null);
    void actions.run();
  }, [toRun, active, state.operationName, state.isFetching, actions]);

  const fill = useCallback((news: Memory) => {
    const { tabs, activeTabIndex, variableEditor } = now.current;
    const next = tabs.map((tab, index) => {
      const variables = filled(tab.title, tab.variables ?? null, news);
      if (variables === tab.variables) return tab;
      if (index !== activeTabIndex) return { ...tab, variables };
      variableEditor?.setValue(variables ?? "");
      return tab;
    });
    if (next.some((tab, index) => tab !== tabs[index])) actions.moveTab(next);
  }, [actions]);

  const open = useCallback((name: string, input?: Json) => {
    const { tabs, activeTabIndex } = now.current;
    const index = tabs.findIndex((tab) => tab.title === name);
    if (index < 0) actions.addTab();
    else if (index !== activeTabIndex) actions.changeTab(index);
    const example = examples.find((one) => one.name === name);
    const stored = tabs[index]?.variables ?? JSON.stringify(example?.variables ?? {}, null, 2);
    if (index < 0) now.current.queryEditor?.setValue(example?.query.trim() ?? "");
    const fresh = input && { ...input, idempotencyKey: newKey() };
    now.current.variableEditor?.setValue(filled(name, stored, { ...remembered(), ...(fresh ? { input: fresh } : {}) }) ?? "");
  }, [actions]);

  const run = useCallback((name: string, input?: Json) => {
    actions.stop();
    open(name, input);
    setToRun(name);
  }, [actions, open]);

  return { active, fill, open, run };
}
