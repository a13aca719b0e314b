import { existsSync } from "node:fs";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";

/**
 * The Chromium of this machine; undefined where there is none: its tests are then skipped, with a line that says so.
 */
export const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  existsSync(path),
);

const ARGUMENTS = [
  "--no-sandbox",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * Starts the Chromium of this machine without a window. No time limit of its own: on a busy machine it may need a
 * minute to start, and only the test runner's limit ends a test that hangs.
 */
export async function openChromium(more: readonly string[] = ["--disable-gpu"]): Promise<Browser> {
  const { chromium } = await import("playwright-core");
  return chromium.launch({ ...(CHROMIUM && { executablePath: CHROMIUM }), args: [...ARGUMENTS, ...more], timeout: 0 });
}

/** A page whose actions have no time limit of their own either. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await browser.newPage(options);
  page.setDefaultTimeout(0);
  page.setDefaultNavigationTimeout(0);
  return page;
}
