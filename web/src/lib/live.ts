// A subscription that never gives up: graphql-transport-ws first, server-sent events where a proxy breaks it.
import { GRAPHQL_URL, GRAPHQL_WS_URL, type GraphQLErrorShape, languageHeaders } from "./http";
import { channel, locale } from "./locale";
import { freshToken } from "./session";

export type Link = "connecting" | "live" | "waiting";

export interface Watcher<T> {
  data(value: T): void;
  refused(errors: GraphQLErrorShape[]): void;
  ended(): void;
  link(state: Link): void;
}

interface Operation {
  query: string;
  variables: Record<string, unknown>;
}

type Outcome = "ended" | "refused" | "lost" | "unreachable";
type Answer<T> = { data?: T | null; errors?: GraphQLErrorShape[] };

const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 8_000;
const SILENCE_MS = 60_000;
const TRIES_BEFORE_SSE = 2;

/** Follows until the server ends it; returns how to stop. */
export function follow<T>(operation: Operation, watcher: Watcher<T>): () => void {
  const stop = new AbortController();
  void keepFollowing(operation, watcher, stop.signal);
  return () => stop.abort();
}

async function keepFollowing<T>(operation: Operation, watcher: Watcher<T>, signal: AbortSignal): Promise<void> {
  let failures = 0;
  let refusedToken: string | undefined;
  while (!signal.aborted) {
    watcher.link(failures ? "waiting" : "connecting");
    const token = await freshToken(refusedToken).catch(() => null);
    refusedToken = undefined;
    const carry = failures >= TRIES_BEFORE_SSE && failures % 2 === 0 ? overEvents : overSocket;
    const report: Report<T> = { ...watcher, expired: () => (refusedToken = token ?? undefined) };
    const outcome = await carry(operation, token, report, signal);
    if (signal.aborted || outcome === "refused") return;
    if (outcome === "ended") return watcher.ended();
    failures = outcome === "lost" ? 1 : failures + 1;
    await pause(failures, signal);
  }
}

interface Report<T> extends Watcher<T> {
  expired(): void;
}

function pause(failures: number, signal: AbortSignal): Promise<void> {
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures, 6));
  return new Promise((wake) => {
    const timer = setTimeout(wake, longest * (0.5 + Math.random() / 2));
    const hurry = () => (clearTimeout(timer), wake());
    signal.addEventListener("abort", hurry, { once: true });
    window.addEventListener("online", hurry, { once: true });
  });
}

function deliver<T>(answer: Answer<T>, report: Report<T>): boolean {
  if (answer.errors?.length && !answer.data) return report.refused(answer.errors), false;
  if (answer.data) report.data(answer.data);
  return true;
}

interface Message {
  type: string;
  id?: string;
  payload?: unknown;
}

function overSocket<T>(op: Operation, token: string | null, report: Report<T>, signal: AbortSignal): Promise<Outcome> {
  return new Promise((settle) => {
    const socket = new WebSocket(GRAPHQL_WS_URL, "graphql-transport-ws");
    let outcome: Outcome = "unreachable";
    const send = (message: Message) => socket.send(JSON.stringify(message));
    const end = (value: Outcome) => ((outcome = value), socket.close(1000));
    const watchdog = silence(() => socket.close(4408));
    socket.onopen = () => send({ type: "connection_init", payload: connectionParams(token) });
    socket.onmessage = ({ data }) => {
      watchdog.heard();
      const message = JSON.parse(data as string) as Message;
      if (message.type === "ping") send({ type: "pong" });
      else if (message.type === "connection_ack") {
        outcome = "lost";
        send({ type: "subscribe", id: "1", payload: op });
        report.link("live");
      } else if (message.type === "next") {
        if (!deliver(message.payload as Answer<T>, report)) end("refused");
      } else if (message.type === "error") {
        report.refused(message.payload as GraphQLErrorShape[]);
        end("refused");
      } else if (message.type === "complete") end("ended");
    };
    socket.onclose = ({ code }) => {
      watchdog.stop();
      if (code === 4401 || code === 4403) report.expired();
      settle(outcome);
    };
    signal.addEventListener("abort", () => socket.close(1000), { once: true });
  });
}

export function connectionParams(token: string | null): Record<string, string> {
  const params: Record<string, string> = { "accept-language": locale() };
  const chosen = channel();
  if (chosen) params["x-channel"] = chosen;
  if (token) params.authorization = `Bearer ${token}`;
  return params;
}

// A proxy may drop a connection without a word; the server pings far more often than this.
function silence(act: () => void): { heard(): void; stop(): void } {
  let timer = setTimeout(act, SILENCE_MS);
  return {
    heard: () => (clearTimeout(timer), (timer = setTimeout(act, SILENCE_MS))),
    stop: () => clearTimeout(timer),
  };
}

async function overEvents<T>(op: Operation, token: string | null, report: Report<T>, signal: AbortSignal): Promise<Outcome> {
  let outcome: Outcome = "unreachable";
  try {
    const response = await fetch(GRAPHQL_URL, {
      method: "POST",
      headers: {
        ...languageHeaders(),
        "Content-Type": "application/json",
        Accept: "text/event-stream",
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
      },
      body: JSON.stringify(op),
      signal,
    });
    if (response.status === 401) report.expired();
    if (!response.ok || !response.body) return outcome;
    outcome = "lost";
    report.link("live");
    for await (const event of events(response.body)) {
      if (event.name === "complete") return "ended";
      if (event.name === "next" && !deliver(JSON.parse(event.data) as Answer<T>, report)) return "refused";
    }
  } catch {
    return outcome;
  }
  return outcome;
}

async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<{ name: string; data: string }> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let held = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    held += value.replaceAll("\r\n", "\n");
    const blocks = held.split("\n\n");
    held = blocks.pop() ?? "";
    for (const block of blocks) yield event(block);
  }
}

function event(block: string): { name: string; data: string } {
  const lines = block.split("\n");
  const of = (field: string) =>
    lines.filter((line) => line.startsWith(`${field}:`)).map((line) => line.slice(field.length + 1).trimStart());
  return { name: of("event")[0] ?? "message", data: of("data").join("\n") };
}
