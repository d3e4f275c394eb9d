// Finds a Chromium: the one named, one installed, else the one that npm ships.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
];

function installed() {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    for (const name of NAMES) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {
        continue;
      }
    }
  }
  return undefined;
}

// Its own flags are left out: they turn off the web security that the test is about.
async function packaged() {
  const { default: shipped } = await import("@sparticuz/chromium");
  return shipped.executablePath();
}

export async function launch() {
  const wanted = process.env.CHROMIUM_PATH;
  const found = wanted === "npm" ? undefined : wanted || installed();
  const executablePath = found ?? (await packaged());
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  // Without a graphics card each frame of an animation is painted by the processor.
  const open = browser.newContext.bind(browser);
  browser.newContext = (options) => open({ reducedMotion: "reduce", ...options });
  console.error(`browser: Chromium ${browser.version()} at ${executablePath}${found ? "" : " (from npm)"}`);
  return browser;
}
