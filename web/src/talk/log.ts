// The conversation as it is drawn: messages in their order, and the one order card that counts.
import { h } from "../lib/dom";
import type { Reply } from "./fold";
import { OrderView, type Table } from "./order";
import { type Hearer, Said } from "./said";
import { t } from "./strings";
import type { Card, Message } from "./types";

/** The id of what is on its way. */
export const PENDING = "pending";
const NEAR_PX = 180;
const ROOM_ABOVE_PX = 24;

export class Log {
  private readonly said = new Map<string, Said>();
  private readonly messages = new Map<string, Message>();
  private order: OrderView | null = null;
  readonly element = h("ol", { class: "log", aria: { label: t("talk") } });

  constructor(private readonly hearer: Hearer, private readonly table: Table, private returned: string | null) {}

  /** Draws a message where it belongs; one that is there already is brought up to date. */
  put(message: Message, doing: string | null = null): void {
    const isAtEnd = this.isAtEnd();
    let one = this.said.get(message.id);
    if (!one) {
      one = new Said(this.hearer);
      this.said.set(message.id, one);
      // What was missed while the connection was gone goes where it belongs.
      const next = this.inOrder().find((other) => isBefore(message, other));
      this.element.insertBefore(one.element, (next && this.said.get(next.id)?.element) ?? null);
    }
    this.messages.set(message.id, message);
    one.update(message, doing);
    this.placeOrder();
    if (isAtEnd) this.toEnd(one.element);
  }

  hear({ message, doing }: Reply): void {
    this.put(message, doing);
  }

  drop(id: string): void {
    this.said.get(id)?.element.remove();
    this.said.delete(id);
    this.messages.delete(id);
  }

  has = (id: string): boolean => this.said.has(id);
  get isEmpty(): boolean {
    return this.said.size === 0;
  }

  /** What the customer had said before this reply. */
  questionOf(reply: Message): string {
    const all = this.inOrder();
    const before = all.slice(0, all.findIndex(({ id }) => id === reply.id)).reverse().find(({ author }) => author === "CUSTOMER");
    const [first] = before?.parts ?? [];
    return first?.__typename === "TextPart" ? first.text : "";
  }

  /** Goes to the end, but not past the beginning of what is newest. */
  toEnd(newest: Element | null = this.element.lastElementChild): void {
    const { scrollHeight } = document.documentElement;
    const start = newest ? window.scrollY + newest.getBoundingClientRect().top - ROOM_ABOVE_PX : scrollHeight;
    window.scrollTo({ top: Math.min(scrollHeight - window.innerHeight, start) });
  }

  private inOrder(): Message[] {
    return [...this.messages.values()].sort((one, other) => Number(isBefore(other, one)) - Number(isBefore(one, other)));
  }

  leave(): void {
    this.order?.leave();
  }

  private isAtEnd(): boolean {
    const { scrollHeight } = document.documentElement;
    return window.scrollY + window.innerHeight > scrollHeight - NEAR_PX;
  }

  private placeOrder(): void {
    const found = this.inOrder().flatMap((message) => {
      const cards = message.parts.filter((part): part is Card => part.__typename === "OrderCard");
      return (this.said.get(message.id)?.orderPlaces ?? []).map((place, index) => ({ place, card: cards[index] }));
    });
    const last = found.at(-1);
    for (const { place, card } of found) {
      if (!card) continue;
      if (place === last?.place) this.placeLast(place, card);
      else place.replaceChildren(older(card, card.checkout.id === last?.card?.checkout.id));
    }
  }

  private placeLast(place: HTMLElement, card: Card): void {
    if (this.order?.checkoutId !== card.checkout.id) {
      this.order?.leave();
      this.order = new OrderView(this.table, card, this.returned);
      this.returned = null;
    } else this.order.replace(card);
    if (this.order.element.parentElement !== place) place.replaceChildren(this.order.element);
  }
}

// What is being sent has this device's time, and is the last in any case.
function isBefore(one: Message, other: Message): boolean {
  if (one.id === PENDING || other.id === PENDING) return other.id === PENDING && one.id !== PENDING;
  return Date.parse(one.createdAt) < Date.parse(other.createdAt);
}

function older({ checkout }: Card, isReplaced: boolean): HTMLElement {
  const { order } = checkout;
  if (isReplaced || !order) return h("p", { class: "order-old muted" }, t(isReplaced ? "oldCard" : "closedCard"));
  return h("p", { class: "order-old" }, `${t("paidNumber", { number: order.number })} `,
    h("a", { href: `/checkout/${encodeURIComponent(checkout.id)}` }, t("seeOrder")));
}
