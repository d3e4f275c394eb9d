// One chat: it is opened, spoken in, and heard to the end of each reply.
import { redraw } from "../checkout/host";
import { type Told, insist, isLost, said } from "../checkout/send";
import { h } from "../lib/dom";
import { request } from "../lib/graphql";
import { type GraphQLErrorShape, RequestFailed } from "../lib/http";
import { type Link, follow } from "../lib/live";
import { FOLLOW_REPLY, FOLLOW_TALK, LOOK_AT_TALK, OPEN_TALK, SAY_IT, STOP_TALKING } from "../operations/talk";
import { ask } from "./ask";
import { seal } from "./cards";
import { Composer } from "./composer";
import { type Reply, fold, unheard } from "./fold";
import { questions } from "./lobby";
import { Log, PENDING } from "./log";
import { menu } from "./menu";
import { spoken } from "./said";
import { roleOf, t } from "./strings";
import { tellTabs } from "./tabs";
import type { Event, Message, Page, Talk } from "./types";
import { type Unsent, forgetUnsent, keepUnsent, unsent } from "./unsent";

export interface House {
  /** An error of the whole chat: not there, not signed in, of unknown age. */
  refused(code: string, message: string): void;
  opened(title: string): void;
  changed(): void;
  removed(receipt: string): void;
  fresh(): void;
  link(state: Link | "none"): void;
  announce(text: string): void;
}

interface Sent {
  sent?: Message;
  reply?: Message;
}

const PAGE = 50;
const MANY_TRIES = 12;

export class Room {
  private readonly head = h("div", { class: "room-head" });
  private readonly composer: Composer;
  private readonly log: Log;
  private talk: Talk | null = null;
  private reply: Reply | null = null;
  private stopHearing: () => void = () => undefined;
  private stopWatching: () => void = () => undefined;
  private isSending = false;
  private isStale = false;
  private isLeft = false;
  // Where the last page begins: what is before it was read and does not change.
  private read: string | null = null;
  readonly element: HTMLElement;

  constructor(readonly id: string, private readonly house: House, returned: string | null) {
    const table = { chat: id, announce: house.announce, renewed: () => tellTabs({ chat: id, what: "changed" }) };
    this.log = new Log({ want: (words) => this.send(words), askAgain: (message) => this.send(this.log.questionOf(message)) }, table, returned);
    this.composer = new Composer({ send: (text) => this.send(text), stop: () => void this.stop() });
    this.element = h("section", { class: "room", aria: { label: t("talk") } }, this.head, this.log.element, this.composer.element);
  }

  /** Opens the chat; false when it is not there. */
  async open(): Promise<boolean> {
    if (!(await this.load()) || this.isLeft) return false;
    this.draw();
    this.watch();
    const held = unsent(this.id);
    if (held) void this.deliver(held);
    else if (this.log.isEmpty) this.composer.suggest(questions());
    this.log.toEnd();
    return true;
  }

  /** Something happened elsewhere: looks what. What is being sent here is awaited first. */
  async refresh(): Promise<void> {
    this.isStale = this.isSending;
    if (!this.isSending && !this.isLeft && (await this.load().catch(() => true))) this.draw();
  }

  // Other devices talk here, too, and orders get on; the first news is what was just read.
  private watch(): void {
    let isFirst = true;
    this.stopWatching = follow<{ chatChanged: { id: string } }>({ query: FOLLOW_TALK, variables: { id: this.id } }, {
      data: () => (isFirst ? (isFirst = false) : void this.refresh()),
      refused: () => undefined,
      ended: () => !this.isLeft && this.house.refused("NOT_FOUND", ""),
      link: () => undefined,
    });
  }

  focus(): void {
    this.composer.focus();
  }

  leave(): void {
    this.isLeft = true;
    this.stopHearing();
    this.stopWatching();
    this.log.leave();
  }

  private async load(): Promise<boolean> {
    for (;;) {
      const chat: (Talk & { messages: Page<Message> }) | null = await ask(OPEN_TALK, { id: this.id, first: PAGE, after: this.read });
      if (this.isLeft || !chat) return false;
      this.talk = chat;
      for (const { node } of chat.messages.edges) this.meet(node);
      const { hasNextPage, endCursor } = chat.messages.pageInfo;
      if (!hasNextPage) return true;
      this.read = endCursor;
    }
  }

  private meet(message: Message): void {
    // What is heard live is newer than what was read.
    if (message.id === this.reply?.message.id && this.isAnswering) return;
    if (message.status === "STREAMING") this.hear(message);
    else {
      if (message.author === "SYSTEM" && this.talk && this.element.isConnected && !this.log.has(message.id)) this.house.announce(spoken(message));
      this.log.put(message);
    }
  }

  private get isAnswering(): boolean {
    return this.reply?.message.status === "STREAMING";
  }

  private draw(): void {
    const { talk } = this;
    if (!talk) return;
    const { character, usage } = talk;
    const told = t("usage", { cost: usage.cost.formatted, limit: usage.limit.formatted });
    const meter = h("meter", { class: "usage", min: 0, max: usage.limit.amount || 1, value: usage.cost.amount, title: told, aria: { label: told } });
    const keeper = {
      id: this.id, title: () => this.talk?.title ?? "", renamed: (title: string) => ((this.talk = { ...talk, title }), this.draw(), this.tell("changed")),
      removed: (receipt: string) => (forgetUnsent(this.id), tellTabs({ chat: this.id, what: "gone" }), this.house.removed(receipt)),
      failed: (error: Error) => this.composer.say(isLost(error) ? t("unreachable") : error.message),
    };
    redraw(this.head, [talk.title, character, usage], () => [seal(character),
      h("div", { class: "room-who" }, h("h1", { tabIndex: -1 }, talk.title || t("begin", { name: character.name })),
        h("p", { class: "muted" }, `${character.name} · ${roleOf(character)}`, character.isAi && h("span", { class: "badge" }, t("ai")))),
      h("p", { class: "room-usage" }, meter, h("span", { class: "muted", title: told }, h("span", { class: "usage-what" }, t("used")), ` ${usage.cost.formatted} / ${usage.limit.formatted}`)), menu(keeper)]);
    this.composer.update(character.name, this.isAnswering);
    this.house.opened(talk.title);
  }

