// What stands between the cart and the order: each problem in words, with what settles it.
import { h } from "../lib/dom";
import { newKey } from "../lib/graphql";
import { DROP_CODE, PROVE_AGE, SET_LINES } from "../operations/till";
import { type Host, type Part, nameOf, redraw } from "./host";
import { accepted, insist } from "./send";
import { type Word, known, t } from "./strings";
import type { Checkout, Problem } from "./types";

type Deed = [Word, () => Promise<void> | void, Record<string, string | number>?];

export class Problems implements Part {
  private readonly list = h("ul", {});
  readonly element = h("section", { class: "panel problems", aria: { labelledby: "problems-title" } },
    h("h2", { id: "problems-title" }, t("problems")), this.list);

  constructor(private readonly host: Host, private readonly lead: { address(): void; delivery(): void }) {}

  update(checkout: Checkout): void {
    this.element.hidden = !checkout.claimed || !checkout.problems.length;
    redraw(this.list, [checkout.problems, checkout.lines], () => checkout.problems.map((problem, index) => this.item(problem, checkout, index)));
  }

  private item(problem: Problem, checkout: Checkout, index: number): HTMLElement {
    const deeds = this.deeds(problem, checkout).map(([word, deed, values], place) =>
      h("button", { id: `deed-${index}-${place}`, class: `button${place ? " is-quiet" : ""}`, type: "button", on: { click: () => void this.host.run(async () => deed()) } }, t(word, values)));
    const item = h("li", { class: "problem" }, h("p", {}, told(problem, checkout)), deeds.length > 0 && h("div", { class: "actions" }, ...deeds));
    item.dataset.kind = problem.__typename;
    return item;
  }

  private deeds(problem: Problem, checkout: Checkout): Deed[] {
    const line = checkout.lines.find(({ id }) => id === problem.line?.id);
    const take = (quantity: number) => () => this.set(line ? [{ variantId: line.variantId, quantity }] : []);
    switch (problem.__typename) {
      case "InsufficientStock": {
        const n = problem.available ?? 0;
        return n > 0 ? [["take", take(n), { n }], ["remove", take(0)]] : [["remove", take(0)]];
      }
      case "VariantWithdrawn": return [["remove", take(0)]];
      case "AgeProofRequired": return [["prove", () => this.prove()]];
      case "RegionRestricted": return [["changeAddress", this.lead.address]];
      case "AddressIncomplete": return [["fillIn", this.lead.address]];
      case "DeliveryMissing": return checkout.deliveryOptions.length ? [["choose", this.lead.delivery]] : [];
      case "PriceChanged": return [["acceptPrice", take(line?.quantity ?? 1)]];
      case "ReservationExpired": return [["takeLeft", () => this.set(left(checkout))]];
      case "PromotionLapsed": return [["removeCode", () => this.host.change(DROP_CODE, { checkoutId: this.host.id, code: problem.name })]];
      default: return [];
    }
  }

  private set(lines: { variantId: string; quantity: number }[]): Promise<void> {
    return this.host.change(SET_LINES, { checkoutId: this.host.id, lines });
  }

  private async prove(): Promise<void> {
    const input = { returnUrl: location.origin + location.pathname, idempotencyKey: newKey() };
    const proof = accepted(await insist<{ url: string | null }>(PROVE_AGE, input, () => this.host.announce(t("lost"))));
    if (proof.url) location.assign(proof.url);
    else this.host.restart();
  }
}

function left(checkout: Checkout): { variantId: string; quantity: number }[] {
  return checkout.lines.map(({ variantId, quantity, available }) => ({ variantId, quantity: Math.min(quantity, available) }));
}

function told(problem: Problem, checkout: Checkout): string {
  const name = problem.name ?? nameOf(checkout, problem.line, t("line"));
  const n = problem.available ?? problem.maximum ?? problem.legalAge?.years ?? 0;
  const missing = (problem.missing ?? []).map((field) => fieldName(field, checkout)).join(", ");
  const values = { name, n, missing, region: problem.region ?? "", before: problem.before?.formatted ?? "", now: problem.now?.formatted ?? "" };
  if (problem.legalAge?.rule === "BIRTHDAY") return t("AgeProofBirthday", values);
  const word = known(problem.__typename);
  return word ? t(word, values) : problem.message;
}

/** What a field of the address is called where it goes. */
export function fieldName(field: string, checkout: Checkout): string {
  const word = (checkout.channel.id === "us" && known(`${field}_US`)) || known(field);
  return word ? t(word).replace(/ ?\(.*\)/, "") : field;
}
