// What came of it: the order, live, and for each bottle the code that opens it.
import { h } from "../lib/dom";
import { day, redraw } from "./host";
import { known, t } from "./strings";
import type { Bought } from "./types";

export class BoughtView {
  private readonly status = h("p", { class: "reason", aria: { role: "status" } });
  private readonly about = h("div", { class: "panel" });
  private readonly codes = h("div", { class: "codes" });
  private readonly intro = h("p", { class: "muted", aria: { live: "polite" } });
  private readonly world = h("section", { class: "world", aria: { labelledby: "codes-title" } }, h("h2", { id: "codes-title" }, t("codes")), this.intro, this.codes);
  private readonly number = h("strong", { class: "number" });
  readonly element = h("article", { class: "bought" },
    h("div", { class: "telling" }, h("h1", { tabIndex: -1 }, t("bought")), h("p", { class: "credit" }, t("number"), " ", this.number), this.status),
    this.world, this.about, h("p", { class: "notice" }, t("drink")));

  update(order: Bought): void {
    const word = known(order.status);
    const told = word ? t(word) : order.status;
    if (this.status.textContent !== told) this.status.textContent = told;
    this.number.textContent = order.number;
    this.element.dataset.status = order.status;
    this.drawCodes(order);
    redraw(this.about, [order.lines, order.totals, order.shippingAddress], () => about(order));
  }

  private drawCodes(order: Bought): void {
    const codes = order.unlockCodes;
    const isPaid = order.status !== "PLACED" && order.status !== "CANCELED" && order.status !== "REFUNDED";
    this.world.hidden = !codes.length && !(isPaid && opensSomething(order));
    const told = codes.length ? t("codesMore") : t("codesSoon");
    if (this.intro.textContent !== told) this.intro.textContent = told;
    // The links to the pictures are signed anew each time, and need not be loaded anew.
    redraw(this.codes, codes.map(({ id, status }) => [id, status]), () => codes.map(code));
  }
}

export function code({ code: letters, status, qrSvgUrl, product }: Bought["unlockCodes"][number]): HTMLElement {
  if (status !== "ACTIVE") return h("div", { class: "code is-closed" }, h("strong", {}, product.name), h("span", { class: "muted" }, t("revoked")));
  return h("div", { class: "code" },
    h("img", { src: qrSvgUrl, alt: t("qr", { name: product.name }), width: 148, height: 148 }),
    h("div", { class: "code-about" }, h("strong", {}, product.name), h("code", {}, letters),
      h("a", { class: "button is-primary", href: `/ar/unlock#${encodeURIComponent(letters)}`, target: "_blank", rel: "noopener" }, t("openAr"))));
}

export function opensSomething({ lines }: Bought): boolean {
  return lines.some(({ variant }) => variant && [variant, ...variant.parts.map((part) => part.variant)].some(({ product }) => product.arExperience));
}

function about(order: Bought): HTMLElement[] {
  const place = order.shippingAddress;
  const dates = order.estimatedDelivery;
  return [
    h("h2", {}, t("summary")),
    h("ul", { class: "lines" }, ...order.lines.map((line) =>
      h("li", { class: "line" }, h("span", { class: "line-name" }, `${line.name} × ${line.quantity}`), h("span", { class: "line-total" }, line.total.formatted)))),
    h("dl", { class: "sums" },
      row("delivery", t("deliveryPrice"), order.totals.delivery.formatted),
      row("total", t("total"), order.totals.total.formatted)),
    ...(place ? [h("p", { class: "muted" }, `${t("to")}: ${[place.recipient, place.line1, place.line2, place.city].filter(Boolean).join(", ")}`)] : []),
    ...(dates ? [h("p", { class: "muted" }, t("arrives", { from: day(dates.from), to: day(dates.to) }))] : []),
  ];
}

const row = (kind: string, name: string, amount: string) => h("div", { class: `sum sum-${kind}` }, h("dt", {}, name), h("dd", {}, amount));
