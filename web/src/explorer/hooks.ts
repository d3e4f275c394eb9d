import { type SlicesWithActions, type TabsState, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
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
  if (Array.isArray(variables)) {
    const changed = withValue({ ...variables }, [head, ...rest], value);
    return Object.values(changed) as unknown as Json;
  }
  return { ...variables, [head]: rest.length ? withValue((inner ?? {}) as Json, rest, value) : value };
}

function filled(name: string, text: string | null, news: Memory & { input?: Json }): string | null {
  const example = examples.find((one) => one.name === name);
  if (!example?.fills && !news.input) return text;
  try {
    let variables = JSON.parse(text || "{}") as Json;
    for (const [key, path] of Object.entries(example?.fills ?? {})) {
      const value = news[key as Remembered];
      // Amounts are remembered as text, like everything else.
      const told = key === "total" ? Number(value) : value;
      if (value !== undefined) variables = withValue(variables, path, told);
    }
    if (news.input) variables = { ...variables, input: { ...(variables.input as Json), ...news.input } };
    return JSON.stringify(variables, null, 2);
  } catch {
    return text;
  }
}

const currentValues = ({ tabs, activeTabIndex, variableEditor, queryEditor, operationName, isFetching }: SlicesWithActions) =>
  ({ tabs, activeTabIndex, variableEditor, queryEditor, operationName, isFetching });

let newest: TabsState = { tabs: [], activeTabIndex: 0 };

/** Given to GraphiQL as `onTabChange`. */
export function noteTabs(state: TabsState): void {
  newest = state;
}

/** Opens, fills and runs the example tabs. */
export function useTabs() {
  const actions = useGraphiQLActions();
  const state = useGraphiQL(currentValues);
  const editors = useRef(state);
  editors.current = state;
  const [toRun, setToRun] = useState<string | null>(null);
  const active = state.tabs[state.activeTabIndex]?.title;

  // Rendered state may be behind the store; an empty change makes the store tell what it has now.
  const current = useCallback((change: { variables?: string | null } = {}) => {
    actions.updateActiveTabValues(change);
    return newest;
  }, [actions]);

  useEffect(() => {
    if (!toRun || active !== toRun || state.operationName !== toRun || state.isFetching) return;
    setToRun(null);
    void actions.run();
  }, [toRun, active, state.operationName, state.isFetching, actions]);

  const fill = useCallback((news: Memory) => {
    const before = current();
    const shown = before.tabs[before.activeTabIndex];
    const variables = shown && filled(shown.title, shown.variables ?? null, news);
    if (shown && variables !== shown.variables) editors.current.variableEditor?.setValue(variables ?? "");
    const { tabs, activeTabIndex } = current({ variables });
    const next = tabs.map((tab, index) => {
      const text = filled(tab.title, tab.variables ?? null, news);
      return index === activeTabIndex || text === tab.variables ? tab : { ...tab, variables: text };
    });
    if (next.some((tab, index) => tab !== tabs[index])) actions.moveTab(next);
  }, [actions, current]);

  // GraphiQL shows the variables of the first tab only after it was left once.
  useEffect(() => {
    const editor = state.variableEditor;
    const { tabs, activeTabIndex } = current();
    if (editor && !editor.getValue()) editor.setValue(tabs[activeTabIndex]?.variables ?? "");
  }, [state.variableEditor, current]);

  const open = useCallback((name: string, input?: Json) => {
    const { tabs, activeTabIndex } = current();
    const index = tabs.findIndex((tab) => tab.title === name);
    if (index < 0) actions.addTab();
    else if (index !== activeTabIndex) actions.changeTab(index);
    const example = examples.find((one) => one.name === name);
    const { queryEditor, variableEditor } = editors.current;
    if (index < 0) queryEditor?.setValue(example?.query.trim() ?? "");
    const stored = tabs[index]?.variables ?? JSON.stringify(example?.variables ?? {}, null, 2);
    const fresh = input && { input: { ...input, idempotencyKey: newKey() } };
    const variables = filled(name, stored, { ...remembered(), ...fresh }) ?? "";
    variableEditor?.setValue(variables);
    current({ variables });
  }, [actions, current]);

  const run = useCallback((name: string, input?: Json) => {
    actions.stop();
    open(name, input);
    setToRun(name);
  }, [actions, open]);

  return { active, operation: state.operationName, fill, open, run };
}
