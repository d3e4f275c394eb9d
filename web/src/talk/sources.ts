// What sentences rest on: numbers in the text, and under it the story itself.
import { redraw } from "../checkout/host";
import { h, setText } from "../lib/dom";
import { known, t } from "./strings";
import type { Citation, Message, Source } from "./types";

/** The different sources of a message in the order of their numbers. */
export function sourcesOf({ citations }: Message): Source[] {
  const found = new Map(citations.map(({ source }) => [`${source.__typename} ${source.id}`, source]));
  return [...found.values()];
}

export const nameOf = (source: Source): string => (source.__typename === "Lore" ? source.title : source.name);

const isSame = (a: Source, b: Source): boolean => a.__typename === b.__typename && a.id === b.id;
const place = (message: Message, number: number): string => `${message.id}-source-${number}`;

/** Paragraphs of one part, with a numbered link behind each sentence that rests on something. */
export function cited(message: Message, partIndex: number, text: string): HTMLElement[] {
  const sources = sourcesOf(message);
  const marks = message.citations.filter((one) => one.partIndex === partIndex).sort((a, b) => a.end - b.end);
  const letters = [...text];
  const paragraphs = [h("p", {})];
  const write = (words: string) => words.split(/\n{2,}/).forEach((piece, index) => {
    if (index) paragraphs.push(h("p", {}));
    paragraphs.at(-1)?.append(piece);
  });
  let from = 0;
  for (const mark of marks) {
    // Positions are counted in letters, of which some are two units of JavaScript's.
    write(letters.slice(from, mark.end).join(""));
    from = Math.max(from, mark.end);
    const number = sources.findIndex((source) => isSame(source, mark.source)) + 1;
    paragraphs.at(-1)?.append(link(message, number, mark));
  }
  write(letters.slice(from).join(""));
  return paragraphs.filter((paragraph) => paragraph.textContent?.trim());
}

function link(message: Message, number: number, { source }: Citation): HTMLElement {
  const label = t("source", { n: number, name: nameOf(source) });
  const open = (event: Event) => {
    event.preventDefault();
    const box = document.getElementById(place(message, number)) as HTMLDetailsElement | null;
    if (!box) return;
    box.open = true;
    box.querySelector("summary")?.focus({ preventScroll: true });
    box.scrollIntoView({ block: "nearest", behavior: "smooth" });
  };
  return h("sup", {}, h("a", { class: "cite", href: `#${place(message, number)}`, title: nameOf(source), aria: { label }, on: { click: open } }, String(number)));
}

/** The list of sources under a message; each opens where it stands. */
export class Sources {
  private readonly title = h("p", { class: "section-title" });
  private readonly list = h("ol", {});
  readonly element = h("div", { class: "sources" }, this.title, this.list);

  update(message: Message): void {
    const sources = sourcesOf(message);
    this.element.hidden = !sources.length;
    setText(this.title, t("sources"));
    const open = new Set([...this.list.querySelectorAll("details[open]")].map(({ id }) => id));
    redraw(this.list, sources, () => sources.map((source, index) => item(source, index + 1, place(message, index + 1), open)));
  }
}

function item(source: Source, number: number, id: string, open: Set<string>): HTMLElement {
  const kind = source.__typename === "Lore" ? known(source.truth) : source.__typename;
  return h("li", {}, h("details", { id, class: "source", open: open.has(id) },
    h("summary", { id: `${id}-name` }, h("span", { class: "source-number" }, String(number)), h("span", {}, nameOf(source)),
      h("span", { class: "source-kind" }, [t(source.__typename), kind && kind !== source.__typename && t(kind)].filter(Boolean).join(" · "))),
    h("div", { class: "excerpt" }, ...excerpt(source))));
}

function excerpt(source: Source): HTMLElement[] {
  const told = source.__typename === "Lore" ? source.body : source.__typename === "Product" ? source.description : source.story;
  const about = source.__typename === "Product" ? `${source.category} · ${t("abv", { n: source.abv })}` : source.__typename === "Ingredient" ? source.origin : (source.lockedBy?.reason ?? "");
  return [...told.split(/\n+/).map((text) => h("p", {}, text)), h("p", { class: "muted" }, about)].filter((one) => one.textContent);
}
