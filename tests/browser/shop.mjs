// Runs tabs of the explorer: each is opened from the side panel and run, filled in by the answers before.
// Reads one JSON argument: { base, locale, steps: [[persona, [[tab, field], …]], …], pictures? }; prints what came as JSON.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { launch } from "./browser.mjs";
import { Watcher } from "./watcher.mjs";

const task = JSON.parse(process.argv[2] ?? "{}");
const QUICK = 60_000;
const seen = { answers: {}, sent: {}, shown: {} };
// What a subscription has shown when it has done what it is for.
const LIVE = { checkoutChanged: '"checkoutChanged"', chatReply: '"ReplyEnded"' };
const result = (page) => page.locator(".result-window .view-lines");

async function become(page, persona) {
  await page.locator(`.chip[data-persona="${persona}"]`).click();
  await page.locator(`.chip[data-persona="${persona}"][aria-pressed="true"]`).waitFor({ timeout: QUICK });
}

async function open(page, name) {
  await page.locator(".examples button", { has: page.locator(`code:text-is("${name}")`) }).click();
  // The editor knows the operation a moment after the tab is there.
  await page.locator(`.journey[data-operation="${name}"]`).waitFor({ timeout: QUICK });
}

const asks = (request, name) => request.url().endsWith("/graphql") && request.postDataJSON()?.operationName === name;

// What comes over HTTP is kept as it was sent; what is shown, of events too, is read off the page.
async function run(page, name, field) {
  const live = field in LIVE;
  const answered = live ? null : page.waitForResponse((response) => asks(response.request(), name), { timeout: QUICK });
  await page.locator(".graphiql-execute-button").click();
  if (!live) {
    const response = await answered;
    const { data, errors } = await response.json();
    if (errors) throw new Error(`${name}: ${JSON.stringify(errors)}`);
    seen.sent[name] = response.request().postDataJSON().variables;
    seen.answers[name] = data[field];
  }
  await page.waitForFunction((text) => document.querySelector(".result-window .view-lines")?.textContent.includes(text), LIVE[field] ?? `"${field}"`, { timeout: QUICK });
  seen.shown[name] = (await result(page).textContent()).replaceAll("\u00a0", " ");
}

const browser = await launch();
const watcher = new Watcher(new Set([new URL(task.base).hostname, "127.0.0.1", "localhost"]));
try {
  const context = await browser.newContext({ locale: task.locale, viewport: { width: 1440, height: 900 } });
  context.setDefaultTimeout(QUICK);
  await watcher.on(context);
  const page = await context.newPage();
  await page.goto(task.base, { waitUntil: "load" });
  await page.locator(".graphiql-query-editor .view-line").first().waitFor({ timeout: QUICK });
  for (const [persona, tabs] of task.steps) {
    await become(page, persona);
    for (const [name, field] of tabs) {
      await open(page, name);
      await run(page, name, field);
    }
  }
  if (task.pictures) {
    mkdirSync(task.pictures, { recursive: true });
    await page.screenshot({ path: join(task.pictures, `explorer-${task.locale}.png`) });
  }
} catch (error) {
  const active = browser.contexts()[0]?.pages()[0]?.locator(".graphiql-tab-active");
  watcher.faults.push(`in ${await active?.textContent({ timeout: 1000 }).catch(() => "no tab")}: ${error.stack ?? error}`);
} finally {
  await browser.close();
}
console.log(JSON.stringify({ ...seen, faults: watcher.faults }));
