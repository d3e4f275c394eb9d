// From sign-in to a playing film, in the explorer and on the watch page, in one language.
// Reads one JSON argument: { base, photo, locale, persona, film, pictures? }; prints what it saw as JSON.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { launch } from "./browser.mjs";
import { Watcher } from "./watcher.mjs";

const task = JSON.parse(process.argv[2] ?? "{}");
const QUICK = 60_000;
const MAKING = (task.seconds ?? 240) * 1000;
const WORDS = {
  ko: { request: "부탁하기", share: "공유하기", play: "재생", done: "완성됐어요" },
  en: { request: "Request it", share: "Share", play: "Play", done: "It is ready" },
}[task.locale];
const seen = { locale: task.locale, stages: [], percents: [] };

const picture = async (page, name) => {
  if (!task.pictures) return;
  mkdirSync(task.pictures, { recursive: true });
  await page.screenshot({ path: join(task.pictures, `${task.locale}-${name}.png`) });
};

async function signIn(page) {
  await page.goto(task.base, { waitUntil: "load" });
  seen.explorer = new URL(page.url()).pathname;
  await page.locator(".graphiql-query-editor .view-line").first().waitFor({ timeout: QUICK });
  await page.locator(".chip", { hasText: task.persona }).click();
  await page.locator('.bar-who[data-signed-in="true"]').waitFor({ timeout: QUICK });
  await page.locator(`.segments [lang="${task.locale}"]`).click();
  seen.tabs = await page.locator(".graphiql-tab").count();
}

async function runReference(page) {
  await page.locator(".graphiql-execute-button").click();
  await page.waitForFunction(() => document.querySelector(".result-window .view-lines")?.textContent.includes("edges"), null, { timeout: QUICK });
  await picture(page, "explorer-catalogue");
}

async function makePortrait(page) {
  const card = page.locator('[data-step="photo"]');
  await card.locator('input[type="file"]').setInputFiles(task.photo);
  await card.locator(".agree input").check();
  seen.consent = (await card.locator(".consent").textContent()).trim().length > 20;
  await card.locator("button.do").click();
  await page.locator('[data-step="photo"][data-state="ready"]').waitFor({ timeout: QUICK });
  seen.portraitId = await card.locator(".id").textContent();
}

async function requestCameo(page) {
  await page.locator('[data-step="ask"] select').first().selectOption(task.film);
  await page.locator('[data-step="ask"] button.do', { hasText: WORDS.request }).click();
  const link = page.locator('[data-step="watch"] a.do');
  await link.waitFor({ timeout: QUICK });
  seen.watchPath = await link.getAttribute("href");
  await page.waitForFunction(() => document.querySelector(".graphiql-tab-active")?.textContent.includes("WatchCameo"), null, { timeout: QUICK });
  await page.waitForFunction(() => document.querySelector(".result-window .view-lines")?.textContent.includes("cameoChanged"), null, { timeout: QUICK });
  await picture(page, "explorer-live");
}

async function watch(context) {
  const page = await context.newPage();
  await page.goto(new URL(seen.watchPath, task.base).href);
  await page.locator(".cameo").waitFor({ timeout: QUICK });
  seen.lang = await page.locator("html").getAttribute("lang");
  await followProgress(page);
  await page.locator('.cameo[data-state="COMPLETED"]').waitFor({ timeout: QUICK });
  seen.headline = await page.locator("h1").textContent();
  return page;
}

async function followProgress(page) {
  const deadline = Date.now() + MAKING;
  let pictured = false;
  while (Date.now() < deadline) {
    const state = await page.locator(".cameo").getAttribute("data-state");
    if (state === "FAILED" || state === "CANCELED") throw new Error(`the cameo ended as ${state}: ${await page.locator(".failure").textContent()}`);
    if (state === "COMPLETED") return;
    const percent = Number(await page.locator(".bar").getAttribute("aria-valuenow"));
    seen.percents.push(percent);
    const stage = await page.locator(".step[data-state=now]").first().textContent({ timeout: 200 }).catch(() => null);
    if (stage && seen.stages.at(-1) !== stage) seen.stages.push(stage);
    seen.preview ||= (await page.locator(".frame-image.is-there").count()) > 0;
    if (seen.preview && percent > 25 && !pictured) {
      pictured = true;
      await picture(page, "watch-making");
      await phonePicture(page, "watch-making-phone");
    }
    await page.waitForFunction((before) => {
      const bar = document.querySelector(".bar");
      return document.querySelector(".cameo")?.dataset.state !== "RUNNING" || Number(bar?.getAttribute("aria-valuenow")) > before;
    }, percent, { timeout: deadline - Date.now(), polling: 200 });
    if (state === "QUEUED") await page.waitForTimeout(200);
  }
  throw new Error(`no film after ${MAKING / 1000} s; last seen at ${seen.percents.at(-1)} %`);
}

async function phonePicture(page, name) {
  if (!task.pictures) return;
  const size = page.viewportSize();
  await page.setViewportSize({ width: 390, height: 844 });
  await picture(page, name);
  await page.setViewportSize(size);
}

async function play(page, key) {
  await page.locator(".frame-play").click();
  await page.waitForFunction(() => document.querySelector("video.frame-video").currentTime > 0.5, null, { timeout: QUICK });
  const [before, duration] = await page.evaluate(() => {
    const video = document.querySelector("video.frame-video");
    return [video.currentTime, video.duration];
  });
  await page.waitForFunction((at) => document.querySelector("video.frame-video").currentTime > at + 0.3, before, { timeout: QUICK });
  seen[key] = { duration, advancedPast: before };
  await picture(page, key);
  await phonePicture(page, `${key}-phone`);
}

async function share(page, browser, watcher) {
  await page.locator("button.is-primary", { hasText: WORDS.share }).click();
  const url = await page.locator(".share-url").inputValue({ timeout: QUICK });
  await picture(page, "watch-shared");
  const stranger = await browser.newContext({ locale: task.locale });
  await watcher.on(stranger);
  const shared = await stranger.newPage();
  const answer = await shared.goto(new URL(new URL(url).pathname, task.base).href);
  seen.shareStatus = answer.status();
  seen.openGraph = await shared.locator('meta[property^="og:"]').count();
  seen.notice = await shared.locator(".notice").textContent();
  await play(shared, "shared");
  const gone = await shared.request.get(new URL("/s/no-such-token", task.base).href);
  seen.goneStatus = gone.status();
  await stranger.close();
}

const browser = await launch();
const watcher = new Watcher(new Set([new URL(task.base).hostname, "127.0.0.1", "localhost"]));
try {
  const context = await browser.newContext({ locale: task.locale, viewport: { width: 1440, height: 900 } });
  context.setDefaultTimeout(QUICK);
  await watcher.on(context);
  const explorer = await context.newPage();
  await signIn(explorer);
  await runReference(explorer);
  await makePortrait(explorer);
  await requestCameo(explorer);
  const page = await watch(context);
  await play(page, "film");
  await explorer.waitForFunction(() => document.querySelector(".result-window .view-lines")?.textContent.includes("COMPLETED"), null, { timeout: QUICK });
  await picture(explorer, "explorer-result");
  await share(page, browser, watcher);
} catch (error) {
  watcher.faults.push(`journey: ${error.stack ?? error}`);
  for (const [index, page] of browser.contexts().flatMap((one) => one.pages()).entries()) await picture(page, `fault-${index}`);
} finally {
  await browser.close();
}
console.log(JSON.stringify({ ...seen, faults: watcher.faults, hosts: [...watcher.hosts] }));
