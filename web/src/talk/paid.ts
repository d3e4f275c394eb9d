// What came of a yes: the order, live, and the codes of its bottles.
import { code, opensSomething } from "../checkout/bought";
import { day, redraw } from "../checkout/host";
import { known as knownAtTill, t as till } from "../checkout/strings";
import type { Bought } from "../checkout/types";
import { h, setText } from "../lib/dom";
import { follow } from "../lib/live";
import { FOLLOW_BOUGHT } from "../operations/till";
import { t } from "./strings";

export class PaidOrder {
  private readonly title = h("h3", { tabIndex: -1 }, t("paid"));
  private readonly number = h("strong", { class: "number" });
  private readonly status = h("p", { class: "reason", aria: { role: "status" } });
  private readonly about = h("div", { class: "paid-about" });
  private readonly codes = h("div", { class: "codes" });
  private readonly codesNote = h("p", { class: "muted", aria: { live: "polite" } });
  private readonly world = h("div", { class: "world" }, h("h4", {}, t("codes")), this.codesNote, this.codes);
  private readonly stop: () => void;
  readonly element: HTMLElement;

  constructor(orderId: string, checkoutId: string) {
    this.element = h("div", { class: "paid" },
      h("div", { class: "order-head" }, this.title, h("p", { class: "credit" }, till("number"), " ", this.number), this.status),
      this.about, this.world,
      h("div", { class: "actions" }, h("a", { class: "button", href: `/checkout/${encodeURIComponent(checkoutId)}` }, t("seeOrder"))));
    this.stop = follow<{ orderChanged: Bought }>({ query: FOLLOW_BOUGHT, variables: { id: orderId } }, {
      data: ({ orderChanged }) => this.draw(orderChanged),
      refused: () => undefined,
      ended: () => undefined,
      link: () => undefined,
    });
  }

  lead(): void {
    this.title.focus({ preventScroll: true });
  }

  leave(): void {
    this.stop();
  }

  private draw(order: Bought): void {
    this.element.dataset.status = order.status;
    setText(this.number, order.number);
    setText(this.status, till(knownAtTill(order.status) ?? "bought"));
    redraw(this.about, [order.lines, order.totals, order.estimatedDelivery], () => about(order));
    this.world.hidden = !order.unlockCodes.length && !opensSomething(order);
    setText(this.codesNote, order.unlockCodes.length ? t("codesMore") : t("codesSoon"));
    // The links to the pictures are signed anew each time, and need not be loaded anew.
    redraw(this.codes, order.unlockCodes.map(({ id, status }) => [id, status]), () => order.unlockCodes.map(code));
  }
}

function about(order: Bought): (HTMLElement | false | null)[] {
  const dates = order.estimatedDelivery;
  return [
    h("ul", { class: "lines" }, ...order.lines.map((line) => h("li", { class: "line" },
      h("span", { class: "line-name" }, `${line.name} × ${line.quantity}`), h("span", { class: "line-total" }, line.total.formatted)))),
    h("dl", { class: "sums" }, h("div", { class: "sum sum-total" }, h("dt", {}, till("total")), h("dd", {}, order.totals.total.formatted))),
    dates && h("p", { class: "muted" }, till("arrives", { from: day(dates.from), to: day(dates.to) })),
  ];
}
