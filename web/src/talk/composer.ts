// Where people type: Enter sends, also while Korean letters are put together, when they are done.
import { h, setText, show } from "../lib/dom";
import { t } from "./strings";

export interface Speaker {
  send(text: string): void;
  stop(): void;
}

const LONGEST = 4_000;

export class Composer {
  private readonly field = h("textarea", { id: "say", name: "say", rows: 1, maxLength: LONGEST, required: true, autocomplete: "off", enterKeyHint: "send" });
  private readonly sendButton = h("button", { class: "button is-primary send", type: "submit" });
  private readonly stopButton = h("button", { class: "button stop", type: "button" });
  private readonly label = h("label", { class: "for-ears", htmlFor: "say" });
  private readonly keys = h("p", { class: "muted keys", id: "say-keys" });
  private readonly trouble = h("p", { class: "trouble", aria: { role: "alert" } });
  private readonly chips = h("div", { class: "chips" });
  readonly element: HTMLFormElement;

  constructor(private readonly speaker: Speaker) {
    this.field.setAttribute("aria-describedby", "say-keys");
    this.field.addEventListener("input", () => this.grow());
    this.field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.element.requestSubmit();
    });
    this.stopButton.addEventListener("click", () => (this.speaker.stop(), this.focus()));
    const submit = (event: Event) => (event.preventDefault(), this.submit());
    this.element = h("form", { class: "composer", on: { submit } }, this.chips, this.trouble,
      h("div", { class: "composer-line" }, this.label, this.field, this.stopButton, this.sendButton), this.keys);
  }

  update(name: string, isAnswering: boolean): void {
    setText(this.label, t("say"));
    setText(this.keys, t("keys"));
    setText(this.sendButton, t("send"));
    setText(this.stopButton, t("stop"));
    this.field.placeholder = t("placeholder", { name });
    show(this.stopButton, isAnswering);
    show(this.sendButton, !isAnswering);
  }

  /** Questions that can be asked with one press. */
  suggest(questions: string[]): void {
    this.chips.replaceChildren(...questions.map((text) => h("button", { class: "button chip", type: "button", on: { click: () => this.speaker.send(text) } }, text)));
  }

  say(trouble: string, ...more: HTMLElement[]): void {
    this.trouble.replaceChildren(trouble, ...more);
  }

  /** Gives words back that could not be sent, before what was typed since. */
  giveBack(text: string): void {
    this.field.value = [text, this.field.value].filter(Boolean).join("\n");
    this.grow();
  }

  focus(): void {
    this.field.focus({ preventScroll: true });
  }

  private submit(): void {
    const text = this.field.value.trim();
    if (!text) return;
    // While an answer is being made the words stay here; the button is not there, but Enter is.
    if (this.sendButton.hidden) return this.say(t("busy"));
    this.say("");
    this.field.value = "";
    this.grow();
    this.speaker.send(text);
  }

  private grow(): void {
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight + 2}px`;
  }
}
