// Whom to talk with, and what one could ask.
import { h, setText } from "../lib/dom";
import { newKey } from "../lib/graphql";
import { locale } from "../lib/locale";
import { accepted, insist, isLost } from "../checkout/send";
import { BEGIN_TALK } from "../operations/talk";
import { seal } from "./cards";
import { type Word, roleOf, t } from "./strings";
import type { Character } from "./types";
import { keepUnsent } from "./unsent";

const STORYTELLER = "maeju-ai";
const QUESTIONS: Word[] = ["ask_why", "ask_rain", "ask_nuruk"];

export const questions = (): string[] => QUESTIONS.map((word) => t(word));

export function lobby(characters: Character[], begun: (chat: string) => void): HTMLElement {
  const trouble = h("p", { class: "trouble", aria: { role: "alert" } });
  let isBusy = false;
  // One key for one press: a lost answer must not begin two chats.
  const begin = async (characterId: string, first?: string) => {
    if (isBusy) return;
    isBusy = true;
    setText(trouble, "");
    try {
      const input = { characterId, locale: locale(), idempotencyKey: newKey() };
      const { id } = accepted(await insist<{ id: string }>(BEGIN_TALK, input, () => setText(trouble, t("unsent"))));
      if (first) keepUnsent(id, first);
      begun(id);
    } catch (error) {
      setText(trouble, isLost(error) ? t("unreachable") : (error as Error).message);
    }
    isBusy = false;
  };
  const storyteller = characters.find(({ id }) => id === STORYTELLER) ?? characters[0];
  const card = (one: Character) => h("li", { class: "host" }, seal(one),
    h("p", { class: "host-name" }, h("strong", {}, one.name), " ", h("span", { class: "muted" }, roleOf(one)), one.isAi && h("span", { class: "badge" }, t("ai"))),
    h("blockquote", {}, one.greeting),
    h("button", { class: "button", type: "button", on: { click: () => void begin(one.id) } }, t("begin", { name: one.name })));
  const chip = (text: string) => h("button", { class: "button chip", type: "button", on: { click: () => void (storyteller && begin(storyteller.id, text)) } }, text);
  return h("div", { class: "lobby" },
    h("div", { class: "telling" }, h("h1", { tabIndex: -1 }, t("lobby")), h("p", { class: "muted" }, t("lobbyMore"))),
    h("ul", { class: "hosts" }, ...characters.map(card)),
    h("div", { class: "first-questions" }, h("h2", { class: "section-title" }, t("askFirst")), h("div", { class: "chips" }, ...questions().map(chip))), trouble);
}
