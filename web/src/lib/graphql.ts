// GraphQL over HTTP as whoever is signed in; one silent refresh when the token is refused.
import { RequestFailed, rawRequest } from "./http";
import { freshToken } from "./session";

export const SIGN_IN_CODES = new Set(["UNAUTHENTICATED", "TOKEN_EXPIRED", "TOKEN_INVALID"]);

export async function request<T>(query: string, variables: Record<string, unknown> = {}): Promise<T> {
  const token = await freshToken();
  try {
    return await rawRequest<T>(query, variables, token);
  } catch (error) {
    if (!token || !(error instanceof RequestFailed) || !SIGN_IN_CODES.has(error.code)) throw error;
    return rawRequest<T>(query, variables, await freshToken(token));
  }
}

export const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
