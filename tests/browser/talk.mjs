// The page of the chats as people use it. Reads one JSON argument: { play, url, locale, phone?, pictures?, … }.
// Prints what it saw as JSON, the last line; before that `{"waits": …, "pace": n}` where the model should speak so fast.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { launch } from "./browser.mjs";
import { Watcher } from "./watcher.mjs";

const task = JSON.parse(process.argv[2] ?? "{}");
const QUICK = 60_000;
const PHONE = { width: 390, height: 844 };
const DESK = { width: 1280, height: 900 };
const WORDS = {
  ko: { why: "너드12는 왜 12도인가요?", two: "너드12 시그니처 두 병 살게요", rain: "비 오는 날 어울리는 술을 추천해 주세요.", drive: "운전하기 전에 한 잔은 괜찮죠?", paid: "주문이 결제됐어요" },
  en: { why: "Why does NERD12 have twelve percent?", two: "I would like to buy two bottles of NERD12 Signature", rain: "Recommend a drink for a rainy day.", drive: "Is one glass fine before I drive?", paid: "Your order is paid" },
}[task.locale];
const ADDRESS = {
  ko: { recipient: "김새봄", phone: "010-2345-6789", postalCode: "04524", line1: "서울특별시 중구 세종대로 110", line2: "3층 302호" },
  en: { recipient: "Sam Newcomer", phone: "010-2345-6789", postalCode: "04524", line1: "110 Sejong-daero, Jung-gu, Seoul" },
}[task.locale];
const seen = { fits: true };

async function picture(page, name) {
  seen.fits &&= await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
  if (!task.pictures) return;
  mkdirSync(task.pictures, { recursive: true });
  // On a picture of the whole page nothing floats.
  const rest = (position) => page.evaluate((value) => document.querySelectorAll(".composer, .chats").forEach((box) => (box.style.position = value)), position);
  await rest("static");
  await page.screenshot({ path: join(task.pictures, `talk-${task.locale}-${name}.png`), fullPage: true });
  await rest("");
}

const text = async (page, selector) => (await page.locator(selector).last().textContent({ timeout: QUICK })).trim();
const there = (page, selector) => page.locator(selector).first().waitFor({ timeout: QUICK });
const gone = (page, selector) => page.locator(selector).first().waitFor({ state: "detached", timeout: QUICK });
const replies = '.said[data-author="CHARACTER"]';
const words = (page) => page.locator(replies).last().locator(".part > p").allTextContents();


/** Has the model speak so many words a second from here on; 0 is at once. */
async function pace(wordsPerSecond) {
  const done = new Promise((go) => process.stdin.once("data", go));
  console.log(JSON.stringify({ waits: "for the model", pace: wordsPerSecond }));
  await done;
}

/** Stands between the page and its WebSockets: can cut them, and hears where the page goes on. */
async function between(page) {
  const sockets = [];
  let tell = () => undefined;
  await page.routeWebSocket(/graphql/, (socket) => {
    const server = socket.connectToServer();
    sockets.push(socket);
    socket.onMessage((text) => {
      const { type, payload } = JSON.parse(text);
      if (type === "subscribe" && "after" in payload.variables) tell(payload.variables.after);
      server.send(text);
    });
  });
  /** Cuts them; returns behind which step the page goes on. */
  const cut = () => new Promise((told) => {
    tell = told;
    sockets.forEach((socket) => socket.close({ code: 4000 }));
  });
  return { cut };
}

async function joinUs(page) {
  await page.goto(task.url, { waitUntil: "load" });
  await there(page, ".door .join");
  await picture(page, "1-door");
  await page.locator(".join summary").click();
  await page.locator('.join input[name="name"]').fill(task.name);
  await page.locator('.join input[name="email"]').fill(task.email);
  await page.locator('.join input[name="password"]').fill("a long enough one 7");
  await page.locator('.join input[name="birthDate"]').fill("1991-03-02");
  await page.locator(".join .is-primary").click();
  await there(page, ".lobby .host");
}

async function signIn(page) {
  await page.goto(task.url, { waitUntil: "load" });
  await page.locator(".personas .button", { hasText: task.persona }).click();
  await there(page, ".lobby .host");
}

async function begin(page) {
  await page.locator(".host .button").first().click();
  await there(page, ".room #say");
}

async function say(page, what) {
  await page.locator("#say").fill(what);
  await page.locator("#say").press("Enter");
}

// The number of replies says which one is meant: those before are whole already.
async function answered(page, number) {
  await page.waitForFunction(([selector, n]) => {
    const found = document.querySelectorAll(selector);
    return found.length === n && found[n - 1].dataset.status !== "STREAMING";
  }, [replies, number], { timeout: QUICK });
}

