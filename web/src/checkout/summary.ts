// What is bought and what it costs; all sums come from the server.
import { h } from "../lib/dom";
import { locale } from "../lib/locale";
import { DROP_CODE, DROP_GIFT_CARD, KEEP_LONGER, SET_LINES, USE_CODE, USE_GIFT_CARD } from "../operations/till";
import { type Host, type Part, isOpen, redraw } from "./host";
import { Refusal } from "./send";
import { t } from "./strings";
import type { Checkout, Line } from "./types";

const NEAR = 2;

export class Summary implements Part {
  private readonly lines = h("ul", { class: "lines" });
  private readonly savings = h("div", { class: "savings" });
  private readonly sums = h("dl", { class: "sums" });
  private readonly kept = h("div", { class: "kept" });
  private readonly warnings = h("div", { class: "warnings" });
  private readonly code: HTMLFormElement;
  readonly element: HTMLElement;

  constructor(private readonly host: Host) {
    this.code = this.codeForm();
    this.element = h("aside", { class: "panel summary", aria: { labelledby: "summary-title" } },
      h("h2", { id: "summary-title" }, t("summary")), this.lines, this.savings, this.code, this.sums, this.kept, this.warnings);
  }

  update(checkout: Checkout): void {
    const mayChange = checkout.claimed && isOpen(checkout);
    redraw(this.lines, [checkout.lines, mayChange], () => checkout.lines.map((line) => this.line(line, mayChange)));
    redraw(this.savings, [checkout.promotions, checkout.nearPromotions, checkout.giftCards, mayChange], () => this.saved(checkout, mayChange));
    redraw(this.sums, [checkout.totals, checkout.delivery], () => sums(checkout));
    redraw(this.kept, [checkout.reservation, mayChange], () => this.reservation(checkout, mayChange));
    redraw(this.warnings, checkout.lines.map(({ variant }) => variant?.product.id), () => warnings(checkout));
    this.code.hidden = !mayChange;
  }

  private set(line: Line, quantity: number): void {
    const lines = [{ variantId: line.variantId, quantity }];
    void this.host.run(() => this.host.change(SET_LINES, { checkoutId: this.host.id, lines }));
  }

  private line(line: Line, mayChange: boolean): HTMLElement {
    const name = line.variant?.name ?? t("line");
    const button = (kind: string, sign: string, label: string, quantity: number, disabled = false) =>
      h("button", { id: `${kind}-${line.id}`, class: "step-button", type: "button", disabled, aria: { label }, on: { click: () => this.set(line, quantity) } }, sign);
    const stepper = mayChange && line.variant && h("span", { class: "stepper" },
      button("fewer", "−", t("fewer", { name }), line.quantity - 1, line.quantity < 2),
      h("span", { class: "count", aria: { label: `${t("quantity")} ${line.quantity}` } }, String(line.quantity)),
      button("more", "+", t("more", { name }), line.quantity + 1),
      button("out", "×", t("takeOut", { name }), 0));
    return h("li", { class: "line" },
      h("span", { class: "line-name" }, name), h("span", { class: "line-total" }, line.total.formatted),
      h("span", { class: "muted line-each" }, `${t("each", { price: line.unitPrice.formatted })}${stepper ? "" : ` × ${line.quantity}`}`), stepper);
  }

  private saved(checkout: Checkout, mayChange: boolean): HTMLElement[] {
    const row = (id: string, name: string, amount: string, more: string, drop: (() => Promise<void>) | null) =>
      h("p", { class: "saving" }, h("span", {}, h("strong", {}, name), more && ` ${more}`), h("span", { class: "line-total" }, `−${amount}`),
        drop && mayChange && h("button", { id, class: "step-button", type: "button", aria: { label: t("dropOne", { name }) }, on: { click: () => void this.host.run(drop) } }, "×"));
    const { id: checkoutId } = this.host;
    const dropCode = (code: string) => () => this.host.change(DROP_CODE, { checkoutId, code });
    const dropCard = (giftCardId: string) => () => this.host.change(DROP_GIFT_CARD, { checkoutId, giftCardId });
    return [
      ...checkout.promotions.map((one) => row(`drop-${one.id}`, one.name, one.amount.formatted, one.reason, one.code ? dropCode(one.code) : null)),
      ...checkout.giftCards.map((card) => row(`drop-${card.id}`, t("giftCard", { n: card.lastFour }), card.amount.formatted, "", dropCard(card.id))),
      ...(mayChange ? checkout.nearPromotions.slice(0, NEAR).map((near) => h("p", { class: "muted near" }, `${near.name} · ${near.missing}`)) : []),
    ];
  }

