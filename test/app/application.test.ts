import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { analyze, renderJson } from "#eigenscope/node/index.js";
import { browserOfFile, choose, drop, EXAMPLE, host, openApplication, READY, whenDone } from "./application.js";

const CLI = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe-core finds wrong with the view that is shown, by rule and place. */
async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const axe = (window as unknown as { axe: { run(): Promise<{ violations: AxeViolation[] }> } }).axe;
    const { violations } = await axe.run();
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 140)}`));
  });
}

interface AxeViolation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

describe.skipIf(!READY)("the application", () => {
  let browser: Browser;
  let server: Awaited<ReturnType<typeof host>>;
  let folder: string;
  let report: Awaited<ReturnType<ReturnType<typeof analyze>["report"]>>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "eigenscope-app-"));
    [browser, server, report] = await Promise.all([
      browserOfFile(),
      host({ isolated: true }),
      analyze(EXAMPLE, { engine: "wasm" }).report(),
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  it("analyses a file that is dropped, with the eigenvalues and phases of the command line", async () => {
    const { page, complaints } = await openApplication(browser, server.address_);
    await drop(page, EXAMPLE, "digits_b4.safetensors");
    await whenDone(page);
    expect(await page.textContent("h1")).toBe("No layer needs a look.");
    await page.click("[data-export]");
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("text=The report as JSON")]);
    const shown = JSON.parse(readFileSync(await download.path(), "utf8"));
    const expected = JSON.parse(renderJson(report));
    expect(shown.layers).toEqual(expected.layers);
    expect(shown.summary).toEqual(expected.summary);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("shows a layer: axes by key, numbers by keyboard, zoom by dragging, and takes its eigenvalues away", async () => {
    const { page, complaints } = await openApplication(browser, server.address_);
    await choose(page, EXAMPLE);
    await whenDone(page);
    await page.click(".spectra .cell");
    await page.waitForSelector("#spectrum");
    const chart = page.locator(".chart-box").first();
    await chart.locator("svg").waitFor();
    expect(await page.textContent("h1")).toContain("bulk-decay");

    await chart.focus();
    await page.keyboard.press("ArrowRight");
    const first = await chart.locator("[role=status]").textContent();
    await page.keyboard.press("ArrowRight");
    const second = await chart.locator("[role=status]").textContent();
    expect(first).toMatch(/\d/);
    expect(second).not.toBe(first);

    const whole = await chart.locator("svg").first().innerHTML();
    const box = (await chart.boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.4, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + box.height / 2, { steps: 4 });
    await page.mouse.up();
    await page.waitForSelector("text=Show all");
    expect(await chart.locator("svg").first().innerHTML()).not.toBe(whole);
    await page.click("text=Show all");
    expect(await chart.locator("svg").first().innerHTML()).toBe(whole);

    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await page.keyboard.press("x");
    await page.waitForFunction(() => location.hash.includes("axes=linear"));

    await page.click("[data-export]");
    const [csv] = await Promise.all([page.waitForEvent("download"), page.click("text=Eigenvalues as CSV")]);
    const values = readFileSync(await csv.path(), "utf8")
      .trim()
      .split("\n")
      .slice(1)
      .map(Number);
    expect(values).toHaveLength(report.layers[0].num_evals);
    expect(values.at(-1)).toBe(report.layers[0].lambda_max);
    await page.click("[data-export]");
    const [svg] = await Promise.all([page.waitForEvent("download"), page.click("text=This chart as SVG")]);
    const drawing = readFileSync(await svg.path(), "utf8");
    expect(drawing).toMatch(/^<svg[^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(drawing).not.toContain("var(--");
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("keeps results: after a reload the same address shows the model without its file", async () => {
    const { page } = await openApplication(browser, server.address_);
    await choose(page, EXAMPLE);
    await whenDone(page);
    await page.waitForFunction(async () => {
      const names = (await indexedDB.databases()).map(({ name }) => name);
      return names.includes("eigenscope");
    });
    await page.click(".brand");
    await page.waitForSelector(".recent");
    await page.goto(`${server.address_}#/`);
    await page.reload();
    await page.click(".recent a");
    await whenDone(page);
    expect(await page.textContent(".file-line .file")).toBe("digits_b4.safetensors");
    await page.click(".spectra .cell");
    await page.waitForSelector(".chart-box svg");
    await page.context().close();
  });

  it("opens a JSON report of the command line, and says that it has no eigenvalues", async () => {
    const json = join(folder, "report.json");
    writeFileSync(json, renderJson(report));
    const { page } = await openApplication(browser, server.address_);
    await choose(page, json);
    await whenDone(page);
    expect(await page.locator(".layers-table tbody tr[data-layer]").count()).toBe(report.layers.length);
    await page.goto(`${page.url()}/${report.layers[0].layer_id}`);
    await page.waitForSelector("text=No spectrum is drawn");
    await page.context().close();
  });

  it("opens a run folder with its spectra", async () => {
    const run = join(folder, "run");
    execFileSync(process.execPath, [CLI, "analyze", EXAMPLE, "--run", run, "--engine", "wasm"], { stdio: "pipe" });
    const { page } = await openApplication(browser, server.address_);
    await choose(page, run, "folder");
    await whenDone(page);
    await page.click(".spectra .cell");
    await page.waitForSelector(".chart-box svg");
    await page.context().close();
  });

  it("compares two models that are opened together, and ranks three", async () => {
    const copy = (name: string): string => {
      const path = join(folder, name);
      writeFileSync(path, readFileSync(EXAMPLE));
      return path;
    };
    const files = ["a.safetensors", "b.safetensors", "c.safetensors"].map(copy);
    const { page, complaints } = await openApplication(browser, server.address_);
    await choose(page, files.slice(0, 2));
    await page.waitForSelector(".pair-line");
    await page.waitForSelector("#layers");
    expect(await page.textContent("h1")).toMatch(/^Unchanged: all 3 layers hold the same values/);
    await page.goto(server.address_);
    await choose(page, files);
    await page.waitForSelector("#models");
    await page.waitForFunction(() => document.querySelectorAll(".table tbody tr:not(.group)").length === 3);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("says what is wrong with a malformed file, and goes on", async () => {
    const bad = join(folder, "bad.safetensors");
    writeFileSync(bad, Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 127, 1));
    const { page } = await openApplication(browser, server.address_);
    await choose(page, bad);
    await page.waitForSelector(".message.bad");
    expect(await page.textContent("h1")).toBe("bad.safetensors cannot be read");
    await page.click("text=Open another file");
    await choose(page, EXAMPLE);
    await whenDone(page);
    await page.context().close();
  });

  it("filters by a rule, by a phase and by name, and keeps that in the address", async () => {
    const { page } = await openApplication(browser, server.address_);
    await choose(page, EXAMPLE);
    await whenDone(page);
    const rows = page.locator(".layers-table tbody tr[data-layer]");
    const wide = report.layers.filter(({ M }) => M > 100).length;
    await page.fill("#filter", "M > 100");
    await page.waitForFunction(
      (count) => document.querySelectorAll(".layers-table tr[data-layer]").length === count,
      wide,
    );
    expect(page.url()).toContain("find=M");
    await page.fill("#filter", "nonsense > 1");
    expect(await page.textContent(".filters .error")).toContain("nonsense");
    expect(await rows.count()).toBe(report.layers.length);
    await page.fill("#filter", "");
    await page.click(".filters .chip >> nth=0");
    await page.waitForFunction(() => document.querySelectorAll(".layers-table tr[data-layer]").length === 1);
    expect(await page.locator(".spectra .cell.dim").count()).toBe(report.layers.length - 1);
    await page.context().close();
  });

  it("stops when it is told to, and keeps what is done", async () => {
    const { page } = await openApplication(browser, server.address_);
    await choose(page, EXAMPLE);
    // The button is there while the work lasts; a fast machine may be done before it is pressed.
    const pressed = await page.evaluate(
      () =>
        new Promise<boolean>((done) => {
          const look = (): void => {
            const stop = [...document.querySelectorAll("button")].find(({ textContent }) => textContent === "Stop");
            if (stop !== undefined) stop.click();
            if (stop !== undefined || document.querySelector(".headline h1")?.textContent?.startsWith("No layer"))
              done(stop !== undefined);
            else requestAnimationFrame(look);
          };
          look();
        }),
    );
    if (pressed) await page.waitForSelector("text=What is done stays");
    else await whenDone(page);
    await page.context().close();
  });

  it("works without a network once it was loaded", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    page.setDefaultTimeout(0);
    await page.goto(server.address_);
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.reload();
    await context.setOffline(true);
    await page.reload();
    await choose(page, EXAMPLE);
    await whenDone(page);
    expect(await page.textContent("h1")).toBe("No layer needs a look.");
    await context.close();
  });

  it("works in a page that may not share memory with its workers", async () => {
    const plain = await host({ isolated: false });
    const { page, complaints } = await openApplication(browser, plain.address_);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
    await choose(page, EXAMPLE);
    await whenDone(page);
    expect(complaints).toEqual([]);
    await page.context().close();
    plain.close();
  });

  it.each(["light", "dark"] as const)("has no barrier that axe-core finds, in any view, %s", async (colorScheme) => {
    const { page } = await openApplication(browser, server.address_, { colorScheme });
    const found: string[] = [];
    const look = async (view: string): Promise<void> => {
      found.push(...(await barriers(page)).map((barrier) => `${view}: ${barrier}`));
    };
    await look("start");
    await choose(page, EXAMPLE);
    await whenDone(page);
    await look("model");
    await page.click(".spectra .cell");
    await page.waitForSelector(".chart-box svg");
    await look("layer");
    await page.keyboard.press("?");
    await page.waitForSelector("dialog[open]");
    await look("keys");
    await page.goto(`${server.address_}#/w/x`);
    await page.waitForSelector(".message");
    await look("not open");
    expect(found).toEqual([]);
    await page.context().close();
  });
});
