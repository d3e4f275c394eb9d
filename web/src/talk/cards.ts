// What stands between the words: a drink to look at, and one character giving over to the other.
import { known as knownAtTill, t as till } from "../checkout/strings";
import { h } from "../lib/dom";
import { t } from "./strings";
import type { Drink, Handoff, OrderNews, Person } from "./types";

const SVG = "http://www.w3.org/2000/svg";

function svg(tag: string, attributes: Record<string, string>, ...children: (Node | string)[]): SVGElement {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** A character's seal: the first letter of the name. */
export function seal(person: Person | null): HTMLElement {
  const mark = h("span", { class: "seal-mark", aria: { hidden: "true" } }, (person?.name ?? "N").slice(0, 1));
  mark.dataset.character = person?.id ?? "";
  return mark;
}

// Where the catalogue has no picture, a bottle is drawn: the stronger the drink, the fuller its colour.
function bottle({ abv, name, category }: Drink): Element {
  const clear = /clear|청주|약주|증류/i.test(category);
  const picture = svg("svg", { viewBox: "0 0 64 128", class: clear ? "bottle is-clear" : "bottle", role: "img", "aria-label": t("picture", { name }) },
    svg("path", { class: "bottle-glass", d: "M25 4h14v6l-1 22c0 6 14 12 14 26v58a8 8 0 0 1-8 8H20a8 8 0 0 1-8-8V58c0-14 14-20 14-26l-1-22z" }),
    svg("path", { class: "bottle-drink", d: "M14 62c3-9 9-14 12-20h12c3 6 9 11 12 20v53a7 7 0 0 1-7 7H21a7 7 0 0 1-7-7z", "fill-opacity": String(Math.min(1, 0.45 + abv / 30)) }),
    svg("rect", { class: "bottle-label", x: "16", y: "70", width: "32", height: "34", rx: "2" }),
    svg("text", { class: "bottle-abv", x: "32", y: "94", "text-anchor": "middle" }, String(abv)));
  return picture;
}

function image(drink: Drink): Element {
  const [first] = drink.images;
  return first ? h("img", { src: first.url, alt: first.alt, width: first.width, height: first.height, loading: "lazy" }) : bottle(drink);
}

export function drinkCard(drink: Drink, reason: string | null, want: (words: string) => void): HTMLElement {
  const range = drink.priceRange;
  const price = range && (range.min.amount === range.max.amount ? range.min.formatted : t("from", { price: range.min.formatted }));
  const facts = [drink.category, t("abv", { n: drink.abv })].join(" · ");
  const buy = range && h("button", { class: "button", type: "button", on: { click: () => want(t("wantWords", { name: drink.name })) } }, t("wantIt"));
  const card = h("article", { class: "drink", aria: { label: drink.name } },
    h("div", { class: "drink-picture" }, image(drink)),
    h("div", { class: "drink-about" },
      h("h3", {}, drink.name), h("p", { class: "muted" }, facts), price && h("p", { class: "drink-price" }, price),
      reason && h("p", { class: "drink-reason" }, reason), buy),
    h("details", { class: "drink-more" }, h("summary", {}, t("drinkMore")), h("p", {}, drink.description),
      ...drink.warnings.map(({ text }) => h("p", { class: "muted warning" }, text))));
  card.dataset.product = drink.id;
  return card;
}

/** How far an order was when this was noted. */
export function orderNews({ status, order }: OrderNews): HTMLElement {
  const word = knownAtTill(status);
  const note = h("p", { class: "order-news" }, h("strong", { class: "number" }, order.number), word && h("span", {}, till(word)));
  note.dataset.status = status;
  return note;
}

export function handoffLine({ from, to, line }: Handoff): HTMLElement {
  const note = h("div", { class: "handoff" },
    h("p", { class: "handoff-who" }, seal(from), h("span", {}, t("handed", { from: from.name, to: to.name })), seal(to)),
    h("blockquote", {}, line));
  note.dataset.to = to.id;
  return note;
}
