// The small sign-in of the watch page: one click in a sandbox, address and password everywhere.
import { pageConfig } from "../lib/config";
import { h, setText } from "../lib/dom";
import { setChannel } from "../lib/locale";
import { signIn } from "../lib/session";
import { t } from "./strings";

export function signInCard(title: string, more: string): HTMLElement {
  const trouble = h("p", { class: "trouble", aria: { role: "alert" } });
  const enter = async (email: string, password: string) => {
    setText(trouble, "");
    await signIn(email, password).catch((error: Error) => setText(trouble, error.message));
  };
  const personas = h("div", { class: "personas" });
  void pageConfig().then((config) => {
    if (!config.personas.length) return;
    const buttons = config.personas.map((persona) =>
      h("button", {
        class: "button", type: "button", textContent: persona.name,
        on: { click: () => (setChannel(persona.channel), void enter(persona.email, persona.password)) },
      }),
    );
    personas.append(h("h2", { class: "section-title" }, t("sandbox")), h("div", { class: "actions" }, ...buttons));
  });
  return h("section", { class: "card" }, h("h1", {}, title), h("p", { class: "muted" }, more), personas, form(enter), trouble);
}

function form(enter: (email: string, password: string) => Promise<void>): HTMLElement {
  const email = h("input", { type: "email", name: "email", autocomplete: "username", required: true });
  const password = h("input", { type: "password", name: "password", autocomplete: "current-password", required: true });
  return h(
    "form",
    { class: "sign-in", on: { submit: (event: Event) => (event.preventDefault(), void enter(email.value, password.value)) } },
    h("label", {}, t("email"), email),
    h("label", {}, t("password"), password),
    h("button", { class: "button is-primary", type: "submit" }, t("enter")),
  );
}
