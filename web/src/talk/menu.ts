// What can be done with a chat: another name, a file of it, an end to it.
import { h, setText } from "../lib/dom";
import { DROP_TALK, NAME_TALK, SAVE_TALK } from "../operations/talk";
import { ask } from "./ask";
import { t } from "./strings";

export interface Keeper {
  id: string;
  title(): string;
  renamed(title: string): void;
  removed(receipt: string): void;
  failed(error: Error): void;
}

const LONGEST = 120;

export function menu(keeper: Keeper): HTMLElement {
  const deed = (word: "rename" | "save" | "remove", work: () => Promise<void>) => {
    const press = () => ((box.open = false), void work().catch((error: Error) => keeper.failed(error)));
    return h("button", { class: "menu-item", type: "button", on: { click: press } }, t(word));
  };
  const box = h("details", { class: "menu" },
    h("summary", { aria: { label: t("menu") }, title: t("menu") }, "⋯"),
    h("div", { class: "menu-items" }, deed("rename", () => rename(keeper)), deed("save", () => save(keeper)), deed("remove", () => remove(keeper))));
  box.addEventListener("keydown", ({ key }) => key === "Escape" && ((box.open = false), box.querySelector("summary")?.focus()));
  box.addEventListener("focusout", ({ relatedTarget }) => relatedTarget instanceof Node && !box.contains(relatedTarget) && (box.open = false));
  return box;
}

async function rename(keeper: Keeper): Promise<void> {
  const input = h("input", { id: "chat-name", name: "title", value: keeper.title(), required: true, maxLength: LONGEST, autocomplete: "off" });
  const yes = await dialog(t("renameAsk"), [h("label", { class: "for-ears", htmlFor: "chat-name" }, t("renameAsk")), input], t("ok"));
  if (!yes || !input.value.trim()) return;
  const { title } = await ask<{ title: string }>(NAME_TALK, { id: keeper.id, title: input.value.trim() });
  keeper.renamed(title);
}

async function save(keeper: Keeper): Promise<void> {
  const { url } = await ask<{ url: string }>(SAVE_TALK, { id: keeper.id });
  const link = h("a", { href: url, download: "nerdx-chat.json", rel: "noreferrer" });
  document.body.append(link);
  link.click();
  link.remove();
}

async function remove(keeper: Keeper): Promise<void> {
  if (!(await dialog(t("removeAsk"), [h("p", { class: "muted" }, t("removeSure"))], t("remove"), "is-danger"))) return;
  const { id } = await ask<{ id: string }>(DROP_TALK, { id: keeper.id });
  keeper.removed(id);
}

function dialog(title: string, more: HTMLElement[], yes: string, kind = "is-primary"): Promise<boolean> {
  const heading = h("h2", { id: "dialog-title" });
  setText(heading, title);
  const box = h("dialog", { class: "card sure", aria: { labelledby: "dialog-title" } },
    h("form", { method: "dialog", class: "dialog-form" }, heading, ...more,
      h("div", { class: "actions" }, h("button", { class: `button ${kind}`, value: "yes" }, yes), h("button", { class: "button", value: "no", formNoValidate: true }, t("keep")))));
  document.body.append(box);
  box.showModal();
  return new Promise((settle) => {
    box.addEventListener("close", () => (settle(box.returnValue === "yes"), box.remove()), { once: true });
  });
}
