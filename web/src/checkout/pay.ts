// Paying. A try has a key that outlives a lost connection, a second click and a second tab, so that it is one payment.
import { h, show } from "../lib/dom";
import { newKey } from "../lib/graphql";
import { RequestFailed } from "../lib/http";
import { PAY_CHECKOUT } from "../operations/till";
import { type Deed, type Host, type Part, isOpen, redraw } from "./host";
import { insist, isLost, said } from "./send";
import { known, t } from "./strings";
import { type Till, openTill } from "./till";
import type { Checkout, PaymentStatus } from "./types";

interface Try {
  key: string;
  method: string;
  total: number;
  at: number;
}

interface Outcome {
  checkout?: Checkout;
  order?: { id: string } | null;
}

const SAME_TRY_MS = 600_000;
const MANY_TRIES = 40;
const COMPLETE: Deed = {
  document: PAY_CHECKOUT,
  input: ({ id }, total) => ({ checkoutId: id, expectedTotal: total }),
  label: (total) => t("payNow", { total }),
};
const WAITS: PaymentStatus[] = ["REQUIRES_ACTION", "REQUIRES_PAYMENT_METHOD"];

export class Pay implements Part {
  private readonly till: Till | null = openTill();
  private readonly agent = h("div", { class: "agent" }, h("p", { class: "reason" }, t("agentReady")), h("p", { class: "muted" }, t("agentReadyMore")));
  private readonly waits = h("div", { class: "waits" });
  private readonly progress = h("p", { class: "muted", aria: { role: "status" } });
  private readonly trouble = h("p", { class: "trouble", aria: { role: "alert" } });
  private readonly button = h("button", { id: "pay", class: "button is-primary", type: "submit" });
  private readonly note = h("p", { class: "muted" });
  private readonly form: HTMLFormElement;
  private checkout: Checkout | null = null;
  private isPaying = false;
  private isRefused = false;
  readonly element: HTMLElement;

  constructor(private readonly host: Host, private returned: string | null, private readonly deed: Deed = COMPLETE) {
    const submit = (event: Event) => (event.preventDefault(), void this.pay());
    this.form = h("form", { class: "pay-form", on: { submit } }, this.till?.element, h("div", { class: "actions" }, this.button));
    this.element = h("section", { class: "panel pay", aria: { labelledby: "pay-title" } },
      h("h2", { id: "pay-title" }, t("pay")), this.agent, this.waits, this.note, this.form, this.progress, this.trouble);
    if (returned === "failed") forget(host.id);
  }

  update(checkout: Checkout): void {
    if (this.checkout?.status !== checkout.status && !this.isPaying) this.trouble.textContent = "";
    this.checkout = checkout;
    this.element.hidden = !checkout.claimed || !(isOpen(checkout) || checkout.status === "PAYING");
    const isReady = checkout.status === "READY";
    if (isOpen(checkout)) this.returned = null;
    const waits = isWaiting(checkout) && this.returned !== "succeeded";
    const { due, total } = checkout.totals;
    show(this.agent, isReady && checkout.origin === "AGENT");
    redraw(this.waits, [checkout.status, checkout.payment, this.returned], () => this.waiting(checkout));
    this.note.textContent = this.remark(checkout);
    show(this.form, (isReady || waits) && (this.till !== null || due.amount === 0));
    if (this.till) {
      show(this.till.element, due.amount > 0);
      if (isReady || waits) this.till.update(checkout);
    }
    this.button.textContent = due.amount ? this.deed.label(due.formatted) : t("payNothing");
    this.button.dataset.total = String(total.amount);
    if (!this.isPaying) this.tell(checkout);
  }

  private remark(checkout: Checkout): string {
    if (checkout.status === "OPEN") return t("notYet");
    if (checkout.status !== "READY") return "";
    if (!checkout.totals.due.amount) return t("paid");
    return this.till ? "" : t("noTill");
  }

  private waiting(checkout: Checkout): (HTMLElement | false)[] {
    if (checkout.status !== "PAYING") return [];
    const isAgents = checkout.origin === "AGENT" && !this.isPaying && !remembered(this.host.id);
    if (this.returned === "succeeded") return [h("p", { class: "reason" }, t("returned"))];
    if (!isWaiting(checkout)) return [h("p", { class: "reason" }, t(isAgents ? "agentPaying" : "pending"))];
    const bank = checkout.payment?.redirectUrl;
    return [
      h("p", { class: "reason" }, bank ? t("asks") : t("pending")),
      Boolean(bank) && h("div", { class: "actions" }, h("a", { id: "bank", class: "button is-primary", href: bank ?? "" }, t("goToBank"))),
      h("p", { class: "muted" }, t("otherWay")),
    ];
  }

