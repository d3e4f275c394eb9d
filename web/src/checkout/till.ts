// How money is taken: Stripe's own form where there is a key for it, cards to rehearse with in a sandbox, or not at all.
import { h } from "../lib/dom";
import { locale } from "../lib/locale";
import { redraw } from "./host";
import { type Word, t } from "./strings";
import type { Checkout } from "./types";

export interface Till {
  readonly element: HTMLElement;
  update(checkout: Checkout): void;
  /** What was chosen, checked; null where Stripe's form keeps it to itself. Throws what is missing. */
  chosen(): Promise<string | null>;
  /** Goes on with what Stripe's form keeps, once the server has begun the payment. */
  confirm?(clientSecret: string, returnUrl: string): Promise<void>;
}

const CARDS: [string, Word, string?][] = [
  ["pm_card_visa", "card_visa"], ["pm_card_kr", "card_kr", "KRW"], ["pm_card_authenticationRequired", "card_3ds"], ["kakao_pay", "kakao_pay", "KRW"],
  ["pm_usBankAccount_success", "bank", "USD"], ["pm_card_chargeDeclinedInsufficientFunds", "card_poor"], ["pm_card_chargeDeclinedExpiredCard", "card_expired"],
];
const SCRIPT = "https://js.stripe.com/endive/stripe.js";

/** Returns the till that the server named, or null where the page takes no money. */
export function openTill(): Till | null {
  const told = document.querySelector<HTMLMetaElement>('meta[name="nerdx-till"]')?.content;
  if (!told) return null;
  return told === "rehearsal" ? new Rehearsal() : new StripeTill(told);
}

class Rehearsal implements Till {
  private readonly cards = h("div", { class: "choices", aria: { role: "radiogroup", labelledby: "pay-title", describedby: "rehearsal" } });
  private method = "pm_card_visa";
  readonly element = h("div", { class: "rehearsal" }, h("p", { class: "seal", id: "rehearsal" }, t("rehearsal")), this.cards);

  update({ channel }: Checkout): void {
    const cards = CARDS.filter(([, , currency]) => !currency || currency === channel.currency);
    redraw(this.cards, channel.currency, () => cards.map(([method, word]) => {
      const choose = () => (this.method = method);
      const input = h("input", { id: method, type: "radio", name: "method", value: method, checked: method === this.method, on: { change: choose } });
      return h("label", { class: "choice" }, input, h("span", {}, t(word)));
    }));
  }

  chosen(): Promise<string> {
    return Promise.resolve(this.method);
  }
}

interface Outcome {
  error?: { message?: string };
}

interface Elements {
  create(kind: "payment", options: object): { mount(box: HTMLElement): void };
  submit(): Promise<Outcome>;
  update(options: { amount: number }): void;
}

interface StripeApi {
  elements(options: object): Elements;
  confirmPayment(asked: object): Promise<Outcome>;
}

declare global {
  interface Window {
    Stripe?: (key: string, options: object) => StripeApi;
  }
}

/** Card numbers never meet this page: they are typed into frames of Stripe's. */
class StripeTill implements Till {
  private readonly box = h("div", { class: "stripe" });
  private readonly waiting = h("p", { class: "muted", aria: { role: "status" } }, t("stripeLoading"));
  readonly element = h("div", {}, this.waiting, this.box);
  private made: Promise<{ stripe: StripeApi; elements: Elements }> | null = null;
  private amount = 0;

  constructor(private readonly key: string) {}

  update(checkout: Checkout): void {
    const { amount } = checkout.totals.due;
    if (!amount || this.amount === amount) return;
    this.amount = amount;
    this.made = (this.made ?? this.make(checkout)).then((made) => (made.elements.update({ amount: this.amount }), made));
    this.made.catch(() => {
      this.made = null;
      this.amount = 0;
      this.waiting.textContent = t("stripeLost");
    });
  }

  private async make({ totals, channel }: Checkout): Promise<{ stripe: StripeApi; elements: Elements }> {
    await loaded(SCRIPT);
    if (!window.Stripe) throw new Error(t("stripeLost"));
    const stripe = window.Stripe(this.key, { locale: locale() });
    const appearance = { theme: "night", variables: { colorPrimary: "#e8c886", colorBackground: "#15110e", colorText: "#f5ecdc" } };
    const elements = stripe.elements({ mode: "payment", amount: totals.due.amount, currency: channel.currency.toLowerCase(), appearance });
    elements.create("payment", { layout: "tabs" }).mount(this.box);
    this.waiting.textContent = "";
    return { stripe, elements };
  }

  private async ready(): Promise<{ stripe: StripeApi; elements: Elements }> {
    if (!this.made) throw new Error(t("stripeLost"));
    return this.made;
  }

  async chosen(): Promise<null> {
    fail(await (await this.ready()).elements.submit());
    return null;
  }

  async confirm(clientSecret: string, returnUrl: string): Promise<void> {
    const { stripe, elements } = await this.ready();
    fail(await stripe.confirmPayment({ elements, clientSecret, confirmParams: { return_url: returnUrl }, redirect: "if_required" }));
  }
}

function fail({ error }: Outcome): void {
  if (error) throw new Error(error.message ?? t("declined"));
}

function loaded(src: string): Promise<void> {
  return new Promise((settle, refuse) => {
    const script = h("script", { src, async: true });
    script.addEventListener("load", () => settle());
    script.addEventListener("error", () => (script.remove(), refuse(new Error(t("stripeLost")))));
    document.head.append(script);
  });
}
