// The checkout page as buyers use it. Reads one JSON argument: { play, url, locale, persona?, pictures?, … }.
// Prints what it saw as JSON, the last line; a play that needs somebody else meanwhile prints `{"waits": …}` first.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { launch } from "./browser.mjs";
import { Watcher } from "./watcher.mjs";

const task = JSON.parse(process.argv[2] ?? "{}");
const QUICK = 60_000;
const PHONE = { width: 390, height: 844 };
const ADDRESS = {
  ko: { recipient: "김하나", phone: "010-2345-6789", postalCode: "04524", line1: "서울특별시 중구 세종대로 110", line2: "3층 302호" },
  en: { recipient: "Hana Kim", line1: "85 Jay Street", line2: "Apt 9", city: "Brooklyn", region: "ny", postalCode: "11201", email: "hana@example.com" },
}[task.locale];
const seen = {};

async function picture(page, name) {
  if (!task.pictures) return;
  mkdirSync(task.pictures, { recursive: true });
  const size = page.viewportSize();
  await page.screenshot({ path: join(task.pictures, `till-${task.locale}-${name}.png`), fullPage: true });
  await page.setViewportSize(PHONE);
  await page.screenshot({ path: join(task.pictures, `till-${task.locale}-${name}-phone.png`), fullPage: true });
  if (size) await page.setViewportSize(size);
}

const text = async (page, selector) => (await page.locator(selector).first().textContent({ timeout: QUICK })).trim();
const there = (page, selector) => page.locator(selector).first().waitFor({ timeout: QUICK });
const fits = (page) => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);

async function arrive(page, url = task.url) {
  await page.goto(url, { waitUntil: "load" });
  await there(page, "main article, main .card");
}

async function signIn(page) {
  if (task.persona) await page.locator(".personas .button", { hasText: task.persona }).click();
  else await page.locator("#as-guest").click();
  await page.locator('.checkout .problems:not([hidden]), .checkout[data-status="READY"]').first().waitFor({ timeout: QUICK });
}

async function proveAge(page) {
  await page.locator('[data-kind="AgeProofRequired"] .button').click();
  await page.locator('input[name="born"]').fill("1991-03-02");
  await page.locator('button[value="ok"]').click();
  await page.waitForURL(task.url, { timeout: QUICK });
  await there(page, ".checkout");
  await page.locator('[data-kind="AgeProofRequired"]').waitFor({ state: "detached", timeout: QUICK });
}

async function address(page) {
  for (const [name, value] of Object.entries(ADDRESS)) await page.locator(`#address-${name}`).fill(value);
  await page.locator(".fields .is-primary").press("Enter");
  await there(page, ".known p");
  seen.address = await text(page, ".known");
}

async function deliver(page, id) {
  await page.locator(`#way-${id}`).check();
  await there(page, '.checkout[data-status="READY"]');
}

// Keeps the answer back, so that the subscription is the first to tell.
async function held(page, operation) {
  let answer;
  const may = new Promise((go) => (answer = go));
  const keep = async (route) => {
    if (!route.request().postData()?.includes(operation)) return route.fallback();
    const response = await route.fetch();
    await may;
    return route.fulfill({ response });
  };
  await page.route("**/graphql", keep);
  return async () => {
    const told = page.waitForResponse((response) => response.request().postData()?.includes(operation));
    answer();
    await (await told).finished();
    await page.unroute("**/graphql", keep);
    await page.locator(".checkout:not([aria-busy])").waitFor({ timeout: QUICK });
  };
}

// Keeps back what the subscription tells, until all of it is told at once.
async function quiet(page) {
  const kept = [];
  let some;
  const any = new Promise((go) => (some = go));
  let isHeld = false;
  await page.routeWebSocket(/graphql/, (socket) => {
    socket.connectToServer().onMessage((said) => {
      if (!isHeld) return socket.send(said);
      kept.push(() => socket.send(said));
      if (said.includes('"next"')) some();
    });
  });
  return {
    hold: () => (isHeld = true),
    async tell() {
      await any;
      isHeld = false;
      for (const one of kept) one();
      await page.evaluate(() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go))));
    },
  };
}

// Twice at once: it has to be one payment.
async function pay(page, method) {
  await page.locator(`#${method}`).check();
  await page.locator("#pay").dblclick();
}

async function atTheBank(page, answer) {
  await page.locator(`button[value="${answer}"]`).click({ timeout: QUICK });
  await page.waitForURL((url) => url.href.startsWith(task.url), { timeout: QUICK });
}

