// Before the first word: who they are, and that they are of age.
import { h, setText } from "../lib/dom";
import { join, startGuest } from "../lib/session";
import { TELL_BIRTH_DATE, WHO_TALKS } from "../operations/talk";
import { signInCard } from "../watch/signin";
import { ask } from "./ask";
import { seal } from "./cards";
import { type Word, roleOf, t } from "./strings";
import type { Character } from "./types";

type Input = HTMLInputElement;

function field(word: Word, props: Partial<Input>, more?: Word): [HTMLElement, Input] {
  const input = h("input", { required: true, ...props });
  return [h("label", {}, h("span", {}, t(word), more && ` · ${t(more)}`), input), input];
}

const today = (): string => new Date().toISOString().slice(0, 10);
function birthField(): [HTMLElement, Input] {
  return field("birthDate", { type: "date", name: "birthDate", autocomplete: "bday" as AutoFill, min: "1900-01-01", max: today() }, "birthMore");
}

/** A form whose button works once at a time, and says what went wrong. */
function form(button: string, fields: HTMLElement[], work: () => Promise<void>): HTMLFormElement {
  const trouble = h("p", { class: "trouble", aria: { role: "alert" } });
  const go = h("button", { class: "button is-primary", type: "submit" }, button);
  const submit = async (event: Event) => {
    event.preventDefault();
    go.disabled = true;
    setText(trouble, "");
    await work().catch((error: Error) => setText(trouble, error instanceof TypeError ? t("unreachable") : error.message));
    go.disabled = false;
  };
  return h("form", { class: "sign-in", on: { submit: (event: Event) => void submit(event) } }, ...fields, go, trouble);
}

function joinForm(): HTMLElement {
  const [nameField, name] = field("name", { type: "text", name: "name", autocomplete: "name", maxLength: 100, required: false });
  const [emailField, email] = field("email", { type: "email", name: "email", autocomplete: "email" });
  const [passwordField, password] = field("password", { type: "password", name: "password", autocomplete: "new-password", minLength: 10 }, "passwordMore");
  const [birth, birthDate] = birthField();
  const work = () => join({ name: name.value.trim() || null, email: email.value, password: password.value, birthDate: birthDate.value });
  return h("details", { class: "join" }, h("summary", {}, t("join")), form(t("make"), [nameField, emailField, passwordField, birth], work));
}

const greeting = (one: Character): HTMLElement => h("li", {}, seal(one), h("div", {}, h("p", { class: "speaker" }, `${one.name} · ${roleOf(one)}`), h("p", { class: "greeting" }, one.greeting)));

/** For a stranger: what this is, and three ways in. */
export function door(): HTMLElement {
  const trouble = h("p", { class: "trouble", aria: { role: "alert" } });
  const asGuest = () => void startGuest().catch((error: Error) => setText(trouble, error.message));
  const card = signInCard(t("signIn"), t("signInMore"));
  card.append(joinForm(), h("button", { id: "as-guest", class: "button is-quiet", type: "button", on: { click: asGuest } }, t("asGuest")), trouble);
  const greetings = h("ul", { class: "greetings" });
  void ask<Character[]>(WHO_TALKS, {}).then((all) => greetings.append(...all.map(greeting)), () => undefined);
  return h("div", { class: "door" }, h("div", { class: "telling" }, h("h1", {}, t("door")), h("p", { class: "muted" }, t("doorMore")), greetings), card);
}

/** For somebody whose age is not known. */
export function birthCard(told: () => void): HTMLElement {
  const [birth, birthDate] = birthField();
  const work = async () => {
    await ask(TELL_BIRTH_DATE, { input: { birthDate: birthDate.value } });
    told();
  };
  return h("section", { class: "card" }, h("h1", {}, t("birthTitle")), h("p", { class: "muted" }, t("birthWhy")), form(t("tell"), [birth], work));
}
