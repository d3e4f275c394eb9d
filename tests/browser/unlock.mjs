// The unlock page as a phone's browser sees it: sign in, the code opens, a song is listened to, a story is found.
// Reads one JSON argument: { url, locale, persona, pictures? }; prints what it saw as JSON.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { launch } from "./browser.mjs";

const task = JSON.parse(process.argv[2] ?? "{}");
const QUICK = 60_000;
const seen = { faults: [], pages: [] };
const browser = await launch();
try {
  const context = await browser.newContext({ locale: task.locale, ...task.device });
  const page = await context.newPage();
  page.on("pageerror", (error) => seen.faults.push(String(error)));
  const offline = (text) => text.includes("ERR_INTERNET_DISCONNECTED");
  page.on("console", (line) => line.type() === "error" && !offline(line.text()) && seen.faults.push(line.text()));
  page.on("request", (request) => seen.pages.push(request.url()));
  await page.goto(task.url, { waitUntil: "load" });
  await page.locator(".personas .button", { hasText: task.persona }).click();
  await page.locator(".ar .scene").first().waitFor({ timeout: QUICK });
  seen.lang = await page.locator("html").getAttribute("lang");
  seen.headline = await page.locator(".ar h1").textContent();
  seen.scenes = await page.locator(".scene .section-title").allTextContents();
  seen.links = await page.locator(".scene a").evaluateAll((links) => links.map((link) => ({ href: link.href, rel: link.rel })));
  seen.film = await page.locator(".scene video").evaluate(async (video) => {
    if (video.readyState < 1) await new Promise((ready) => video.addEventListener("loadedmetadata", ready, { once: true }));
    return video.duration;
  });
  await page.locator(".scene audio").evaluate((audio) => ((audio.muted = true), audio.play()));
  await page.locator(".story h2").waitFor({ timeout: QUICK });
  seen.story = await page.locator(".story h2").textContent();
  await context.setOffline(true);
  await page.locator(".scene details summary").last().click();
  await page.waitForFunction(() => (localStorage.getItem("nerdx.ar.deeds") ?? "").includes('"HOLD"'), null, { timeout: QUICK });
  await context.setOffline(false);
  await page.waitForFunction(() => !(localStorage.getItem("nerdx.ar.deeds") ?? "").includes('"HOLD"'), null, { timeout: QUICK });
  seen.fits = await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
  if (task.pictures) {
    mkdirSync(task.pictures, { recursive: true });
    await page.screenshot({ path: join(task.pictures, `ar-${task.locale}.png`), fullPage: true });
  }
  await page.goto(`${task.url.split("#")[0]}#0000-0000-0000-0000-0000`);
  await page.locator(".card .trouble").waitFor({ timeout: QUICK });
  seen.trouble = await page.locator(".card .trouble").textContent();
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
