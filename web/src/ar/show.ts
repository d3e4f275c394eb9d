// What a bottle unlocked: no 3D engine of ours, but the phone's own, and players for film and sound.
import { h } from "../lib/dom";
import { locale } from "../lib/locale";
import { type Word, t } from "./strings";
import type { Animation, Model, Recipe, Recipes, Song, Trigger, Unlocked, Video } from "./types";

export type Tell = (trigger: Trigger, seconds?: number) => void;

const APPLE = /iPhone|iPad|iPod/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);
const ANDROID = /Android/.test(navigator.userAgent);
// Quick Look opens a link only where a picture is its first child.
const CUBE =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='20' height='20' fill='none' stroke='%23241a0c' stroke-width='1.6'%3E" +
  "%3Cpath d='M10 2l7 4v8l-7 4-7-4V6zM3 6l7 4 7-4M10 10v8'/%3E%3C/svg%3E";

export function show(unlocked: Unlocked, tell: Tell, found: HTMLElement): HTMLElement {
  const { experience, devicesLeft } = unlocked;
  const { product } = experience;
  const until = experience.unlockedUntil && t("until", { date: new Date(experience.unlockedUntil).toLocaleDateString(locale(), { dateStyle: "long" }) });
  return h(
    "article",
    { class: "ar" },
    h("div", { class: "telling" },
      h("p", { class: "credit" }, t("title")), h("h1", {}, product.name),
      h("p", { class: "reason" }, experience.teaser), h("p", { class: "muted" }, product.description),
      h("p", { class: "notice" }, [until, t("devices", { n: devicesLeft })].filter(Boolean).join(" · "))),
    found,
    h("div", { class: "scenes" }, ...experience.animations.map((one) => scene(one, tell, unlocked))),
  );
}

function scene(animation: Animation, tell: Tell, unlocked: Unlocked): HTMLElement {
  return h("section", { class: "scene" },
    h("h2", { class: "section-title" }, t(animation.trigger as Word)),
    animation.caption && h("p", {}, animation.caption),
    ...parts(animation, tell, unlocked));
}

function parts(animation: Animation, tell: Tell, unlocked: Unlocked): HTMLElement[] {
  switch (animation.__typename) {
    case "ArModelAnimation": return model(animation, tell, unlocked);
    case "ArVideoAnimation": return video(animation, tell);
    case "ArAudioAnimation": return song(animation, tell);
    case "ArRecipeAnimation": return recipes(animation, tell, unlocked);
    default: return [h("p", { class: "muted" }, t("inApp"))];
  }
}

function model({ glbUrl, usdzUrl }: Model, tell: Tell, unlocked: Unlocked): HTMLElement[] {
  const seen = { click: () => tell("SCAN") };
  const actions: HTMLElement[] = [];
  if (APPLE && usdzUrl)
    actions.push(h("a", { class: "button is-primary", href: usdzUrl, rel: "ar", on: seen }, h("img", { src: CUBE, alt: "" }), t("quickLook")));
  else if (ANDROID) actions.push(h("a", { class: "button is-primary", href: sceneViewer(glbUrl, unlocked.experience.product.name), on: seen }, t("sceneViewer")));
  actions.push(h("a", { class: "button is-quiet", href: glbUrl, download: "", on: seen }, t("glb")));
  if (usdzUrl) actions.push(h("a", { class: "button is-quiet", href: usdzUrl, download: "", on: seen }, t("usdz")));
  const row = h("div", { class: "actions" }, ...actions);
  return APPLE || ANDROID ? [row] : [h("p", { class: "muted" }, t("desktop")), row];
}

function sceneViewer(glbUrl: string, title: string): string {
  const asked = new URLSearchParams({ file: glbUrl, mode: "ar_preferred", title });
  const back = encodeURIComponent(glbUrl);
  return `intent://arvr.google.com/scene-viewer/1.0?${asked}#Intent;scheme=https;package=com.google.android.googlequicksearchbox;` +
    `action=android.intent.action.VIEW;S.browser_fallback_url=${back};end;`;
}

function video({ videoUrl, videoLore }: Video, tell: Tell): HTMLElement[] {
  const player = h("video", { src: videoUrl, controls: true, playsInline: true, preload: "metadata", on: { play: () => tell("TAP") } });
  const story = videoLore && h("details", {}, h("summary", {}, videoLore.title), h("p", {}, videoLore.body));
  return story ? [player, story] : [player];
}

function song({ audioUrl, audioLore }: Song, tell: Tell): HTMLElement[] {
  const player = h("audio", { src: audioUrl, controls: true, preload: "metadata" });
  player.addEventListener("ended", () => tell("LISTEN", Number.isFinite(player.duration) ? player.duration : undefined));
  return audioLore ? [player, h("p", { class: "muted" }, audioLore.title)] : [player];
}

function recipes({ recipes: drinks }: Recipes, tell: Tell, { experience }: Unlocked): HTMLElement[] {
  const { serve } = experience.product;
  if (drinks.length) return drinks.map((drink) => recipe(drink, tell));
  if (!serve) return [];
  return [h("p", {}, t("serve", { vessel: serve.vessel, min: serve.minCelsius, max: serve.maxCelsius, shake: serve.shake }))];
}

function recipe(drink: Recipe, tell: Tell): HTMLElement {
  return h("details", { on: { toggle: () => tell("HOLD") } },
    h("summary", {}, `${drink.name} · ${t("minutes", { n: drink.minutes })}`),
    h("ul", {}, ...drink.items.map((item) => h("li", {}, `${item.name} ${item.amount} ${item.unit}`))),
    h("ol", {}, ...drink.steps.map((step) => h("li", {}, step))));
}
