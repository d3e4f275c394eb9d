// The page of one cameo, for the person who asked for it.
import "../lib/pages.css";
import { h } from "../lib/dom";
import { SIGN_IN_CODES, request } from "../lib/graphql";
import type { GraphQLErrorShape } from "../lib/http";
import { type Link, follow } from "../lib/live";
import { locale, onLocale } from "../lib/locale";
import { onSession, session } from "../lib/session";
import * as bar from "../lib/top";
import { signInCard } from "./signin";
import { LOOK_AT_JOB, WATCH_JOB } from "../operations";
import { JobView } from "./job";
import { t } from "./strings";
import type { Job } from "./types";

const MISSING_CODES = new Set(["NOT_FOUND", "FORBIDDEN"]);
const cameoId = decodeURIComponent(location.pathname.split("/").filter(Boolean).at(-1) ?? "");
const main = document.querySelector("main") as HTMLElement;
const top = document.querySelector("header") as HTMLElement;
let stop: () => void = () => undefined;
let view: JobView | null = null;
let link: Link = "connecting";
let watchedAs: string | null = null;

function drawTop(): void {
  bar.drawTop(top, { guest: t("guest"), signOut: t("signOut"), language: t("language") });
  drawLink();
}

function drawLink(): void {
  const settled = !view || view.isOver;
  bar.drawLink(top, settled ? "none" : link, settled ? "" : t(link));
}

function message(title: string, more: string, ...buttons: HTMLElement[]): void {
  stop();
  view = null;
  main.replaceChildren(h("section", { class: "card" }, h("h1", {}, title), h("p", { class: "muted" }, more), h("div", { class: "actions" }, ...buttons)));
  drawLink();
}

function askToSignIn(title = t("signIn"), more = t("signInMore")): void {
  stop();
  view = null;
  main.replaceChildren(signInCard(title, more));
  drawLink();
}

function refused([error]: GraphQLErrorShape[]): void {
  const code = error?.extensions?.code ?? "";
  if (SIGN_IN_CODES.has(code)) askToSignIn();
  else if (MISSING_CODES.has(code)) askToSignIn(t("missing"), t("missingMore"));
  else message(t("trouble"), error?.message ?? "", h("button", { class: "button is-primary", type: "button", on: { click: start } }, t("again")));
}

function draw(job: Job): void {
  if (!view) {
    view = new JobView({
      again: start,
      deleted: (id) => message(t("deleted"), t("deletedMore", { id })),
      renew: async () => (await request<{ cameo: Job | null }>(LOOK_AT_JOB, { id: cameoId })).cameo?.video ?? null,
    });
    main.replaceChildren(view.element);
  }
  view.update(job);
  drawLink();
  document.title = `${job.status === "RUNNING" ? `${job.percent}% · ` : ""}${t("forName", { name: job.userName })} · NERDX`;
}

function start(): void {
  stop();
  watchedAs = session()?.customer.id ?? null;
  if (!watchedAs) return askToSignIn();
  if (!view) main.replaceChildren(h("p", { class: "muted first-wait" }, t("connecting")));
  stop = follow<{ cameoChanged: Job }>({ query: WATCH_JOB, variables: { id: cameoId } }, {
    data: ({ cameoChanged }) => draw(cameoChanged),
    refused,
    ended: drawLink,
    link: (state) => ((link = state), drawLink()),
  });
}

onSession(() => {
  drawTop();
  if ((session()?.customer.id ?? null) !== watchedAs) {
    view = null;
    start();
  }
});
onLocale(() => {
  drawTop();
  start();
});
document.documentElement.lang = locale();
document.title = `${t("title")} · NERDX`;
drawTop();
start();
