// What was done in a bottle waits here until the server has it. Each event has an id of its own, so a repeat counts once.
import type { Trigger } from "./types";

export interface Deed {
  eventId: string;
  experienceId: string;
  trigger: Trigger;
  at: string;
  seconds?: number;
}

const KEY = "nerdx.ar.deeds";
const BATCH = 100;

function all(): Record<string, Deed[]> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}") as Record<string, Deed[]>;
  } catch {
    return {};
  }
}

// Deeds are of the account that did them: somebody else on the same phone does not tell them.
export const waiting = (account: string): Deed[] => (all()[account] ?? []).slice(0, BATCH);

export function keep(account: string, deed: Deed): void {
  const kept = all();
  localStorage.setItem(KEY, JSON.stringify({ ...kept, [account]: [...(kept[account] ?? []), deed] }));
}

export function drop(account: string, told: Deed[]): void {
  const ids = new Set(told.map((deed) => deed.eventId));
  const { [account]: own = [], ...others } = all();
  const left = own.filter((deed) => !ids.has(deed.eventId));
  localStorage.setItem(KEY, JSON.stringify(left.length ? { ...others, [account]: left } : others));
}
