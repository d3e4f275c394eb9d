// GraphQL over HTTP, without a session.
import { channel, locale } from "./locale";

export interface GraphQLErrorShape {
  message: string;
  extensions?: { code?: string; traceId?: string };
}

export class RequestFailed extends Error {
  constructor(message: string, readonly code: string) {
    super(message);
  }
}

export const GRAPHQL_URL = new URL("/graphql", location.href).href;
export const GRAPHQL_WS_URL = GRAPHQL_URL.replace(/^http/, "ws");

export function languageHeaders(): Record<string, string> {
  const other = locale() === "ko" ? "en" : "ko";
  const headers: Record<string, string> = { "Accept-Language": `${locale()},${other};q=0.5` };
  const chosen = channel();
  if (chosen) headers["X-Channel"] = chosen;
  return headers;
}

export async function rawRequest<T>(
  query: string,
  variables: Record<string, unknown> = {},
  token?: string | null,
): Promise<T> {
  const response = await fetch(GRAPHQL_URL, {
    method: "POST",
    headers: {
      ...languageHeaders(),
      "Content-Type": "application/json",
      Accept: "application/graphql-response+json, application/json;q=0.9",
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
    },
    body: JSON.stringify({ query, variables }),
  });
  return unwrap<T>(await response.json().catch(() => null), response.status);
}

export function unwrap<T>(body: { data?: T; errors?: GraphQLErrorShape[] } | null, status = 200): T {
  const first = body?.errors?.[0];
  if (first) throw new RequestFailed(first.message, first.extensions?.code ?? "ERROR");
  if (!body?.data) throw new RequestFailed(`HTTP ${status}`, "NO_ANSWER");
  return body.data;
}
