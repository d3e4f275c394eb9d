// The card of an order: what would be bought, what is missing, and the yes to this total and these lines.
import { AddressPart } from "../checkout/address";
import { DeliveryPart } from "../checkout/delivery";
import { type Deed, type Host, type Part, isOpen, redraw } from "../checkout/host";
import { Pay } from "../checkout/pay";
import { Problems } from "../checkout/problems";
import { change, isLost } from "../checkout/send";
import { sums, warnings } from "../checkout/summary";
import { t as till } from "../checkout/strings";
import type { Checkout } from "../checkout/types";
import { h, setText, show } from "../lib/dom";
import { follow } from "../lib/live";
import { locale } from "../lib/locale";
import { CONFIRM_CARD, RENEW_CARD } from "../operations/talk";
import { FOLLOW_CHECKOUT } from "../operations/till";
import { ask } from "./ask";
import { PaidOrder } from "./paid";
import { t } from "./strings";
import type { Card } from "./types";

type Renewed = Omit<Card, "checkout"> & { checkout: Checkout };

export interface Table {
  readonly chat: string;
  announce(text: string): void;
  /** The card was replaced: other tabs have to know. */
  renewed(): void;
}

// What a yes is to: who sees the same has agreed to the same.
const terms = ({ lines, totals }: Checkout): string =>
  JSON.stringify([lines.map(({ variantId, quantity }) => [variantId, quantity]), totals.total, totals.discount, totals.delivery, totals.tax, totals.due]);

export class OrderView {
  private readonly expiry = h("p", { class: "muted" });
  private readonly trouble = h("p", { class: "trouble", aria: { role: "alert" } });
  private readonly news = h("p", { class: "muted", aria: { role: "status" } }, t("loading"));
  private readonly lines = h("ul", { class: "lines" });
  private readonly sums = h("dl", { class: "sums" });
  private readonly warnings = h("div", { class: "warnings" });
  private readonly over = h("div", { class: "actions" });
  private readonly steps = h("div", { class: "order-steps" });
  private readonly page = h("a", { class: "order-page" }, t("atPage"));
  private readonly title = h("h3", { tabIndex: -1 }, t("order"));
  private readonly parts: Part[];
  private readonly pay: Pay;
  private stop: () => void;
  private checkout: Checkout | null = null;
  private paid: PaidOrder | null = null;
  private isBusy = false;
  private next: (() => Promise<void>) | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  readonly element: HTMLElement;

  constructor(private readonly table: Table, private card: Card, returned: string | null) {
    const id = card.checkout.id;
    const host: Host = {
      id, change: (document, input) => this.change(document, input), run: (work) => this.run(work),
      show: (checkout) => this.show(checkout), restart: () => this.restart(), announce: table.announce,
    };
    const deed: Deed = {
      document: CONFIRM_CARD, label: (total) => t("confirm", { total }), again: () => this.again(),
      input: () => ({ chatId: table.chat, confirmation: this.card.confirmation }),
    };
    const address = new AddressPart(host);
    const delivery = new DeliveryPart(host);
    const problems = new Problems(host, { address: () => address.open(), delivery: () => delivery.open() });
    this.pay = new Pay(host, returned, deed);
    this.parts = [problems, address, delivery, this.pay];
    this.page.href = `/checkout/${encodeURIComponent(id)}`;
    this.steps.append(...this.parts.map(({ element }) => element));
    this.element = h("section", { class: "order-card", aria: { label: t("order") } },
      h("div", { class: "order-head" }, this.title, h("p", { class: "muted" }, t("orderMore"))),
      this.lines, this.sums, this.expiry, this.news, this.trouble, this.over, this.steps, this.warnings, this.page);
    this.element.dataset.checkout = id;
    this.stop = this.listen();
  }

  get checkoutId(): string {
    return this.card.checkout.id;
  }

  /** The conversation holds another card for the same order now. */
  replace(card: Card): void {
    if (card.confirmation === this.card.confirmation && card.expiresAt === this.card.expiresAt) return;
    this.card = card;
    if (this.checkout) this.draw(this.checkout);
  }

  leave(): void {
    clearTimeout(this.timer);
    this.stop();
    this.paid?.leave();
  }

