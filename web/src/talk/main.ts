// The page where people talk with Maeju and Joon: who is there, which chat is open, and the way between them.
import "../lib/pages.css";
import "../checkout/checkout.css";
import "./talk.css";
import { isLost } from "../checkout/send";
import { h, setText } from "../lib/dom";
import { SIGN_IN_CODES } from "../lib/graphql";
import { RequestFailed } from "../lib/http";
import { channel, locale, onLocale } from "../lib/locale";
import { onSession, session } from "../lib/session";
import { drawLink, drawTop } from "../lib/top";
import { WHO_TALKS } from "../operations/talk";
import { signInCard } from "../watch/signin";
import { ask } from "./ask";
import { birthCard, door } from "./door";
import { TalkList } from "./list";
import { lobby } from "./lobby";
import { type House, Room, titleOf } from "./room";
import { t } from "./strings";
import { onTabs } from "./tabs";
import type { Character } from "./types";

const MISSING_CODES = new Set(["NOT_FOUND", "FORBIDDEN"]);
const main = document.querySelector("main") as HTMLElement;
const top = document.querySelector("header") as HTMLElement;
const ears = h("p", { class: "for-ears", aria: { role: "status", live: "polite" } });
document.body.append(ears);
const page = h("div", { class: "talk" });
const place = h("div", { class: "talk-place" });
const list = new TalkList((chat) => go(chat));
page.append(list.element, place);
let room: Room | null = null;
let seenAs: string | null = null;
let seenAt = "";
// What the lobby has to say once.
let said = "";
// Counts what was opened, so that what comes too late is not drawn.
let turn = 0;

const opened = (): string | null => decodeURIComponent(/^\/talk\/([^/]+)/.exec(location.pathname)?.[1] ?? "") || null;

// What the bank adds to the address says nothing that the server does not know better.
function cameBack(): string | null {
  const url = new URL(location.href);
  const told = url.searchParams.get("redirect_status");
  for (const name of [...url.searchParams.keys()]) if (name !== "lang") url.searchParams.delete(name);
  history.replaceState(null, "", url);
  return told;
}

const house: House = {
  refused,
  opened: (title) => (document.title = titleOf(title)),
  changed: () => void list.load().catch(() => undefined),
  removed: (receipt) => {
    said = t("removed", { id: receipt });
    void list.load().catch(() => undefined);
    go(null);
  },
  fresh: () => go(null),
  link: (state) => drawLink(top, state, state === "none" ? "" : t(state)),
  announce,
};

function announce(text: string): void {
  setText(ears, "");
  setText(ears, text);
}

function leave(): void {
  room?.leave();
  room = null;
  drawLink(top, "none", "");
}

/** A card in the place of everything. */
function only(...cards: HTMLElement[]): void {
  leave();
  main.replaceChildren(...cards);
}

function message(title: string, more: string, button: string, press: () => void): HTMLElement {
  return h("section", { class: "card" }, h("h1", {}, title), h("p", { class: "muted" }, more),
    h("div", { class: "actions" }, h("button", { class: "button is-primary", type: "button", on: { click: press } }, button)));
}

function refused(code: string, text: string): void {
  if (SIGN_IN_CODES.has(code)) only(door());
  else if (code === "AGE_UNKNOWN") only(birthCard(() => void start()));
  else if (code === "AGE_RESTRICTED") only(h("section", { class: "card" }, h("h1", {}, t("minor")), h("p", { class: "muted" }, t("minorMore"))));
  else if (MISSING_CODES.has(code)) missing();
  else only(message(t("trouble"), text, t("again"), () => void start()));
}

// The same words for one that is not there and for somebody else's.
function missing(): void {
  leave();
  place.replaceChildren(session()?.customer.isGuest ? signInCard(t("missing"), t("missingMore")) : message(t("missing"), t("missingMore"), t("toStart"), () => go(null)));
}

function failed(error: unknown): void {
  if (error instanceof RequestFailed && !isLost(error)) refused(error.code, error.message);
  else only(message(t("trouble"), t("unreachable"), t("again"), () => void start()));
}

function go(chat: string | null): void {
  const path = chat ? `/talk/${encodeURIComponent(chat)}` : "/talk";
  if (location.pathname !== path) history.pushState(null, "", path + location.search);
  void show().catch(failed);
}

async function show(returned: string | null = null): Promise<void> {
  const chat = opened();
  const mine = (turn += 1);
  leave();
  list.mark(chat);
  if (!page.isConnected) main.replaceChildren(page);
  if (!chat) return showLobby(mine);
  const next = new Room(chat, house, returned);
  room = next;
  const isThere = await next.open();
  if (mine !== turn) return;
  if (!isThere) return missing();
  place.replaceChildren(next.element);
  next.focus();
}

async function showLobby(mine: number): Promise<void> {
  document.title = titleOf("");
  const characters = await ask<Character[]>(WHO_TALKS, {});
  if (mine !== turn) return;
  const note = said && h("p", { class: "talk-note muted" }, said);
  place.replaceChildren(...[note, lobby(characters, (chat) => (void list.load().catch(() => undefined), go(chat)))].filter((one) => one !== ""));
  if (said) announce(said);
  said = "";
}

async function start(returned: string | null = null): Promise<void> {
  seenAs = session()?.customer.id ?? null;
  seenAt = `${locale()} ${channel()}`;
  if (!seenAs) return only(door());
  if (!page.isConnected) main.replaceChildren(h("p", { class: "muted first-wait" }, t("connecting")));
  try {
    const me = await list.load();
    if (!me) return only(door());
    if (me.age === "UNKNOWN") return refused("AGE_UNKNOWN", "");
    if (me.age === "MINOR") return refused("AGE_RESTRICTED", "");
    await show(returned);
  } catch (error) {
    failed(error);
  }
}

function frame(): void {
  document.documentElement.lang = locale();
  document.title = titleOf("");
  drawTop(top, { guest: t("guest"), signOut: t("signOut"), language: t("language") });
  drawLink(top, "none", "");
}

onSession(() => {
  frame();
  if ((session()?.customer.id ?? null) !== seenAs) void start();
});
onLocale(() => {
  if (`${locale()} ${channel()}` === seenAt) return;
  frame();
  void start();
});
onTabs(({ chat, what }) => {
  void list.load().catch(() => undefined);
  if (chat !== room?.id) return;
  if (what === "gone") missing();
  else void room.refresh();
});
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && void room?.refresh());
window.addEventListener("popstate", () => void show().catch(failed));
// A page that comes back out of the browser's memory, such as from the bank's, shows what was.
window.addEventListener("pageshow", ({ persisted }) => persisted && void start());
frame();
void start(cameBack());