  private tell(what: "said" | "changed"): void {
    tellTabs({ chat: this.id, what });
    this.house.changed();
  }

  private send(text: string): void {
    if (this.isSending || this.isAnswering) return void (this.composer.giveBack(text), this.composer.say(t("busy")));
    if (text) void this.deliver(keepUnsent(this.id, text));
  }

  // The key stays until there is an answer, so that what was lost on the way is said once.
  private async deliver(one: Unsent): Promise<void> {
    this.isSending = true;
    this.composer.suggest([]);
    this.composer.say("");
    this.pending(one, t("sending"));
    this.log.toEnd();
    try {
      const input = { chatId: this.id, text: one.text, idempotencyKey: one.key };
      const answer = await insist<Sent>(SAY_IT, input, () => this.pending(one, t("unsent")), MANY_TRIES);
      this.log.drop(PENDING);
      forgetUnsent(this.id);
      if (this.isLeft) return void tellTabs({ chat: this.id, what: "said" });
      this.answered(answer, one.text);
    } catch (error) {
      this.failed(error, one);
    }
    this.isSending = false;
    if (this.isStale) void this.refresh();
  }

  private answered(answer: Told<Sent>, text: string): void {
    if (answer.sent) this.log.put(answer.sent);
    if (answer.reply) this.meet(answer.reply);
    if (answer.sent) return this.tell("said");
    this.composer.giveBack(text);
    if (answer.__typename === "ReplyInProgress") return this.composer.say(t("busy"));
    const fresh = h("button", { class: "link-button", type: "button", on: { click: () => this.house.fresh() } }, t("newChat"));
    if (answer.__typename === "ChatBudgetSpent") this.composer.say(`${t("spent")} `, fresh);
    else this.composer.say(said(answer));
  }

  private failed(error: unknown, one: Unsent): void {
    if (this.isLeft) return;
    if (isLost(error)) return this.pending(one, t("lost"), true);
    this.log.drop(PENDING);
    forgetUnsent(this.id);
    this.composer.giveBack(one.text);
    if (error instanceof RequestFailed) this.house.refused(error.code, error.message);
    else this.composer.say((error as Error).message);
  }

  private pending({ text, key }: Unsent, note: string, isOver = false): void {
    const message: Message = {
      id: PENDING, author: "CUSTOMER", status: "FINISHED", reason: null, createdAt: new Date().toISOString(),
      character: null, parts: [{ __typename: "TextPart", text }], citations: [],
    };
    this.log.put(message);
    const again = () => void this.deliver({ text, key });
    const discard = () => (this.log.drop(PENDING), forgetUnsent(this.id), this.composer.giveBack(text), this.focus());
    const deeds = isOver && h("span", {}, h("button", { id: "send-again", class: "link-button", type: "button", on: { click: again } }, t("sendAgain")), " ",
      h("button", { class: "link-button", type: "button", on: { click: discard } }, t("discard")));
    const line = h("p", { class: "said-pending muted", aria: { role: "status" } }, note, deeds && " ", deeds);
    const box = this.element.querySelector(`#${PENDING}`);
    box?.querySelector(".said-pending")?.remove();
    box?.append(line);
  }

  private hear(message: Message): void {
    this.stopHearing();
    this.reply = unheard(message);
    this.log.hear(this.reply);
    // The connection sends these again when it was lost: by then `after` says where to go on.
    const variables: Record<string, unknown> = { id: message.id, after: null };
    this.stopHearing = follow<{ chatReply: Event }>({ query: FOLLOW_REPLY, variables }, {
      data: ({ chatReply }) => {
        if (this.isLeft || !this.reply) return;
        this.reply = fold(this.reply, chatReply);
        variables.after = this.reply.cursor;
        this.log.hear(this.reply);
        if (!this.isAnswering) this.heard(this.reply.message);
      },
      refused: ([error]) => this.lostReply(error),
      ended: () => this.isAnswering && void this.refresh(),
      link: (state) => this.house.link(this.isAnswering ? state : "none"),
    });
    this.composer.update(message.character?.name ?? "", true);
  }

  private heard(message: Message): void {
    this.house.link("none");
    this.house.announce(t("hears", { name: message.character?.name ?? "", text: spoken(message) }));
    this.composer.update(message.character?.name ?? "", false);
    void this.look();
  }

  private lostReply(error: GraphQLErrorShape | undefined): void {
    if (this.isLeft) return;
    this.reply = null;
    this.house.refused(error?.extensions?.code ?? "", error?.message ?? "");
  }

  private async look(): Promise<void> {
    this.talk = (await request<{ chat: Talk | null }>(LOOK_AT_TALK, { id: this.id }).catch(() => null))?.chat ?? this.talk;
    if (this.isLeft) return;
    this.draw();
    this.house.changed();
  }

  private async stop(): Promise<void> {
    const id = this.reply?.message.id;
    if (!id) return;
    await ask(STOP_TALKING, { replyId: id }).catch((error: Error) => this.composer.say(isLost(error) ? t("unreachable") : error.message));
  }
}

export const titleOf = (title: string): string => `${title || t("title")} · NERDX`;