const speaking = (page, number) => page.waitForFunction(([selector, n]) => {
  const found = document.querySelectorAll(selector);
  return found.length === n && found[n - 1].dataset.status === "STREAMING" && found[n - 1].querySelector(".part > p");
}, [replies, number], { timeout: QUICK });

/** How the words of the reply grew while it was made. */
async function growing(page) {
  await page.evaluate((selector) => {
    globalThis.__grew = [];
    const look = () => {
      const length = [...document.querySelectorAll(selector)].at(-1)?.querySelector(".turns")?.textContent.length ?? 0;
      if (length !== globalThis.__grew.at(-1)) globalThis.__grew.push(length);
    };
    new MutationObserver(look).observe(document.querySelector(".log"), { childList: true, subtree: true, characterData: true });
  }, replies);
  return () => page.evaluate(() => globalThis.__grew);
}

async function address(page) {
  for (const [name, value] of Object.entries(ADDRESS)) await page.locator(`#address-${name}`).fill(value);
  await page.locator(".fields .is-primary").press("Enter");
  await there(page, ".order-card .known p");
}

async function proveAge(page) {
  const at = page.url();
  await page.locator('[data-kind="AgeProofRequired"] .button').click();
  await page.locator('input[name="born"]').fill("1991-03-02");
  await page.locator('button[value="ok"]').click();
  await page.waitForURL(at, { timeout: QUICK });
  await there(page, ".order-card .lines .line");
  await gone(page, '[data-kind="AgeProofRequired"]');
}

async function buy(page, number) {
  await say(page, WORDS.two);
  await answered(page, number);
  await there(page, ".order-card .lines .line");
  seen.handoff = await page.locator(".handoff").getAttribute("data-to");
  seen.handoffText = await text(page, ".handoff");
  seen.speakers = await page.locator(replies).last().locator(".speaker").allTextContents();
  seen.lines = await page.locator(".order-card .line-name").allTextContents();
  seen.warnings = await page.locator(".order-card .warnings p").count();
  seen.expiry = await page.locator(".order-card > .muted").first().textContent();
  await picture(page, "4-card");
  await proveAge(page);
  await address(page);
  await page.locator(`#way-${task.way}`).check();
  await there(page, '.order-card[data-status="READY"]');
  await picture(page, "5-ready");
  seen.total = Number(await page.locator("#pay").getAttribute("data-total"));
  seen.button = await text(page, "#pay");
  await page.locator("#pm_card_visa").check();
  // Twice at once: it has to be one order.
  await page.locator("#pay").dblclick();
  await there(page, ".paid .number:not(:empty)");
  await there(page, '.paid[data-status="PAID"]');
  seen.paid = await text(page, ".paid h3");
  seen.order = await text(page, ".paid .number");
  await page.locator(".code a").nth(1).waitFor({ timeout: QUICK });
  seen.codes = await page.locator(".code code").allTextContents();
  await picture(page, "6-paid");
}

