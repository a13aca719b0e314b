import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LayerRecord } from "#eigenscope/analysis/index.js";
import { analyze, renderJson } from "#eigenscope/node/index.js";
import { exampleReport, failedRecord, layerRecord } from "../report/example-report.js";
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

/**
 * Numbers of both that are further apart than rounding explains, by their places. The logarithms and exponentials of
 * two versions of V8 may differ in the last bit. A ratio of two likelihoods is a difference of sums of those, and loses
 * about three of the sixteen digits to cancellation; the p-value of one far in the tail loses one more.
 */
function differences(a: unknown, b: unknown, place = ""): string[] {
  if (typeof a === "number" && typeof b === "number")
    return Math.abs(a - b) <= 1e-10 * Math.max(1e-3, Math.abs(a), Math.abs(b)) ? [] : [`${place}: ${a}, ${b}`];
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null)
    return a === b ? [] : [`${place}: ${a}, ${b}`];
  const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return [...new Set([...Object.keys(x), ...Object.keys(y)])].flatMap((key) =>
    differences(x[key], y[key], `${place}.${key}`),
  );
}

/** Exports the chart of a section as PNG: its width in pixels, as the file says it. */
async function pngWidth(page: Page, section: string): Promise<number> {
  await page.click(`${section} [data-export]`);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.click(`${section} .menu >> text=This chart as PNG`),
  ]);
  const bytes = readFileSync(await download.path());
  expect([...bytes.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return bytes.readUInt32BE(16);
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

  /** Copies of the example under names of their own. */
  const copies = (count: number): string[] =>
    ["a", "b", "c"].slice(0, count).map((name) => {
      const path = join(folder, `${name}.safetensors`);
      writeFileSync(path, readFileSync(EXAMPLE));
      return path;
    });

  const badFile = (): string => {
    const path = join(folder, "bad.safetensors");
    writeFileSync(path, Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 127, 1));
    return path;
  };

  /** The folder of a training of the lab in which one layer loses its rank at the third reading. */
  const trainingFolder = (): string => {
    const path = join(folder, "training");
    const layers = (epoch: number): LayerRecord[] =>
      ["fc1", "fc2"].map((name, layer_id) => ({
        ...layerRecord({ name, phase: epoch === 2 && name === "fc2" ? "rank-collapse" : "heavy-tailed" }),
        layer_id,
      }));
    const score = { loss: 0.5, accuracy: 0.9 };
    const epochs = [0, 1, 2].map((epoch) => ({
      ...{ epoch, steps: 50 * epoch, rate: 0.1, running: null, train: score, test: score },
      layers: layers(epoch),
    }));
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, "run.json"), "{}");
    writeFileSync(join(path, "epochs.jsonl"), epochs.map((epoch) => `${JSON.stringify(epoch)}\n`).join(""));
    return path;
  };

  /** A JSON report of many layers in blocks of six, every seventh failed. */
  const manyLayers = (count: number): string => {
    const path = join(folder, `${count}-layers.json`);
    const layers = Array.from({ length: count }, (_, k) => {
      const name = `model.layers.${Math.floor(k / 6)}.fc${k % 6}.weight`;
      const of = k % 7 === 6 ? failedRecord({ name }) : layerRecord({ name, alpha: 2.5 + (k % 30) / 10 });
      return {
        ...of,
        longname: name,
        layer_id: k,
        block: Math.floor(k / 6),
        block_name: `layers.${Math.floor(k / 6)}`,
      };
    });
    writeFileSync(path, renderJson(exampleReport(layers)));
    return path;
  };

  it("analyses a file that is dropped, with the eigenvalues and phases of the command line", async () => {
    const { page, complaints } = await openApplication(browser, server.address_);
    await drop(page, EXAMPLE, "digits_b4.safetensors");
    await whenDone(page);
    expect(await page.textContent("h1")).toBe("No layer needs a look.");
    await page.click("[data-export]");
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("text=The report as JSON")]);
    const shown = JSON.parse(readFileSync(await download.path(), "utf8"));
    const expected = JSON.parse(renderJson(report));
    const decisions = ({ name, phase, verdict, status, alpha_valid }: LayerRecord) => ({
      name,
      phase,
      verdict,
      status,
      alpha_valid,
    });
    expect(shown.layers.map(decisions)).toEqual(expected.layers.map(decisions));
    expect(differences(shown.layers, expected.layers)).toEqual([]);
    expect(shown.summary.headline).toBe(expected.summary.headline);
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
    await chart.locator("svg.chart").waitFor();
    expect(await page.textContent("h1")).toContain("bulk-decay");

    await chart.focus();
    await page.keyboard.press("ArrowRight");
    const first = await chart.locator("[role=status]").textContent();
    await page.keyboard.press("ArrowRight");
    const second = await chart.locator("[role=status]").textContent();
    expect(first).toMatch(/\d/);
    expect(second).not.toBe(first);

    const whole = await chart.locator("svg.chart").innerHTML();
    const box = (await chart.boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.4, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + box.height / 2, { steps: 4 });
    await page.mouse.up();
    await page.waitForSelector("text=Show all");
    expect(await chart.locator("svg.chart").innerHTML()).not.toBe(whole);
    await page.click("text=Show all");
    expect(await chart.locator("svg.chart").innerHTML()).toBe(whole);

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
    // Twice as many pixels as the chart has, which is as wide as the SVG file.
    expect(await pngWidth(page, "section[aria-labelledby=spectrum]")).toBe(
      2 * Number(/ width="(\d+)"/.exec(drawing)?.[1]),
    );
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
    await page.waitForSelector(".chart-box svg.chart");
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
    await page.waitForSelector(".chart-box svg.chart");
    await page.context().close();
  });

  it("exports the chart along the depth as PNG, in colours of the page", async () => {
    const { page } = await openApplication(browser, server.address_);
    await choose(page, EXAMPLE);
    await whenDone(page);
    expect(await pngWidth(page, "section[aria-labelledby=depth]")).toBe(2400);
    await page.context().close();
  });

  it("compares two models that are opened together, and ranks three", async () => {
    const files = copies(3);
    const { page, complaints } = await openApplication(browser, server.address_);
    await choose(page, files.slice(0, 2));
    await page.waitForSelector(".pair-line");
    await page.waitForSelector("#layers");
    expect(await page.textContent("h1")).toMatch(/^Unchanged: all 3 layers hold the same values/);
    expect(await pngWidth(page, "section[aria-labelledby=depth]")).toBe(2400);
    await page.goto(server.address_);
    await choose(page, files);
    await page.waitForSelector("#models");
    await page.waitForFunction(() => document.querySelectorAll(".table tbody tr:not(.group)").length === 3);
    const scores = join(folder, "scores.csv");
    writeFileSync(scores, "name,score\na.safetensors,0.9\nb.safetensors,0.8\nc.safetensors,0.7\n");
    await page.setInputFiles("input[accept*=csv]", scores);
    await page.waitForSelector("#scatter");
    await page.waitForFunction(() => document.querySelector("section[aria-labelledby=scatter] svg") !== null);
    expect(await pngWidth(page, "section[aria-labelledby=scatter]")).toBe(1800);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("says what is wrong with a malformed file, and goes on", async () => {
    const bad = badFile();
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

  it("marks the layer under the pointer everywhere, with the same card", async () => {
    const { page } = await openApplication(browser, server.address_);
    await choose(page, EXAMPLE);
    await whenDone(page);
    const marks = () => page.locator("[data-marked]").count();
    await page.hover(".layers-table tr[data-layer='1']");
    await page.waitForSelector(".spectra [data-layer='1'][data-marked]");
    expect(await marks()).toBe(2);
    expect(await page.locator(".marked-line").count()).toBe(1);
    expect(await page.textContent(".tip")).toContain("bulk+spikes");
    await page.hover(".spectra [data-layer='0']");
    await page.waitForSelector(".layers-table [data-layer='0'][data-marked]");
    expect(await page.textContent(".tip")).toContain("bulk-decay");
    await page.hover("h1");
    await page.waitForFunction(() => document.querySelector("[data-marked], .tip, .marked-line") === null);
    await page.keyboard.press("j");
    await page.waitForSelector(".spectra [data-layer='0'][data-marked]");
    await page.keyboard.press("k");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#spectrum");
    await page.context().close();
  });

  it("goes back by Esc to where the model stood, with its filters, and exports by e", async () => {
    const { page } = await openApplication(browser, server.address_);
    await choose(page, manyLayers(60));
    await whenDone(page);
    await page.fill("#filter", "fc1");
    // A page is told of a scroll with the next frame.
    await page.evaluate(async () => {
      scrollTo(0, 700);
      await new Promise((told) => requestAnimationFrame(told));
    });
    // Not by the pointer: it would scroll the row into view first.
    await page.evaluate(() => document.querySelectorAll<HTMLElement>(".layers-table tr[data-layer] a")[2].click());
    await page.waitForSelector("#spectrum");
    await page.waitForFunction(() => scrollY === 0);
    await page.keyboard.press("Escape");
    await page.waitForSelector("#filter");
    expect(await page.inputValue("#filter")).toBe("fc1");
    await page.waitForFunction(() => scrollY === 700);
    await page.keyboard.press("e");
    await page.waitForSelector(".menu >> text=The numbers as CSV");
    await page.context().close();
  });

  it("folds blocks above 400 layers, and has at most 40 rows of the table in the document", async () => {
    const { page } = await openApplication(browser, server.address_);
    await choose(page, manyLayers(400));
    await whenDone(page);
    expect(await page.locator(".fold").count()).toBe(0);
    await page.goto(`${server.address_}#/`);
    await page.waitForSelector(".hero");
    await choose(page, manyLayers(402));
    await whenDone(page);
    expect(await page.locator(".fold").count()).toBe(67);
    expect(await page.locator(".spectra .cell").count()).toBe(0);
    await page.click(".fold button >> nth=1");
    expect(await page.locator(".spectra .cell").count()).toBe(6);
    const rows = page.locator(".layers-table tr[data-layer]");
    for (const at of [0, 0.5, 1]) {
      await page.evaluate((part) => {
        const box = document.querySelector(".layers-table") as HTMLElement;
        box.scrollTop = part * box.scrollHeight;
      }, at);
      const place = Math.round(at * 401);
      await page.waitForSelector(`.layers-table tr[data-layer='${place}']`);
      expect(await rows.count()).toBeLessThanOrEqual(40);
    }
    await page.context().close();
  });

  it("leaves out the small axes of alpha while the table is scrolled by leaps, and not by steps", async () => {
    const { page } = await openApplication(browser, server.address_);
    await choose(page, manyLayers(400));
    await whenDone(page);
    await page.evaluate(() => {
      const seen = window as unknown as { places: number };
      seen.places = 0;
      const count = (): void => {
        seen.places = Math.max(seen.places, document.querySelectorAll(".layers-table .glyph-place").length);
      };
      const watched = document.querySelector(".layers-table tbody") as Element;
      new MutationObserver(count).observe(watched, { childList: true, subtree: true });
    });
    /** Most places without their drawing until the table has come to rest, and drawings then. */
    const scrolledTo = async (top: number, layer: number): Promise<readonly [number, number]> => {
      await page.evaluate((to) => {
        (document.querySelector(".layers-table") as HTMLElement).scrollTop = to;
      }, top);
      await page.waitForSelector(`.layers-table tr[data-layer='${layer}'] .glyph`);
      const seen = await page.evaluate(() => (window as unknown as { places: number }).places);
      return [seen, await page.locator(".layers-table .glyph").count()];
    };
    const [byStep, atRest] = await scrolledTo(68, 14);
    expect([byStep, atRest > 10]).toEqual([0, true]);
    const [byLeap, afterwards] = await scrolledTo(6800, 205);
    expect([byLeap > 10, afterwards > 10]).toEqual([true, true]);
    await page.waitForFunction(() => document.querySelector(".layers-table .glyph-place") === null);
    await page.context().close();
  });

  it.each([
    [12, true],
    [11, false],
  ])("has one height of the table if its rows fill it, whatever a filter leaves: %i rows", async (count, isFull) => {
    const { page } = await openApplication(browser, server.address_);
    await choose(page, manyLayers(count));
    await whenDone(page);
    const height = (): Promise<number> =>
      page.evaluate(() => (document.querySelector(".layers-table") as HTMLElement).getBoundingClientRect().height);
    const before = await height();
    await page.fill("#filter", "no layer has this name");
    await page.waitForSelector("text=No layer matches.");
    expect((await height()) === before).toBe(isFull);
    await page.context().close();
  });

  it("is cards and a dock in the window of a phone, and no view scrolls sideways", async () => {
    const { page } = await openApplication(browser, server.address_, { viewport: { width: 390, height: 844 } });
    const wide: string[] = [];
    const look = async (view: string): Promise<void> => {
      const [needed, there] = await page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        return [scrollWidth, clientWidth];
      });
      if (needed > there) wide.push(`${view}: ${needed} in ${there}`);
    };
    const start = async (): Promise<void> => {
      await page.goto(`${server.address_}#/`);
      await page.waitForSelector(".hero");
    };
    await look("start");
    expect(await page.locator(".dock a:visible").count()).toBe(4);
    expect(await page.locator(".tabs a:visible").count()).toBe(0);
    await choose(page, manyLayers(60));
    await whenDone(page);
    await page.waitForSelector(".cards .card");
    expect(await page.locator(".layers-table").count()).toBe(0);
    expect(await page.locator(".cards .card").count()).toBeLessThanOrEqual(40);
    await look("model");
    await start();
    await choose(page, EXAMPLE);
    await whenDone(page);
    await page.click(".cards .card >> nth=1");
    await page.waitForSelector(".chart-box svg.chart");
    await look("layer");
    await start();
    await choose(page, copies(2));
    await page.waitForSelector("#layers");
    await look("compare");
    await start();
    await choose(page, copies(3));
    await page.waitForFunction(() => document.querySelectorAll(".table tbody tr:not(.group)").length === 3);
    await look("rank");
    await start();
    await choose(page, trainingFolder(), "folder");
    await page.waitForSelector("#readings");
    await look("watch");
    expect(wide).toEqual([]);
    await page.context().close();
  });

  it("says when and where a layer of a training lost its rank, and follows it", async () => {
    const { page, complaints } = await openApplication(browser, server.address_);
    await choose(page, trainingFolder(), "folder");
    await page.waitForSelector("#readings");
    expect(await pngWidth(page, "section[aria-labelledby=readings]")).toBe(2400);
    expect(await page.textContent("h1")).toBe("1 layer needs a look, the first since step 100.");
    expect(await page.textContent(".alarm")).toContain("fc2");
    await page.click("[aria-label='Mute fc2']");
    await page.waitForSelector("text=No rule holds for any layer.");
    expect(complaints).toEqual([]);
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
    await page.waitForSelector(".chart-box svg.chart");
    await look("layer");
    await page.keyboard.press("?");
    await page.waitForSelector("dialog[open]");
    await look("keys");
    // A dialog that is open takes all clicks.
    await page.keyboard.press("Escape");
    await page.waitForSelector("dialog[open]", { state: "detached" });
    await page.goto(`${server.address_}#/w/x`);
    await page.waitForSelector(".message");
    await look("not open");
    await page.goto(`${server.address_}#/`);
    await page.waitForSelector(".hero");
    await choose(page, copies(2));
    await page.waitForSelector("#layers");
    await look("compare");
    await page.goto(`${server.address_}#/`);
    await page.waitForSelector(".hero");
    await choose(page, copies(3));
    await page.waitForFunction(() => document.querySelectorAll(".table tbody tr:not(.group)").length === 3);
    await look("rank");
    await page.goto(`${server.address_}#/`);
    await page.waitForSelector(".hero");
    await choose(page, trainingFolder(), "folder");
    await page.waitForSelector("#readings");
    await page.click("text=As a table");
    await page.waitForSelector("details table");
    await look("watch");
    await page.goto(`${server.address_}#/`);
    await page.waitForSelector(".hero");
    await choose(page, badFile());
    await page.waitForSelector(".message.bad");
    await look("refused");
    expect(found).toEqual([]);
    await page.context().close();
  });
});
