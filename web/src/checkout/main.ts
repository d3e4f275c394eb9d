// The page of one checkout, for the person who buys: from the agent's link to the order and its codes.
import "../lib/pages.css";
import "./checkout.css";
import { h, setText } from "../lib/dom";
import { SIGN_IN_CODES } from "../lib/graphql";
import type { GraphQLErrorShape } from "../lib/http";
import { type Link, follow } from "../lib/live";
import { channel, locale, onLocale, setChannel } from "../lib/locale";
import { onSession, session } from "../lib/session";
import { drawLink, drawTop } from "../lib/top";
import { FOLLOW_BOUGHT, FOLLOW_CHECKOUT } from "../operations/till";
import { signInCard } from "../watch/signin";
import { AddressPart } from "./address";
import { BoughtView } from "./bought";
import { DeliveryPart } from "./delivery";
import type { Host, Part } from "./host";
import { Pay } from "./pay";
import { Problems } from "./problems";
import { change, isLost } from "./send";
import { t } from "./strings";
import { Summary } from "./summary";
import type { Bought, Checkout } from "./types";
import { Who } from "./who";

const MISSING_CODES = new Set(["NOT_FOUND", "FORBIDDEN"]);
const id = decodeURIComponent(location.pathname.split("/").filter(Boolean).at(-1) ?? "");
const main = document.querySelector("main") as HTMLElement;
const top = document.querySelector("header") as HTMLElement;
const ears = h("p", { class: "for-ears", aria: { role: "status", live: "polite" } });
document.body.append(ears);
let stop: () => void = () => undefined;
let view: View | null = null;
let bought: { id: string; view: BoughtView } | null = null;
let link: Link = "connecting";
let seenAs: string | null = null;
let spoken = locale();
let returned = cameBack();

// What the bank adds to the address says nothing that the server does not know better.
function cameBack(): string | null {
  const url = new URL(location.href);
  const told = url.searchParams.get("redirect_status");
  for (const name of [...url.searchParams.keys()]) if (name !== "lang") url.searchParams.delete(name);
  history.replaceState(null, "", url);
  return told;
}

class View {
  private readonly title = h("h1", { tabIndex: -1 });
  private readonly trouble = h("p", { class: "trouble", aria: { role: "alert" } });
  private readonly parts: Part[];
  private isBusy = false;
  private next: (() => Promise<void>) | null = null;
  readonly element: HTMLElement;

  constructor() {
    const host: Host = { id, change: (document, input) => this.change(document, input), run: (work) => this.run(work), show: draw, restart: start, announce };
    const address = new AddressPart(host);
    const delivery = new DeliveryPart(host);
    const lead = { address: () => address.open(), delivery: () => delivery.open() };
    const steps = [new Who(host), new Problems(host, lead), address, delivery, new Pay(host, returned)];
    const summary = new Summary(host);
    returned = null;
    this.parts = [...steps, summary];
    this.element = h("article", { class: "checkout" },
      h("div", { class: "checkout-head" }, this.title, this.trouble), summary.element, h("div", { class: "steps-of" }, ...steps.map(({ element }) => element)));
  }

  update(checkout: Checkout): void {
    this.element.dataset.status = checkout.status;
    const head = headline(checkout);
    if (this.title.textContent && this.title.textContent !== head) announce(head);
    setText(this.title, head);
    const isIn = this.element.contains(document.activeElement);
    for (const part of this.parts) part.update(checkout);
    // What had the focus is gone: those who use the keyboard go on at the top.
    if (isIn && !this.element.contains(document.activeElement)) this.lead();
  }

  lead(): void {
    this.title.focus({ preventScroll: true });
  }

  private async change(document: string, input: Record<string, unknown>): Promise<void> {
    const after = await change<Checkout>(document, input, () => setText(this.trouble, t("lost")));
    setText(this.trouble, "");
    draw(after);
  }

  private async run(work: () => Promise<void>): Promise<void> {
    // Of what is asked for meanwhile the last is done, as it is what people see chosen.
    if (this.isBusy) return void (this.next = work);
    this.isBusy = true;
    this.element.setAttribute("aria-busy", "true");
    setText(this.trouble, "");
    await work().catch((error: Error) => {
      setText(this.trouble, isLost(error) ? t("unreachable") : error.message);
      this.trouble.scrollIntoView({ block: "center" });
    });
    this.isBusy = false;
    this.element.removeAttribute("aria-busy");
    const { next } = this;
    this.next = null;
    if (next) await this.run(next);
  }
}