  private listen(): () => void {
    return follow<{ checkoutChanged: Checkout }>({ query: FOLLOW_CHECKOUT, variables: { id: this.checkoutId } }, {
      data: ({ checkoutChanged }) => this.show(checkoutChanged),
      refused: ([error]) => setText(this.trouble, error?.message ?? t("trouble")),
      ended: () => undefined,
      link: () => undefined,
    });
  }

  private show(checkout: Checkout): void {
    this.checkout = checkout;
    if (checkout.order) return this.showPaid(checkout.order.id);
    const had = this.element.contains(document.activeElement);
    this.draw(checkout);
    // What had the focus is gone: those who use the keyboard go on at the top of the card.
    if (had && !this.element.contains(document.activeElement)) this.title.focus({ preventScroll: true });
  }

  private draw(checkout: Checkout): void {
    const isOver = checkout.status === "CANCELED" || checkout.status === "EXPIRED";
    const isLate = isOpen(checkout) && Date.parse(this.card.expiresAt) <= Date.now();
    this.element.dataset.status = checkout.status;
    setText(this.news, isOver ? t("closedCard") : isLate ? t("expired") : "");
    redraw(this.lines, [checkout.lines], () => checkout.lines.map((line) => h("li", { class: "line" },
      h("span", { class: "line-name" }, `${line.variant?.name ?? till("line")} × ${line.quantity}`), h("span", { class: "line-total" }, line.total.formatted))));
    redraw(this.sums, [checkout.totals, checkout.delivery], () => sums(checkout));
    redraw(this.warnings, checkout.lines.map(({ variant }) => variant?.product.id), () => warnings(checkout));
    redraw(this.over, [isLate], () => (isLate ? [h("button", { id: "renew", class: "button is-primary", type: "button", on: { click: () => void this.run(() => this.renew()) } }, t("renew"))] : []));
    show(this.page, isOpen(checkout));
    for (const part of this.parts) part.update(checkout);
    show(this.pay.element, !this.pay.element.hidden && !isLate);
    this.drawExpiry(checkout, isLate);
  }

  private drawExpiry(checkout: Checkout, isLate: boolean): void {
    const ends = new Date(this.card.expiresAt);
    show(this.expiry, isOpen(checkout) && !isLate);
    setText(this.expiry, t("expires", { time: ends.toLocaleTimeString(locale(), { hour: "numeric", minute: "2-digit" }) }));
    clearTimeout(this.timer);
    if (!isLate) this.timer = setTimeout(() => this.checkout && this.draw(this.checkout), Math.max(0, ends.getTime() - Date.now()) + 50);
  }

  private async renew(): Promise<void> {
    const { checkout, ...card } = await ask<Renewed>(RENEW_CARD, { input: { chatId: this.table.chat } });
    this.card = { ...card, checkout: this.card.checkout };
    this.table.renewed();
    this.show(checkout);
    setText(this.news, t("renewed", { total: checkout.totals.total.formatted }));
  }

  /** The yes counts no more: gets a new card; the old yes holds for it when it says what was seen. */
  private async again(): Promise<boolean> {
    const seen = this.checkout && terms(this.checkout);
    await this.renew();
    return seen !== null && this.checkout !== null && seen === terms(this.checkout);
  }

  private async change(document: string, input: Record<string, unknown>): Promise<void> {
    const after = await change<Checkout>(document, input, () => setText(this.trouble, till("lost")));
    setText(this.trouble, "");
    this.show(after);
  }

  private async run(work: () => Promise<void>): Promise<void> {
    if (this.isBusy) return void (this.next = work);
    this.isBusy = true;
    this.element.setAttribute("aria-busy", "true");
    setText(this.trouble, "");
    await work().catch((error: Error) => setText(this.trouble, isLost(error) ? till("unreachable") : error.message));
    this.isBusy = false;
    this.element.removeAttribute("aria-busy");
    const { next } = this;
    this.next = null;
    if (next) await this.run(next);
  }

  private restart(): void {
    this.stop();
    this.stop = this.listen();
  }

  private showPaid(orderId: string): void {
    if (this.paid) return;
    const had = this.element.contains(document.activeElement);
    clearTimeout(this.timer);
    this.stop();
    this.paid = new PaidOrder(orderId, this.checkoutId);
    this.element.dataset.status = "COMPLETED";
    this.element.replaceChildren(this.paid.element);
    this.table.announce(t("paid"));
    if (had) this.paid.lead();
  }
}
