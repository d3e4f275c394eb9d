// Mutations that may be sent again: a lost connection never does a thing twice, because the key stays the same.
import { newKey, request } from "../lib/graphql";
import { RequestFailed } from "../lib/http";
import type { Answer } from "../operations";
import { known, t } from "./strings";

/** The server refused, and says why; `field` is the input's field that it is about. */
export class Refusal extends Error {
  constructor(readonly code: string, message: string, readonly field: string | null, readonly reason: string | null) {
    super(message);
  }
}

type Refusable = { field?: string | null; reason?: string };
export type Told<T> = Answer<T & Refusable>;

const UNANSWERED = new Set(["NO_ANSWER", "INTERNAL", "SERVICE_UNAVAILABLE"]);
const LONGEST_WAIT_MS = 8_000;
export const TRIES = 6;

/** Whether nobody knows if the server did what it was asked; `fetch` calls a lost connection a TypeError. */
export const isLost = (error: unknown): boolean => error instanceof TypeError || (error instanceof RequestFailed && UNANSWERED.has(error.code));

export function soon(tries: number): Promise<void> {
  return new Promise((wake) => {
    const timer = setTimeout(wake, Math.min(LONGEST_WAIT_MS, 500 * 2 ** tries));
    window.addEventListener("online", () => (clearTimeout(timer), wake()), { once: true });
  });
}

/** Sends until there is an answer; the key of the input makes that one deed. */
export async function insist<T>(document: string, input: Record<string, unknown>, lost: (tries: number) => void, tries = TRIES): Promise<Told<T>> {
  for (let tried = 0; ; tried += 1) {
    try {
      const [answer] = Object.values(await request<Record<string, Told<T>>>(document, { input }));
      if (!answer) throw new Error(document);
      return answer;
    } catch (error) {
      if (!isLost(error) || tried >= tries) throw error;
      lost(tried);
      await soon(tried);
    }
  }
}

export function accepted<T>(answer: Told<T>): Told<T> {
  if (answer.code) throw new Refusal(answer.code, said(answer), answer.field ?? null, answer.reason ?? null);
  return answer;
}

/** A refusal for people: some of the server's own words are for those who write programs. */
export function said(answer: { code?: string; message?: string }): string {
  const word = known(`refused_${answer.code}`);
  return word ? t(word) : (answer.message ?? t("trouble"));
}

export async function change<T>(document: string, input: Record<string, unknown>, lost: (tries: number) => void): Promise<T> {
  return accepted(await insist<T>(document, { ...input, idempotencyKey: newKey() }, lost));
}
