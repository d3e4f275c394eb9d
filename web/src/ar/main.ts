// The page behind a bottle's QR code: what follows `#` is the code, and `;token=…` an app's sign-in.
import "../lib/pages.css";
import "./ar.css";
import { h } from "../lib/dom";
import { SIGN_IN_CODES, newKey, request } from "../lib/graphql";
import { RequestFailed, rawRequest } from "../lib/http";
import { locale, onLocale } from "../lib/locale";
import { onSession, session } from "../lib/session";
import { brand, topEnd } from "../lib/top";
import { type Answer, TRACK_AR, UNLOCK_AR } from "../operations";
import { signInCard } from "../watch/signin";
import { drop, keep, waiting } from "./queue";
import { show } from "./show";
import { t } from "./strings";
import type { Story, Trigger, Unlocked } from "./types";

const DEVICE_KEY = "nerdx.device";
const main = document.querySelector("main") as HTMLElement;
const top = document.querySelector("header") as HTMLElement;
const stories = h("div", { class: "stories", aria: { live: "polite" } });
const handed = handedOver();
const told = new Set<string>();
const found = new Set<string>();
let enteredAs: string | null = null;

// A token must not stay in the address bar, nor in the history.
function handedOver(): { code: string; token: string | null } {
  const [code = "", ...more] = decodeURIComponent(location.hash.slice(1)).split(";");
  const token = more.find((part) => part.startsWith("token="))?.slice(6) ?? null;
  if (token) history.replaceState(null, "", `${location.pathname}${location.search}#${encodeURIComponent(code)}`);
  return { code, token };
}

function device(): string {
  const known = localStorage.getItem(DEVICE_KEY) ?? newKey();
  localStorage.setItem(DEVICE_KEY, known);
  return known;
}

const ask = <T>(query: string, variables: Record<string, unknown>): Promise<T> =>
  handed.token ? rawRequest<T>(query, variables, handed.token) : request<T>(query, variables);

function drawTop(): void {
  const words = { guest: t("guest"), signOut: t("signOut"), language: t("language") };
  top.replaceChildren(brand(), topEnd(words, handed.token ? null : session()));
}

function askForCode(title: string, more: string, trouble = ""): void {
  const input = h("input", { type: "text", name: "code", autocomplete: "off", autocapitalize: "characters", spellcheck: false, required: true, value: handed.code });
  const submit = (event: Event) => (event.preventDefault(), (handed.code = input.value), void open());
  main.replaceChildren(
    h("section", { class: "card" }, h("h1", {}, title), h("p", { class: "muted" }, more),
      trouble && h("p", { class: "trouble", aria: { role: "alert" } }, trouble),
      h("form", { class: "sign-in", on: { submit } }, h("label", {}, t("code"), input),
        h("button", { class: "button is-primary", type: "submit" }, t("open")))),
  );
}

function opened(answer: Answer<Unlocked>): void {
  if (answer.code) {
    const left = answer.triesLeft === undefined ? "" : ` ${t("left", { n: answer.triesLeft })}`;
    return askForCode(t("trouble"), t("typeMore"), `${answer.message ?? ""}${left}`);
  }
  document.title = `${answer.experience.product.name} · NERDX`;
  main.replaceChildren(show(answer, (trigger, seconds) => tell(answer.experience.id, trigger, seconds), stories));
  void send();
}

function tell(experienceId: string, trigger: Trigger, seconds?: number): void {
  if (told.has(trigger)) return;
  told.add(trigger);
  keep(account(), { eventId: newKey(), experienceId, trigger, at: new Date().toISOString(), seconds });
  void send();
}

const AGAIN_MS = 10_000;
let again: ReturnType<typeof setTimeout> | undefined;

// Without a way to the server they wait: for the network, for the next deed, or for the next visit.
// A browser need not notice that a network is back, so now and then it is tried.
function later(): void {
  clearTimeout(again);
  again = setTimeout(() => void send(), AGAIN_MS);
}

async function send(): Promise<void> {
  const who = account();
  const events = waiting(who);
  if (!events.length) return;
  type Told = Answer<{ unlockedLore?: Story[] }>;
  const answer = await ask<{ trackArEngagement: Told }>(TRACK_AR, { input: { events } })
    .then((found) => found.trackArEngagement, () => null);
  if (!answer || answer.code === "RATE_LIMITED") return later();
  drop(who, events);
  for (const story of answer.unlockedLore ?? []) {
    if (found.has(story.id)) continue;
    found.add(story.id);
    stories.append(h("section", { class: "story" }, h("p", { class: "credit" }, t("found")), h("h2", {}, story.title), h("p", {}, story.body)));
  }
}

// Whose deeds they are: an app's token names its account, too.
function account(): string {
  const claims = handed.token?.split(".")[1]?.replaceAll("-", "+").replaceAll("_", "/");
  try {
    return claims ? String((JSON.parse(atob(claims)) as { sub?: string }).sub) : (enteredAs ?? "");
  } catch {
    return "";
  }
}

async function open(): Promise<void> {
  enteredAs = session()?.customer.id ?? null;
  if (!handed.token && !enteredAs) return main.replaceChildren(signInCard(t("signIn"), t("signInMore")));
  if (!handed.code) return askForCode(t("type"), t("typeMore"));
  main.replaceChildren(h("p", { class: "muted first-wait" }, t("opening")));
  try {
    const input = { code: handed.code, deviceId: device() };
    opened((await ask<{ unlockAr: Answer<Unlocked> }>(UNLOCK_AR, { input })).unlockAr);
  } catch (error) {
    const failed = error instanceof RequestFailed ? error : null;
    if (failed && SIGN_IN_CODES.has(failed.code)) {
      handed.token = null;
      main.replaceChildren(signInCard(t("signIn"), t("signInMore")));
    } else askForCode(t("trouble"), t("typeMore"), failed?.message ?? "");
  }
}

onSession(() => {
  drawTop();
  if ((session()?.customer.id ?? null) !== enteredAs) void open();
});
onLocale(() => {
  drawTop();
  void open();
});
window.addEventListener("online", () => void send());
window.addEventListener("hashchange", () => location.reload());
document.documentElement.lang = locale();
document.title = `${t("title")} · NERDX`;
drawTop();
void open();
