// Queries and mutations whose refusals are thrown in words for people.
import { type Told, accepted } from "../checkout/send";
import { request } from "../lib/graphql";

/** The one root field of an operation; a refusal of a mutation is thrown. */
export async function ask<T>(document: string, variables: Record<string, unknown>): Promise<T> {
  const [answer] = Object.values(await request<Record<string, T>>(document, variables));
  if (answer && typeof answer === "object" && "code" in answer) return accepted(answer as Told<T>);
  return answer as T;
}
