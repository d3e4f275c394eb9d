// The bar above a page: the name, how the connection is, who is signed in, the language.
import { h, setText } from "./dom";
import { type Locale, locale, setLocale } from "./locale";
import { session, signOut } from "./session";

export interface TopWords {
  guest: string;
  signOut: string;
  language: string;
}

export const brand = (): HTMLElement => h("a", { class: "brand", href: "/", lang: "en" }, "NERDX");

export function topEnd(words: TopWords, held = session()): HTMLElement {
  const languages = (["ko", "en"] as Locale[]).map((code) =>
    h("button", {
      class: "language", type: "button", lang: code, aria: { pressed: String(locale() === code) },
      on: { click: () => setLocale(code) },
    }, code === "ko" ? "한국어" : "English"),
  );
  const who = held && h("button", { class: "who", type: "button", title: words.signOut, on: { click: () => void signOut() } },
    `${held.customer.name ?? words.guest} · ${words.signOut}`);
  return h("div", { class: "top-end" }, who, h("div", { class: "languages", aria: { role: "group", label: words.language } }, ...languages));
}

export function drawTop(top: HTMLElement, words: TopWords): void {
  top.replaceChildren(brand(), h("span", { class: "link", aria: { live: "polite" } }), topEnd(words));
}

export function drawLink(top: HTMLElement, state: string, text: string): void {
  const mark = top.querySelector<HTMLElement>(".link");
  if (!mark) return;
  mark.dataset.state = state;
  setText(mark, text);
}
