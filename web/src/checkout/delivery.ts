// How it travels: one of the ways that reach the address.
import { h } from "../lib/dom";
import { SET_DELIVERY } from "../operations/till";
import { type Host, type Part, day, isOpen, redraw } from "./host";
import { t } from "./strings";
import type { Checkout, Way } from "./types";

export class DeliveryPart implements Part {
  private readonly ways = h("div", { class: "choices", aria: { role: "radiogroup", labelledby: "delivery-title" } });
  readonly element = h("section", { class: "panel", aria: { labelledby: "delivery-title" } }, h("h2", { id: "delivery-title" }, t("delivery")), this.ways);

  constructor(private readonly host: Host) {}

  update(checkout: Checkout): void {
    const isFixed = !isOpen(checkout);
    const shown = isFixed ? checkout.deliveryOptions.filter(({ id }) => id === checkout.delivery?.id) : checkout.deliveryOptions;
    this.element.hidden = !checkout.claimed || !shown.length;
    redraw(this.ways, [shown, checkout.delivery, isFixed], () => shown.map((way) => this.way(way, checkout, isFixed)));
  }

  open(): void {
    this.element.querySelector("input")?.focus();
  }

  private way(way: Way, checkout: Checkout, isFixed: boolean): HTMLElement {
    const take = () => void this.host.run(() => this.host.change(SET_DELIVERY, { checkoutId: this.host.id, deliveryOptionId: way.id }));
    const input = h("input", { id: `way-${way.id}`, type: "radio", name: "delivery", value: way.id, checked: way.id === checkout.delivery?.id, disabled: isFixed, on: { change: take } });
    return h("label", { class: "choice" }, input,
      h("span", {}, h("strong", {}, way.name), h("span", { class: "muted" }, [when(way), way.adultSignature && t("signature")].filter(Boolean).join(" · "))),
      h("span", { class: "line-total" }, way.price.amount ? way.price.formatted : t("free")));
  }
}

function when({ carrier, earliest, latest }: Way): string {
  if (carrier === "pickup") return t("pickup", { from: day(earliest) });
  return earliest === latest ? t("day", { from: day(earliest) }) : t("days", { from: day(earliest), to: day(latest) });
}