function headline(checkout: Checkout): string {
  if (!checkout.claimed) return t(checkout.origin === "AGENT" ? "head_agent" : "head_found");
  if (checkout.status === "PAYING") return t("head_paying");
  if (checkout.status === "COMPLETED") return t("bought");
  return t(checkout.status === "READY" ? "head_ready" : "head_open");
}

function announce(text: string): void {
  setText(ears, "");
  setText(ears, text);
}

function message(title: string, more: string, ...buttons: HTMLElement[]): void {
  leave();
  main.replaceChildren(h("section", { class: "card" }, h("h1", {}, title), h("p", { class: "muted" }, more), h("div", { class: "actions" }, ...buttons)));
  drawState();
}

function leave(): void {
  stop();
  view = bought = null;
}

// The same words for one that is not there and for somebody else's.
function missing(): void {
  leave();
  main.replaceChildren(signInCard(t("missing"), t("missingMore")));
  drawState();
}

function refused([error]: GraphQLErrorShape[]): void {
  const code = error?.extensions?.code ?? "";
  if (MISSING_CODES.has(code) || SIGN_IN_CODES.has(code)) missing();
  else message(t("trouble"), error?.message ?? "", h("button", { class: "button is-primary", type: "button", on: { click: start } }, t("again")));
}

function draw(checkout: Checkout): void {
  if (channel() !== checkout.channel.id) setChannel(checkout.channel.id);
  if (checkout.order) {
    view?.update(checkout);
    return showBought(checkout.order.id);
  }
  if (checkout.status === "CANCELED") return message(t("head_canceled"), t("endedMore"));
  if (checkout.status === "EXPIRED") return message(t("head_expired"), t("endedMore"));
  if (bought) return;
  const isNew = !view;
  const isIn = main.contains(document.activeElement);
  view ??= new View();
  view.update(checkout);
  if (isNew) main.replaceChildren(view.element);
  if (isNew && isIn) view.lead();
  drawState();
  document.title = `${headline(checkout)} · NERDX`;
}

function showBought(orderId: string): void {
  if (bought?.id === orderId) return;
  leave();
  stop = follow<{ orderChanged: Bought }>({ query: FOLLOW_BOUGHT, variables: { id: orderId } }, {
    data: ({ orderChanged }) => drawBought(orderChanged),
    refused,
    ended: drawState,
    link: (state) => ((link = state), drawState()),
  });
}

function drawBought(order: Bought): void {
  const isNew = bought?.id !== order.id;
  if (isNew) {
    bought = { id: order.id, view: new BoughtView() };
    main.replaceChildren(bought.view.element);
    document.title = `${t("bought")} · NERDX`;
  }
  bought?.view.update(order);
  drawState();
  if (isNew) {
    announce(t("bought"));
    main.querySelector("h1")?.focus({ preventScroll: true });
    window.scrollTo({ top: 0 });
  }
}

function drawState(): void {
  drawLink(top, view || bought ? link : "none", view || bought ? t(link) : "");
}

function start(): void {
  stop();
  seenAs = session()?.customer.id ?? null;
  if (!main.querySelector("article")) main.replaceChildren(h("p", { class: "muted first-wait" }, t("connecting")));
  bought = null;
  stop = follow<{ checkoutChanged: Checkout }>({ query: FOLLOW_CHECKOUT, variables: { id } }, {
    data: ({ checkoutChanged }) => draw(checkoutChanged),
    refused,
    ended: drawState,
    link: (state) => ((link = state), drawState()),
  });
}

function frame(): void {
  document.documentElement.lang = locale();
  drawTop(top, { guest: t("guest"), signOut: t("signOut"), language: t("language") });
  drawState();
}

onSession(() => {
  frame();
  if ((session()?.customer.id ?? null) === seenAs) return;
  view = null;
  start();
});
onLocale(() => {
  frame();
  if (locale() === spoken) return;
  spoken = locale();
  view = null;
  start();
});
// A page that comes back out of the browser's memory, such as from the bank's, shows what was.
window.addEventListener("pageshow", ({ persisted }) => persisted && start());
document.title = `${t("title")} · NERDX`;
frame();
start();