  private codeForm(): HTMLFormElement {
    const input = h("input", { id: "code", name: "code", autocomplete: "off", autocapitalize: "characters", spellcheck: false, required: true, maxLength: 60 });
    const trouble = h("p", { class: "trouble", id: "code-trouble", aria: { role: "alert" } });
    input.setAttribute("aria-describedby", "code-trouble");
    const use = async (typed: string) => {
      trouble.textContent = "";
      const refusal = await this.use(typed.trim());
      if (refusal) trouble.textContent = refusal.message;
      // The checkout may be shown before the answer is in, and the next code be typed by then.
      else if (input.value === typed) input.value = "";
    };
    const submit = (event: Event) => {
      event.preventDefault();
      const typed = input.value;
      void this.host.run(() => use(typed));
    };
    return h("form", { class: "code-form", on: { submit } },
      h("label", { htmlFor: "code" }, t("code")), h("span", { class: "code-line" }, input, h("button", { class: "button", type: "submit" }, t("use"))), trouble);
  }

  // People do not care which of the two they were given.
  private async use(code: string): Promise<Refusal | null> {
    const asked = { checkoutId: this.host.id, code };
    try {
      await this.host.change(USE_CODE, asked);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.reason !== "UNKNOWN_CODE") return error;
      return this.host.change(USE_GIFT_CARD, asked).then(() => null, (other: unknown) => {
        if (!(other instanceof Refusal)) throw other;
        return other.code === "RATE_LIMITED" ? other : error;
      });
    }
    return null;
  }

  private reservation({ reservation }: Checkout, mayChange: boolean): (HTMLElement | false)[] {
    if (!reservation || !mayChange || Date.parse(reservation.expiresAt) <= Date.now()) return [];
    const time = new Date(reservation.expiresAt).toLocaleTimeString(locale(), { hour: "numeric", minute: "2-digit" });
    const keep = () => void this.host.run(() => this.host.change(KEEP_LONGER, { checkoutId: this.host.id }));
    return [
      h("span", { class: "muted" }, t("kept", { time })),
      reservation.extendable && h("button", { id: "keep", class: "link-button", type: "button", on: { click: keep } }, t("keepLonger")),
    ];
  }
}

export function sums({ totals, channel, delivery }: Checkout): HTMLElement[] {
  const rows: [string, string, string][] = [["subtotal", t("subtotal"), totals.subtotal.formatted]];
  if (totals.discount.amount) rows.push(["discount", t("discount"), `−${totals.discount.formatted}`]);
  if (delivery) rows.push(["delivery", t("deliveryPrice"), totals.delivery.amount ? totals.delivery.formatted : t("free")]);
  // In Korea prices have the tax in them; it is told, and not added.
  if (totals.tax.amount) rows.push(["tax", t(channel.currency === "KRW" ? "taxIncluded" : "tax"), totals.tax.formatted]);
  rows.push(["total", t("total"), totals.total.formatted]);
  if (totals.giftCards.amount) rows.push(["cards", t("giftCards"), `−${totals.giftCards.formatted}`], ["due", t("due"), totals.due.formatted]);
  return rows.map(([kind, name, amount]) => h("div", { class: `sum sum-${kind}` }, h("dt", {}, name), h("dd", {}, amount)));
}

export function warnings(checkout: Checkout): HTMLElement[] {
  const told = new Map(checkout.lines.flatMap(({ variant }) => variant?.product.warnings ?? []).map((one) => [one.code, one.text]));
  return [...told.values()].map((text) => h("p", {}, text));
}
