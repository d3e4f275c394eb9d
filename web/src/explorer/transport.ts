// How the explorer reaches the graph: signed HTTP, one WebSocket that never gives up, and an ear on every answer.
import { type Fetcher, type FetcherParams, type Observable, createGraphiQLFetcher } from "@graphiql/toolkit";
import { type DocumentNode, type ExecutionResult, getOperationAST } from "graphql";
import { type SubscribePayload, createClient } from "graphql-ws";
import { SIGN_IN_CODES } from "../lib/graphql";
import { GRAPHQL_URL, GRAPHQL_WS_URL, languageHeaders } from "../lib/http";
import { connectionParams } from "../lib/live";
import { onLocale } from "../lib/locale";
import { freshToken, onSession, session } from "../lib/session";

type Data = Record<string, unknown>;
type Body = { data?: Data | null; errors?: { extensions?: { code?: string } }[] };
type Ear = (data: Data) => void;

const ears = new Set<Ear>();
const LONGEST_WAIT_MS = 8_000;

export function onAnswer(ear: Ear): () => void {
  ears.add(ear);
  return () => ears.delete(ear);
}

function tell(data: Data | null | undefined): void {
  if (data) ears.forEach((ear) => ear(data));
}

async function send(url: RequestInfo | URL, init: RequestInit | undefined, token: string | null): Promise<Response> {
  const headers = new Headers(languageHeaders());
  if (token) headers.set("Authorization", `Bearer ${token}`);
  new Headers(init?.headers).forEach((value, name) => headers.set(name, value));
  return fetch(url, { ...init, headers });
}

async function signedFetch(url: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const token = await freshToken();
  const response = await send(url, init, token);
  const body = (await response.clone().json().catch(() => null)) as Body | null;
  const refused = body?.errors?.some(({ extensions }) => SIGN_IN_CODES.has(extensions?.code ?? ""));
  if (token && refused) return send(url, init, await freshToken(token));
  tell(body?.data);
  return response;
}

const wsClient = createClient({
  url: GRAPHQL_WS_URL,
  connectionParams: async () => connectionParams(await freshToken()),
  shouldRetry: () => true,
  retryAttempts: Number.POSITIVE_INFINITY,
  retryWait: (tries) => new Promise((wake) => setTimeout(wake, Math.min(LONGEST_WAIT_MS, 300 * 2 ** tries) * (0.5 + Math.random() / 2))),
  on: { message: (message) => message.type === "next" && tell(message.payload.data as Data | null) },
});

let connectedAs = session()?.customer.id;
onSession(() => {
  const now = session()?.customer.id;
  if (now !== connectedAs) wsClient.terminate();
  connectedAs = now;
});
onLocale(() => wsClient.terminate());

const overHttp = createGraphiQLFetcher({ url: GRAPHQL_URL, fetch: signedFetch, enableIncrementalDelivery: false });

interface Observer {
  next(value: ExecutionResult): void;
  complete(): void;
}

// The toolkit's own WebSocket fetcher leaves a rejected promise behind for every refused subscription.
function overSocket(params: FetcherParams): Observable<ExecutionResult> {
  return {
    subscribe: (given) => {
      const observer = given as Observer;
      const unsubscribe = wsClient.subscribe(params as SubscribePayload, {
        next: (value) => observer.next(value as ExecutionResult),
        error: (error) => {
          observer.next({ errors: Array.isArray(error) ? error : [{ message: String(error) }] } as unknown as ExecutionResult);
          observer.complete();
        },
        complete: () => observer.complete(),
      });
      return { unsubscribe };
    },
  };
}

function subscribes(document: DocumentNode | undefined, name: string | null | undefined): boolean {
  return Boolean(document && getOperationAST(document, name)?.operation === "subscription");
}

export const fetcher: Fetcher = (params, options) =>
  subscribes(options?.documentAST, params.operationName) ? overSocket(params) : overHttp(params, options);
