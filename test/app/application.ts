import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { CHROMIUM, openChromium } from "../browser/chromium.js";

/** The built application. */
export const APP = fileURLToPath(new URL("../../dist/app/", import.meta.url));
/** Whether it can be tested here. */
export const READY = existsSync(join(APP, "index.html")) && CHROMIUM !== undefined;
if (!READY) console.warn("SKIPPED test/app: it needs the built application (npm run build) and Chromium");

export const EXAMPLE = fileURLToPath(new URL("../../examples/digits_b4.safetensors", import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
  ".webmanifest": "application/manifest+json",
};

/** A static host of the application, as any would be. With `isolated`, pages may share memory with their workers. */
export async function host({
  isolated,
}: {
  readonly isolated: boolean;
}): Promise<Server & { readonly address_: string }> {
  const server = createServer(({ url = "/" }, response) => {
    const path = normalize(decodeURIComponent(new URL(url, "http://x").pathname));
    const file = join(APP, path.endsWith("/") ? `${path}index.html` : path);
    if (!file.startsWith(APP) || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      "Content-Type": TYPES[extname(file)] ?? "application/octet-stream",
      ...(isolated && { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" }),
    });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return Object.assign(server, { address_: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` });
}

export interface Opened {
  readonly page: Page;
  /** What the page complained about: errors, warnings, and requests that failed. */
  readonly complaints: string[];
}

/** The start of the application in a window of its own. */
export async function openApplication(
  browser: Browser,
  address: string,
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<Opened> {
  const context = await browser.newContext({
    serviceWorkers: "block",
    viewport: { width: 1280, height: 900 },
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(0);
  page.setDefaultNavigationTimeout(0);
  const complaints: string[] = [];
  page.on("pageerror", ({ message }) => complaints.push(message));
  page.on("console", (message) => {
    const text = message.text();
    if (
      ["error", "warning"].includes(message.type()) &&
      !/Service Worker registration blocked|api\/session|404/.test(text)
    )
      complaints.push(text);
  });
  await page.goto(address);
  await page.waitForSelector("main");
  return { page, complaints };
}

/** Gives files to the page, as the button does. */
export async function choose(
  page: Page,
  files: string | readonly string[],
  kind: "files" | "folder" = "files",
): Promise<void> {
  await page.setInputFiles(`[data-choose=${kind}]`, files as string[]);
}

/** Drops one file onto the page. */
export async function drop(page: Page, path: string, name: string): Promise<void> {
  const bytes = readFileSync(path).toString("base64");
  const data = await page.evaluateHandle(
    ([text, label]) => {
      const transfer = new DataTransfer();
      const content = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      transfer.items.add(new File([content], label));
      return transfer;
    },
    [bytes, name] as const,
  );
  await page.dispatchEvent("body", "drop", { dataTransfer: data });
}

/** Waits until all layers of the model that is shown are done. Rejects with what the page says if it cannot be read. */
export async function whenDone(page: Page): Promise<void> {
  await page.waitForSelector(".headline, .message.bad");
  const refusal = page.locator(".message.bad");
  if ((await refusal.count()) > 0) throw new Error(`the page says: ${await refusal.first().textContent()}`);
  await page.waitForFunction(() => document.querySelector(".progress") === null);
}

let chromium: Promise<Browser> | undefined;

/** One browser for all tests of a file. */
export function browserOfFile(): Promise<Browser> {
  chromium ??= openChromium();
  return chromium;
}
