// What the parts of the page share: one place that sends changes, and drawing that keeps the focus.
import { locale } from "../lib/locale";
import type { Checkout } from "./types";

export interface Host {
  readonly id: string;
  /** Sends a change, shows what came of it; a refusal is thrown. */
  change(document: string, input: Record<string, unknown>): Promise<void>;
  /** Does something behind a button, once at a time; what goes wrong is said aloud. */
  run(work: () => Promise<void>): Promise<void>;
  show(checkout: Checkout): void;
  restart(): void;
  /** For those who cannot see the page change. */
  announce(text: string): void;
}

export interface Part {
  readonly element: HTMLElement;
  update(checkout: Checkout): void;
}

/** How a payment is asked for: by this page's own form, or by the yes to a card. */
export interface Deed {
  readonly document: string;
  input(checkout: Checkout, total: number): Record<string, unknown>;
  label(due: string): string;
  /** After a yes that counts no more: gets another; tells whether it is one to what the buyer saw. */
  again?(): Promise<boolean>;
}

export const isOpen = (checkout: Checkout): boolean => checkout.status === "OPEN" || checkout.status === "READY";

export function nameOf(checkout: Checkout, line: { id: string } | null | undefined, fallback: string): string {
  return checkout.lines.find(({ id }) => id === line?.id)?.variant?.name ?? fallback;
}

const drawn = new WeakMap<HTMLElement, string>();

/** Draws anew when what is shown has changed, and leaves the focus on what has the same id. */
export function redraw(box: HTMLElement, shown: unknown, draw: () => (Node | false | null | "" | undefined)[]): void {
  const text = JSON.stringify([locale(), shown]);
  if (drawn.get(box) === text) return;
  drawn.set(box, text);
  const held = document.activeElement;
  const isHeld = held instanceof HTMLElement && held !== box && box.contains(held);
  box.replaceChildren(...draw().filter((node): node is Node => Boolean(node)));
  if (!isHeld) return;
  const again = held.id ? document.getElementById(held.id) : null;
  if (!again) box.tabIndex = -1;
  (again ?? box).focus({ preventScroll: true });
}

export function day(text: string): string {
  return new Date(`${text}T00:00:00`).toLocaleDateString(locale(), { month: "long", day: "numeric", weekday: "short" });
}
