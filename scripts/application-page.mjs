// The built application in headless Chromium, for the scripts that draw and measure it.
import { createReadStream, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const APP = fileURLToPath(new URL("../dist/app/", import.meta.url));
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".svg": "image/svg+xml" };

/** A static host, with the headers under which a page may share memory with its workers. */
async function host() {
  const server = createServer(({ url = "/" }, response) => {
    const path = normalize(decodeURIComponent(new URL(url, "http://x").pathname));
    const file = join(APP, path.endsWith("/") ? `${path}index.html` : path);
    if (!file.startsWith(APP) || !existsSync(file) || !statSync(file).isFile()) return response.writeHead(404).end();
    response.writeHead(200, {
      "Content-Type": TYPES[extname(file)] ?? "application/octet-stream",
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
    });
    return createReadStream(file).pipe(response);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { server, address: `http://127.0.0.1:${server.address().port}/` };
}

/** Headless Chromium; says so, and gives undefined, where there is none. */
export async function launchChromium(name) {
  const executablePath = [
    process.env.CHROMIUM,
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
  ].find((path) => path && existsSync(path));
  if (executablePath === undefined) {
    console.error(`${name}: SKIPPED, no Chromium was found (apt-get install chromium, or set CHROMIUM)`);
    return undefined;
  }
  return chromium.launch({
    executablePath,
    timeout: 0,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync"],
  });
}

/** Runs `work` with the browser, the application's address and a folder that goes away. Says so if it cannot. */
export async function withApplication(name, work) {
  if (!existsSync(join(APP, "index.html"))) throw new Error(`${name}: dist/app is not there; run npm run build first`);
  const browser = await launchChromium(name);
  if (browser === undefined) return;
  const folder = mkdtempSync(join(tmpdir(), `eigenscope-${name}-`));
  const { server, address } = await host();
  try {
    await work({ browser, address, folder });
  } finally {
    await browser.close();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A window of its own with the application in it. Actions have no time limit: a busy machine takes what it takes. */
export async function openWindow(browser, address, options = {}) {
  const context = await browser.newContext({
    serviceWorkers: "block",
    reducedMotion: "reduce",
    viewport: { width: 1280, height: 900 },
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(0);
  page.setDefaultNavigationTimeout(0);
  await page.goto(address);
  await page.waitForSelector("main#main");
  return page;
}

/** Gives files, or a folder, to the start of the application. */
export async function choose(page, paths, kind = "files") {
  await page.setInputFiles(`[data-choose=${kind}]`, paths);
}

/** Waits until all layers of the model that is shown are done. */
export async function whenDone(page) {
  await page.waitForSelector(".headline");
  await page.waitForFunction(() => document.querySelector(".progress") === null);
}