async function order(page) {
  await there(page, ".bought");
  seen.order = await text(page, ".number");
  await there(page, ".code a");
  seen.codes = await page.locator(".code code").allTextContents();
  seen.qr = await page.locator(".code img").first().evaluate(async (image) => (await image.decode(), image.naturalWidth));
}

async function openBottle(context, page) {
  const [bottle] = await Promise.all([context.waitForEvent("page"), page.locator(".code a").first().click()]);
  await bottle.locator(".ar .scene").first().waitFor({ timeout: QUICK });
  seen.experience = await bottle.locator(".ar h1").textContent();
  seen.scenes = await bottle.locator(".scene .section-title").count();
}

// Runs in the page.
function standIn() {
  const cards = ["pm_card_chargeDeclined", "pm_card_visa"];
  window.Stripe = (key) => ({
    elements: ({ amount, currency }) => ({
      create: (kind) => ({ mount: (box) => (box.textContent = [key, kind, amount, currency].join(" ")) }),
      submit: async () => ({}),
      update: () => undefined,
    }),
    async confirmPayment({ clientSecret, confirmParams }) {
      const [id] = clientSecret.split("_secret_");
      const body = new URLSearchParams({ client_secret: clientSecret, payment_method: cards.shift(), return_url: confirmParams.return_url });
      const answer = await fetch(`https://api.stripe.com/v1/payment_intents/${id}/confirm`, { method: "POST", body });
      const { error } = await answer.json();
      return error ? { error } : {};
    },
  });
}