  // What the last try came to stands in the checkout, for this tab and every other; a decline
  // that Stripe's form told of stands only here, and stays until the next try.
  private tell(checkout: Checkout): void {
    const { status, payment } = checkout;
    const isOver = status === "OPEN" || status === "READY";
    if (isOver && payment?.status === "FAILED") this.trouble.textContent = declined(payment.declineReason);
    else if (isOver && payment?.status === "CANCELED") this.trouble.textContent = t("gaveUp");
    else if (status === "PAYING" && !this.isRefused) this.trouble.textContent = "";
    this.progress.textContent = "";
  }

  private async pay(): Promise<void> {
    if (this.isPaying || !this.checkout) return;
    this.isPaying = true;
    this.isRefused = false;
    this.button.disabled = true;
    this.trouble.textContent = "";
    this.progress.textContent = t("sending");
    try {
      const { due, total } = this.checkout.totals;
      const method = due.amount && this.till ? await this.till.chosen() : null;
      await alone(`nerdx.pay.${this.host.id}`, () => this.attempt(method, total.amount));
    } catch (error) {
      this.failed(error);
    } finally {
      this.isPaying = false;
      this.button.disabled = false;
      this.progress.textContent = "";
    }
  }

  private failed(error: unknown): void {
    const code = error instanceof RequestFailed ? error.code : "";
    this.isRefused = !isLost(error);
    if (isLost(error)) this.trouble.textContent = t("unknown");
    else this.trouble.textContent = code === "AGE_RESTRICTED" ? t("minor") : (error as Error).message;
    if (code && !isLost(error)) forget(this.host.id);
  }

  private async attempt(method: string | null, total: number, mayRenew = true): Promise<void> {
    const { id } = this.host;
    // Another tab, or the agent, may have been quicker.
    if (!this.checkout || (this.checkout.status !== "READY" && !isWaiting(this.checkout))) return this.host.restart();
    const asked = this.deed.input(this.checkout, total);
    const way = [method, asked.confirmation].filter(Boolean).join(" ");
    const own = remembered(id, way, total) ?? remember(id, { key: newKey(), method: way, total, at: Date.now() });
    const returnUrl = location.origin + location.pathname;
    const input = { ...asked, paymentMethod: method, returnUrl, idempotencyKey: own.key };
    const answer = await insist<Outcome>(this.deed.document, input, () => (this.progress.textContent = t("resending")), MANY_TRIES);
    if (answer.__typename === "CheckoutCompletion" && answer.checkout) return this.begun(answer.checkout, answer.order ?? null, returnUrl);
    if (answer.__typename !== "PaymentPending") forget(id);
    if (answer.__typename === "TotalChanged" && answer.checkout) {
      this.host.show(answer.checkout);
      this.trouble.textContent = t("totalChanged", { total: answer.checkout.totals.total.formatted });
      return;
    }
    if (answer.__typename === "OrderCardVoid" && this.deed.again) {
      const isSame = await this.deed.again();
      if (isSame && mayRenew) return this.attempt(method, total, false);
      this.trouble.textContent = t("totalChanged", { total: this.checkout.totals.total.formatted });
      return;
    }
    // Why it was declined stands in the checkout, which is asked for now.
    if (answer.__typename !== "PaymentDeclined") this.trouble.textContent = said(answer);
    this.host.restart();
  }

  private async begun(checkout: Checkout, order: { id: string } | null, returnUrl: string): Promise<void> {
    if (order) forget(this.host.id);
    this.host.show(checkout);
    const { payment } = checkout;
    if (order || checkout.status !== "PAYING") return;
    if (payment?.redirectUrl) location.assign(payment.redirectUrl);
    else if (payment?.clientSecret && this.till?.confirm) {
      await this.till.confirm(payment.clientSecret, returnUrl);
      this.returned = "succeeded";
      if (this.checkout) this.update(this.checkout);
    }
  }
}

const isWaiting = (checkout: Checkout | null): boolean =>
  checkout?.status === "PAYING" && WAITS.includes(checkout.payment?.status ?? "INTENT");

function declined(code: string | null): string {
  const same = code === "payment_intent_authentication_failure" ? "authentication_required" : (code ?? "");
  return t(known(`declined_${same}`) ?? "declined");
}

const place = (id: string): string => `nerdx.try.${id}`;

function remembered(id: string, ...same: [method: string, total: number] | []): Try | null {
  const kept = JSON.parse(localStorage.getItem(place(id)) ?? "null") as Try | null;
  if (!kept || Date.now() - kept.at > SAME_TRY_MS) return null;
  return !same.length || (kept.method === same[0] && kept.total === same[1]) ? kept : null;
}

function remember(id: string, own: Try): Try {
  localStorage.setItem(place(id), JSON.stringify(own));
  return own;
}

const forget = (id: string): void => localStorage.removeItem(place(id));

// One tab at a time: the second finds the try of the first, or what came of it.
function alone(name: string, work: () => Promise<void>): Promise<void> {
  return navigator.locks ? navigator.locks.request(name, work).then(() => undefined) : work();
}
