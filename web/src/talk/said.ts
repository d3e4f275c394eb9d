// One message: what was said by whom, the cards in it, and on what it rests.
import { redraw } from "../checkout/host";
import { h, setText, show } from "../lib/dom";
import { drinkCard, handoffLine, orderNews, seal } from "./cards";
import { Sources, cited } from "./sources";
import { known, t } from "./strings";
import type { Message, Part, Person } from "./types";

export interface Hearer {
  want(words: string): void;
  askAgain(message: Message): void;
}

interface Box {
  kind: Part["__typename"];
  element: HTMLElement;
  turn: HTMLElement;
}

export class Said {
  private readonly turns = h("div", { class: "turns" });
  private readonly doing = h("p", { class: "doing" });
  private readonly note = h("div", { class: "said-note" });
  private readonly sources = new Sources();
  private boxes: Box[] = [];
  readonly element = h("li", { class: "said" }, this.turns, this.doing, this.note, this.sources.element);

  constructor(private readonly hearer: Hearer) {}

  update(message: Message, doing: string | null = null): void {
    this.element.id = message.id;
    this.element.dataset.author = message.author;
    this.element.dataset.status = message.status;
    this.drawParts(message);
    this.sources.update(message);
    this.drawDoing(message, doing);
    redraw(this.note, [message.status, message.reason], () => this.noted(message));
  }

  /** Where a card of an order belongs, if there is one. */
  get orderPlaces(): HTMLElement[] {
    return this.boxes.filter(({ kind }) => kind === "OrderCard").map(({ element }) => element);
  }

  private drawParts(message: Message): void {
    let person: Person | null = message.parts.find((part) => part.__typename === "HandoffNote")?.from ?? message.character;
    if (!message.parts.length) return void this.speak(message, person, 0);
    message.parts.forEach((part, index) => {
      let box = this.boxes[index];
      if (box && box.kind !== part.__typename) this.cut(index);
      box = this.boxes[index];
      if (!box) {
        const turn = part.__typename === "HandoffNote" ? this.turns : this.speak(message, person, index);
        box = { kind: part.__typename, element: h("div", { class: "part" }), turn };
        (turn.querySelector(":scope > .turn-words") ?? turn).append(box.element);
        this.boxes[index] = box;
      }
      this.drawPart(box.element, message, part, index);
      if (part.__typename === "HandoffNote") person = part.to;
    });
    this.cut(message.parts.length);
    // Who gave over without a word has said nothing.
    const held = new Set(this.boxes.map(({ turn }) => turn));
    for (const turn of this.turns.querySelectorAll<HTMLElement>(":scope > .turn")) if (!held.has(turn)) turn.remove();
  }

  private cut(from: number): void {
    for (const { element } of this.boxes.splice(from)) element.remove();
  }

  // A turn is what one of them says in one go: the seal, the name, the words.
  private speak(message: Message, person: Person | null, index: number): HTMLElement {
    const before = this.boxes[index - 1];
    const last = this.turns.lastElementChild as HTMLElement | null;
    if (last?.classList.contains("turn") && (!before || before.kind !== "HandoffNote")) return last;
    const isOurs = message.author === "CHARACTER";
    const name = isOurs ? h("p", { class: "speaker" }, person?.name ?? "") : message.author === "SYSTEM" ? h("p", { class: "for-ears" }, "NERDX") : h("p", { class: "for-ears" }, t("you"));
    const turn = h("div", { class: "turn" }, isOurs && seal(person), name, h("div", { class: "turn-words" }));
    this.turns.append(turn);
    return turn;
  }

  private drawPart(box: HTMLElement, message: Message, part: Part, index: number): void {
    if (part.__typename === "TextPart") {
      const own = message.citations.filter((one) => one.partIndex === index);
      redraw(box, [part.text, own, message.id], () => cited(message, index, part.text));
    } else if (part.__typename === "ProductCard") redraw(box, [part], () => [drinkCard(part.product, part.reason, this.hearer.want)]);
    else if (part.__typename === "HandoffNote") redraw(box, [part], () => [handoffLine(part)]);
    else if (part.__typename === "OrderStatusCard") redraw(box, [part], () => [orderNews(part)]);
    else box.classList.add("order-place");
  }

  private drawDoing(message: Message, doing: string | null): void {
    const isMaking = message.status === "STREAMING";
    const handoff = message.parts.findLast((part) => part.__typename === "HandoffNote");
    const name = (handoff?.to ?? message.character)?.name ?? "";
    show(this.doing, isMaking);
    setText(this.doing, isMaking ? `${doing ?? t("thinking", { name })}…` : "");
  }

  private noted(message: Message): (HTMLElement | false)[] {
    const { status, reason } = message;
    const again = () => this.hearer.askAgain(message);
    const button = h("button", { class: "link-button", type: "button", on: { click: again } }, t("askAgain"));
    if (status === "STOPPED") return [h("p", { class: "muted" }, t("STOPPED"))];
    if (status === "FAILED") return [h("p", { class: "trouble" }, t(known(`failed_${reason}`) ?? "FAILED")), reason !== "CHAT_BUDGET_SPENT" && button];
    const word = (status === "BLOCKED" || status === "STREAMING") && known(`blocked_${reason}`);
    return word ? [h("p", { class: "careful" }, `${t("BLOCKED")} · ${t(word)}`)] : [];
  }
}

/** All the words of a message, for those who hear it. */
export function spoken({ parts }: Message): string {
  return parts.map((part) => {
    if (part.__typename === "TextPart") return part.text;
    if (part.__typename === "HandoffNote") return `${t("handed", { from: part.from.name, to: part.to.name })}. ${part.line}`;
    if (part.__typename === "OrderStatusCard") return "";
    return part.__typename === "ProductCard" ? part.product.name : t("cardReady");
  }).join("\n");
}
