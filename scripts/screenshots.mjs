// Pictures of a report page in headless Chromium: `node scripts/screenshots.mjs report.html [folder]` writes desktop,
// dark, narrow and readme views as PNG into the folder (default .cache/screenshots). It fails if the page scrolls
// sideways or its console reports an error. Chromium is taken from $CHROMIUM or the usual places; without one the
// script says so and exits with 0. The readme view of examples/digits_b4.safetensors is docs/pictures/report.png.
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

/** The picture of the README ends below the table of layers. */
const README_HEIGHT = 1260;

const VIEWS = [
  { name: "desktop", viewport: { width: 1280, height: 900 }, colorScheme: "light" },
  { name: "dark", viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
  { name: "narrow", viewport: { width: 390, height: 844 }, colorScheme: "light" },
  { name: "readme", viewport: { width: 1000, height: 900 }, colorScheme: "light", tallest: README_HEIGHT },
];

/** Tall pages are cut at this height: a PNG of 300 layers is useless. */
const TALLEST = 6000;

const [page, folder = ".cache/screenshots"] = process.argv.slice(2);
if (page === undefined || !existsSync(page)) {
  console.error(
    `screenshots: ${page === undefined ? "no report was named" : `${page} is not there`}; usage: node ` +
      "scripts/screenshots.mjs report.html [folder]",
  );
  process.exit(2);
}

const browserPath = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((path) => path && existsSync(path));
if (browserPath === undefined) {
  console.error("screenshots: SKIPPED, no Chromium was found (apt-get install chromium, or set CHROMIUM)");
  process.exit(0);
}

await mkdir(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: browserPath,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
  ],
});
const complaints = [];
try {
  for (const { name, viewport, colorScheme, tallest = TALLEST } of VIEWS) {
    const context = await browser.newContext({ viewport, colorScheme, reducedMotion: "reduce" });
    const tab = await context.newPage();
    tab.on("console", (message) => message.type() === "error" && complaints.push(`${name}: ${message.text()}`));
    tab.on("pageerror", (error) => complaints.push(`${name}: ${error.message}`));
    tab.on(
      "request",
      (request) => request.url().startsWith("file:") || complaints.push(`${name}: asked for ${request.url()}`),
    );
    await tab.goto(pathToFileURL(resolve(page)).href);
    const { scrollWidth, clientWidth, height } = await tab.evaluate(() => ({
      scrollWidth: document.documentElement.scrollWidth,
      clientWidth: document.documentElement.clientWidth,
      height: document.documentElement.scrollHeight,
    }));
    if (scrollWidth > clientWidth)
      complaints.push(`${name}: the page is ${scrollWidth} wide in a window of ${clientWidth}`);
    // A window as tall as the page, so that sections drawn only when near are drawn.
    await tab.setViewportSize({ width: viewport.width, height: Math.min(height, tallest) });
    await tab.waitForTimeout(200);
    const file = join(folder, `${name}.png`);
    await tab.screenshot({ path: file });
    console.log(file);
    await context.close();
  }
} finally {
  await browser.close();
}
for (const complaint of complaints) console.error(`screenshots: ${complaint}`);
process.exitCode = complaints.length > 0 ? 1 : 0;