const plays = {
  // From a stranger's cart to a bottle that is open.
  async whole(context) {
    const page = await context.newPage();
    await arrive(page);
    await picture(page, "1-arrived");
    await signIn(page);
    seen.lang = await page.locator("html").getAttribute("lang");
    seen.problems = await page.locator(".problem").evaluateAll((all) => all.map((one) => one.dataset.kind));
    await picture(page, "2-problems");
    await proveAge(page);
    await address(page);
    await deliver(page, task.way);
    const answered = await held(page, "mutation UseCode");
    await page.locator("#code").fill("firstcup");
    await page.locator("#code").press("Enter");
    await there(page, ".saving");
    await page.locator("#code").fill("no such code");
    await answered();
    await page.locator("#code").press("Enter");
    await page.waitForFunction(() => document.querySelector("#code-trouble").textContent, null, { timeout: QUICK });
    seen.codeRefused = await text(page, "#code-trouble");
    seen.total = Number(await page.locator("#pay").getAttribute("data-total"));
    await picture(page, "3-ready");
    await pay(page, "pm_card_chargeDeclinedInsufficientFunds");
    await page.waitForFunction(() => document.querySelector(".pay .trouble").textContent, null, { timeout: QUICK });
    seen.declined = await text(page, ".pay .trouble");
    await picture(page, "4-declined");
    await page.setViewportSize(PHONE);
    seen.fits = await fits(page);
    await pay(page, "pm_card_authenticationRequired");
    await atTheBank(page, "no");
    await there(page, '.checkout[data-status="READY"]');
    seen.unproven = await text(page, ".pay .trouble");
    await pay(page, "pm_card_authenticationRequired");
    await atTheBank(page, "ok");
    await order(page);
    seen.path = new URL(page.url()).search;
    seen.fits &&= await fits(page);
    await picture(page, "5-bought");
    await openBottle(context, page);
  },

  // An agent's session: claimed here, finished there.
  async agent(context) {
    const page = await context.newPage();
    await arrive(page);
    seen.before = await text(page, "h1");
    await picture(page, "agent-1-arrived");
    await signIn(page);
    await proveAge(page);
    await there(page, '.checkout[data-status="READY"]');
    seen.ready = await text(page, ".agent .reason");
    await picture(page, "agent-2-ready");
    console.log(JSON.stringify({ waits: "for the agent" }));
    await order(page);
    await picture(page, "agent-3-bought");
  },

  // A guest turns out to have an account.
  async member(context) {
    const page = await context.newPage();
    await arrive(page);
    await page.locator("#as-guest").click();
    await page.locator("#other").click();
    await page.locator(".personas .button", { hasText: task.persona }).click();
    await page.locator(".who", { hasText: task.persona }).waitFor({ timeout: QUICK });
    await page.locator(".who-part .card").waitFor({ state: "detached", timeout: QUICK });
    await there(page, ".checkout .stepper");
    seen.lines = await page.locator(".summary .line-name").allTextContents();
  },

  // What others see of a checkout, beside what they see of none.
  async others(context) {
    seen.told = [];
    for (const url of task.urls) {
      const page = await context.newPage();
      await page.goto(url, { waitUntil: "load" });
      await there(page, ".card .personas .button");
      seen.told.push(await text(page, "main"));
      await page.locator(".card").evaluate((card) => card.classList.add("is-old"));
      await page.locator(".personas .button", { hasText: task.persona }).click();
      await there(page, ".card:not(.is-old) .personas .button");
      seen.told.push(await text(page, "main"));
      await page.evaluate(() => localStorage.clear());
      await page.close();
    }
  },

  // A reply is lost, and two tabs pay at once.
  async tabs(context) {
    const pages = [await context.newPage(), await context.newPage()];
    await arrive(pages[0]);
    await signIn(pages[0]);
    await arrive(pages[1]);
    const keys = new Set();
    let lost = 0;
    await context.route("**/graphql", async (route) => {
      const body = route.request().postData() ?? "";
      if (!body.includes("mutation PayCheckout")) return route.fallback();
      keys.add(JSON.parse(body).variables.input.idempotencyKey);
      if (lost) return route.fallback();
      lost += 1;
      await route.fetch();
      return route.abort("connectionreset");
    });
    await Promise.all(pages.map((page) => there(page, '.checkout[data-status="READY"] #pay')));
    await Promise.all(pages.map((page) => page.locator("#pm_card_visa").check()));
    // A pointer would have to find the button first, and the other tab might have paid by then.
    await Promise.all(pages.map((page) => page.locator("#pay").evaluate((button) => { button.click(); button.click(); })));
    await Promise.all(pages.map((page) => there(page, ".bought")));
    seen.orders = await Promise.all(pages.map((page) => text(page, ".number")));
    Object.assign(seen, { keys: keys.size, lost });
  },

  // Stripe's form, with a script in its place that asks the sandbox as Stripe's asks Stripe.
  async stripe(context) {
    await context.route("https://js.stripe.com/**", (route) => route.fulfill({ contentType: "text/javascript", body: `(${standIn})()` }));
    await context.route("https://api.stripe.com/**", async (route) => {
      const { pathname } = new URL(route.request().url());
      const answer = await fetch(task.stripe.origin + pathname, {
        method: "POST", body: route.request().postData(),
        headers: { authorization: `Bearer ${task.stripe.key}`, "content-type": "application/x-www-form-urlencoded" },
      });
      return route.fulfill({ body: await answer.text(), contentType: "application/json", headers: { "access-control-allow-origin": "*" } });
    });
    const page = await context.newPage();
    const news = await quiet(page);
    await arrive(page);
    await signIn(page);
    await page.waitForFunction(() => document.querySelector(".stripe").textContent, null, { timeout: QUICK });
    seen.form = await text(page, ".stripe");
    news.hold();
    await page.locator("#pay").click();
    await page.waitForFunction(() => document.querySelector(".pay .trouble").textContent, null, { timeout: QUICK });
    await news.tell();
    seen.declined = await text(page, ".pay .trouble");
    await page.locator("#pay").click();
    await order(page);
  },

  // The price changes while the page is open.
  async price(context) {
    const page = await context.newPage();
    await arrive(page);
    await signIn(page);
    await there(page, '.checkout[data-status="READY"]');
    seen.before = await text(page, "#pay");
    console.log(JSON.stringify({ waits: "for the price" }));
    await new Promise((go) => process.stdin.once("data", go));
    await pay(page, "pm_card_visa");
    await there(page, '[data-kind="PriceChanged"]');
    seen.told = await text(page, '[data-kind="PriceChanged"] p');
    await picture(page, "price-changed");
    await page.locator('[data-kind="PriceChanged"] .button').click();
    await page.locator('[data-kind="PriceChanged"]').waitFor({ state: "detached", timeout: QUICK });
    await there(page, '.checkout[data-status="READY"]');
    seen.after = await text(page, "#pay");
    await pay(page, "pm_card_visa");
    await there(page, ".bought");
    process.stdin.destroy();
  },
};

const browser = await launch();
const watcher = new Watcher(new Set([new URL(task.url ?? task.urls[0]).hostname, "127.0.0.1", "localhost", ...(task.hosts ?? [])]));
try {
  const context = await browser.newContext({ locale: task.locale, viewport: { width: 1280, height: 900 } });
  context.setDefaultTimeout(QUICK);
  await watcher.on(context);
  await plays[task.play](context);
} catch (error) {
  watcher.faults.push(`${task.play}: ${error.stack ?? error}`);
  for (const [index, page] of browser.contexts().flatMap((one) => one.pages()).entries()) {
    watcher.faults.push(`page ${index} ${page.url()}: ${await page.locator("main").innerText({ timeout: 1000 }).catch(() => "")}`);
    await picture(page, `fault-${index}`).catch(() => undefined);
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify({ ...seen, faults: watcher.faults, hosts: [...watcher.hosts] }));
