// My chats, the newest first; on a phone behind a button.
import { redraw } from "../checkout/host";
import { h, setText, show } from "../lib/dom";
import { locale } from "../lib/locale";
import { MY_TALKS } from "../operations/talk";
import { ask } from "./ask";
import { seal } from "./cards";
import { t } from "./strings";
import type { Me, Page, TalkLine } from "./types";

const FIRST = 20;

export class TalkList {
  private readonly toggle = h("button", { class: "button chats-toggle", type: "button", aria: { expanded: "false", controls: "chats" } });
  private readonly fresh = h("a", { class: "button is-primary chats-new", href: "/talk" });
  private readonly list = h("ul", { class: "chats-list" });
  private readonly empty = h("p", { class: "muted" });
  private readonly more = h("button", { class: "link-button", type: "button", on: { click: () => void this.load(true) } });
  private readonly title = h("h2", { id: "chats-title" });
  readonly element = h("nav", { class: "chats", aria: { labelledby: "chats-title" } },
    h("div", { class: "chats-bar" }, this.toggle, this.fresh), h("div", { id: "chats", class: "chats-body" }, this.title, this.empty, this.list, this.more));
  private lines: TalkLine[] = [];
  private end: string | null = null;
  private open: string | null = null;

  constructor(private readonly go: (chat: string | null) => void) {
    this.toggle.addEventListener("click", () => this.unfold(this.toggle.getAttribute("aria-expanded") !== "true"));
    this.fresh.addEventListener("click", (event) => this.follow(event, null));
  }

  /** Asks for the list again; `more` for what comes behind it. */
  async load(more = false): Promise<Me | null> {
    const me = await ask<(Me & { chats: Page<TalkLine> }) | null>(MY_TALKS, { first: FIRST, after: more ? this.end : null });
    if (!me) return null;
    const found = me.chats.edges.map(({ node }) => node);
    this.lines = more ? [...this.lines, ...found] : found;
    this.end = me.chats.pageInfo.hasNextPage ? me.chats.pageInfo.endCursor : null;
    this.draw();
    return me;
  }

  mark(open: string | null): void {
    this.open = open;
    this.unfold(false);
    this.draw();
  }

  private draw(): void {
    setText(this.toggle, t("chats"));
    setText(this.fresh, t("newChat"));
    setText(this.title, t("chats"));
    setText(this.more, t("more"));
    setText(this.empty, this.lines.length ? "" : t("noChats"));
    show(this.more, this.end !== null);
    redraw(this.list, [this.lines, this.open], () => this.lines.map((line) => this.line(line)));
  }

  private line({ id, title, createdAt, character }: TalkLine): HTMLElement {
    const when = new Date(createdAt).toLocaleDateString(locale(), { month: "short", day: "numeric" });
    const link = h("a", { id: `chat-${id}`, class: "chats-item", href: `/talk/${encodeURIComponent(id)}`, on: { click: (event) => this.follow(event, id) } },
      seal(character), h("span", { class: "chats-name" }, title || t("untitled")), h("span", { class: "muted" }, `${t("withWhom", { name: character.name })} · ${when}`));
    if (id === this.open) link.setAttribute("aria-current", "page");
    return h("li", {}, link);
  }

  private follow(event: Event, chat: string | null): void {
    const { metaKey, ctrlKey, shiftKey } = event as MouseEvent;
    if (metaKey || ctrlKey || shiftKey) return;
    event.preventDefault();
    this.go(chat);
  }

  private unfold(open: boolean): void {
    this.toggle.setAttribute("aria-expanded", String(open));
    this.element.classList.toggle("is-open", open);
  }
}