const plays = {
  // From a stranger to a paid order.
  async whole(context) {
    const page = await context.newPage();
    await joinUs(page);
    seen.cast = await page.locator(".host").count();
    await picture(page, "2-lobby");
    await begin(page);
    seen.lang = await page.locator("html").getAttribute("lang");
    const grew = await growing(page);
    await say(page, WORDS.why);
    await speaking(page, 1);
    seen.announcedEarly = await text(page, "body > .for-ears");
    await answered(page, 1);
    seen.grew = await grew();
    seen.announced = await text(page, "body > .for-ears");
    seen.told = await words(page);
    seen.cites = await page.locator(".cite").allTextContents();
    await page.locator(".cite").first().focus();
    await page.keyboard.press("Enter");
    await there(page, ".source[open] .excerpt p");
    seen.source = await text(page, ".source[open] summary");
    seen.excerpt = await text(page, ".source[open] .excerpt p");
    seen.focused = await page.evaluate(() => document.activeElement?.tagName);
    await picture(page, "3-told");
    await buy(page, 2);
    seen.url = new URL(page.url()).pathname + new URL(page.url()).search + new URL(page.url()).hash;
    await page.reload({ waitUntil: "load" });
    await there(page, '.paid[data-status="PAID"]');
    seen.again = await text(page, ".paid .number");
    await page.locator(".paid .actions a").click();
    await there(page, ".bought");
    seen.atPage = await text(page, ".bought .number");
  },

  // What goes wrong on the way, and what is done with chats.
  async steady(context) {
    const page = await context.newPage();
    const wire = await between(page);
    await signIn(page);
    await begin(page);
    const url = page.url();

    // Reloaded in the middle of an answer.
    await pace(1);
    await say(page, WORDS.why);
    await speaking(page, 1);
    await page.reload({ waitUntil: "load" });
    await speaking(page, 1);
    const other = await context.newPage();
    await other.goto(url, { waitUntil: "load" });
    await speaking(other, 1);
    await pace(0);
    await answered(page, 1);
    seen.reloaded = await words(page);
    await answered(other, 1);
    seen.inOther = await words(other);
    seen.askedOnce = await page.locator('.said[data-author="CUSTOMER"]').count();

    // The connection is lost in the middle of an answer.
    await pace(1);
    await say(page, WORDS.rain);
    await speaking(page, 2);
    seen.wentOn = Number(await wire.cut());
    await pace(0);
    await answered(page, 2);
    seen.resumed = await words(page);
    seen.drinks = await page.locator(".drink").count();
    await picture(page, "7-drinks");
    await answered(other, 2);
    seen.inOtherToo = await words(other);

    // An answer to what was said is lost on its way back.
    const keys = [];
    await page.route("**/graphql", async (route) => {
      const body = route.request().postData() ?? "";
      if (!body.includes("mutation SayIt")) return route.fallback();
      keys.push(JSON.parse(body).variables.input.idempotencyKey);
      if (keys.length > 1) return route.fallback();
      await route.fetch();
      return route.abort("connectionreset");
    });
    await say(page, WORDS.drive);
    await answered(page, 3);
    seen.keys = keys;
    seen.careful = await text(page, ".careful");
    seen.saidThrice = await page.locator('.said[data-author="CUSTOMER"]').count();
    await page.unroute("**/graphql");

    // Said while there is no connection.
    await context.setOffline(true);
    await say(page, WORDS.why);
    await there(page, ".said-pending");
    seen.pending = await text(page, ".said-pending");
    await context.setOffline(false);
    await answered(page, 4);
    seen.saidFour = await page.locator('.said[data-author="CUSTOMER"]').count();

    // Stopped.
    await pace(1);
    await say(page, WORDS.rain);
    await speaking(page, 5);
    await page.locator(".stop").click();
    await answered(page, 5);
    await pace(0);
    seen.stopped = await page.locator(replies).last().getAttribute("data-status");
    seen.usage = await page.locator(".room-usage").textContent();

    // Another name, a file, an end.
    await page.locator(".menu summary").click();
    await page.locator(".menu-item").first().click();
    await page.locator("#chat-name").fill(task.title);
    await page.locator("#chat-name").press("Enter");
    await page.locator(".room h1", { hasText: task.title }).waitFor({ timeout: QUICK });
    await other.locator(".chats-name", { hasText: task.title }).waitFor({ state: "attached", timeout: QUICK });
    await page.locator(".menu summary").click();
    const [file] = await Promise.all([page.waitForEvent("download"), page.locator(".menu-item").nth(1).click()]);
    seen.exported = JSON.parse(readFileSync(await file.path(), "utf8")).title;
    await page.locator(".menu summary").click();
    await page.locator(".menu-item").nth(2).click();
    await page.locator("dialog .is-danger").click();
    await there(page, ".lobby .host");
    seen.removed = await text(page, ".talk-note");
    // The list is asked for again, which may come after the lobby.
    await page.locator(".chats-item").first().waitFor({ state: "detached", timeout: QUICK });
    seen.left = await page.locator(".chats-item").count();
    await there(other, ".talk-place > .card");
    seen.missing = await text(other, ".talk-place > .card h1");
  },

  // Without an account, and without an age; what a guest is asked.
  async guest(context) {
    const page = await context.newPage();
    await page.goto(task.url, { waitUntil: "load" });
    await page.locator("#as-guest").click();
    await page.locator('.card input[name="birthDate"]').fill("1991-03-02");
    await page.locator(".card .is-primary").click();
    await there(page, ".lobby .host");
    await page.locator(".first-questions .chip").first().click();
    await answered(page, 1);
    seen.cites = await page.locator(".cite").count();
    await picture(page, "8-guest");
  },
};

const browser = await launch();
const watcher = new Watcher(new Set([new URL(task.url).hostname, "127.0.0.1", "localhost"]));
try {
  const context = await browser.newContext({ locale: task.locale, viewport: task.phone ? PHONE : DESK, acceptDownloads: true });
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
  process.stdin.destroy();
}
console.log(JSON.stringify({ ...seen, faults: watcher.faults, hosts: [...watcher.hosts] }));
