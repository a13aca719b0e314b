import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseHTML } from "linkedom";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Comparison, LayerComparison } from "#eigenscope/analysis/compare/comparison.js";
import { type Ranking, rankReports } from "#eigenscope/rank/index.js";
import { renderComparisonHtml, renderRankingHtml } from "#eigenscope/report/index.js";
import { CHROMIUM, openChromium, openPage } from "../browser/chromium.js";
import { axeFindings } from "./axe.js";
import { exampleReport, layerRecord, randomRecord } from "./example-report.js";

/** Without a slash, which would be a part of a path. */
const HOSTILE = `"><img src=x onerror=alert(2)><script>alert(1)`;

/** A pair of layers; what a test is about is overridden. */
function pairOf(name: string, changes: Partial<LayerComparison> = {}): LayerComparison {
  const number = (a: number | null, b: number | null) => ({ a, b, change: a === null || b === null ? null : b - a });
  return {
    ...({ name, name_b: name, paired_by: "name", layer_type: "dense", status: "changed", reason: null } as const),
    ...{ shape: [300, 200], dtype_a: "F32", dtype_b: "F32", N: 300, M: 200, rf: 1, notes: [] },
    ...({ phase_a: "heavy-tailed", phase_b: "heavy-tailed", alpha_valid_a: true, alpha_valid_b: true } as const),
    ...{ distance_raw: 1, distance_euclidean: 1, distance_cka: 0.9, relative_change: 0.02, cka_centred: 0.98 },
    ...{ difference: null, kind: "rounding", spikes_a: 9, spikes_lost: 0, dw_rank: 0 },
    columns: {
      alpha: number(3.1, 3.2),
      alpha_low: number(2.9, 3),
      alpha_high: number(3.3, 3.4),
      mp_soft_rank: number(0.1, 0.12),
      stable_rank: number(12, 13),
      lambda_max: number(40, 41),
    },
    ...changes,
  } as LayerComparison;
}

const input = (label: string) => ({ ...exampleReport([]).input, label });

const comparison: Comparison = {
  ...{ schemaVersion: "2.1.0", tool: { name: "eigenscope", version: "0.1.0" }, options: exampleReport([]).options },
  conventions: exampleReport([]).conventions,
  a: input(`models/a-${HOSTILE}`),
  b: { ...input("models/b.safetensors"), warnings: [`a warning ${HOSTILE}`] },
  layers: [
    pairOf("layers.0.fc"),
    pairOf("layers.1.fc", { kind: "damaged", phase_b: "rank-collapse", spikes_lost: 4, relative_change: 0.31 }),
    pairOf(HOSTILE, { kind: "retrained", relative_change: 1.2, alpha_valid_b: false }),
    pairOf("layers.3.fc"),
  ],
  only_in_a: [{ name: `only-${HOSTILE}`, shape: [3, 4], reason: HOSTILE }],
  only_in_b: [],
  mismatched: [{ name: "head", shape_a: [10, 20], shape_b: [10, 30] }],
  assumed: [`${HOSTILE} is taken for another.`],
  warnings: [],
  summary: {
    headline: "Damaged: 1 layer lost directions. 1 layer was retrained.",
    ...{ stored_types: null, kind: "mixed", kinds: [], compared: 4, unchanged: 0, failed: 0 },
    ...{ relative_change: 0.2, transitions: [] },
  },
};

function rankingOf(scored: boolean): Ranking {
  return rankReports(
    [2.4, 3.1, 4.2, 5.3, 1.6].map((alpha, k) => ({
      path: k === 1 ? `runs/${HOSTILE}` : `runs/step-${k}`,
      report: exampleReport([
        layerRecord({ alpha, alpha_valid: true, name: "a", longname: "a" }),
        randomRecord({ layer_id: 1, name: "b", longname: "b" }),
      ]),
      ...(scored && { score: alpha / 10 }),
    })),
  );
}

let pages: Readonly<Record<"comparison" | "ranking" | "scored ranking", string>>;
beforeAll(async () => {
  pages = {
    comparison: await renderComparisonHtml(comparison),
    ranking: await renderRankingHtml(rankingOf(false)),
    "scored ranking": await renderRankingHtml(rankingOf(true)),
  };
});
const NAMES = ["comparison", "ranking", "scored ranking"] as const;

describe.each(NAMES)("the page of a %s", (name) => {
  it("refers to nothing outside itself, and every link has its place", () => {
    const { document } = parseHTML(pages[name]);
    expect([...document.querySelectorAll("[src], link, iframe, object, embed, base, form")]).toEqual([]);
    expect(pages[name].match(/url\(|@import|https?:(?!\/\/www\.w3\.org\/)/g)).toBeNull();
    const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const targets = [...document.querySelectorAll("a")].map((link) => link.getAttribute("href")!);
    expect(targets.filter((target) => !(target.startsWith("#") && ids.includes(target.slice(1))))).toEqual([]);
  });

  it("escapes every name and reason", () => {
    const { document } = parseHTML(pages[name]);
    expect(document.querySelectorAll("script")).toHaveLength(1);
    expect(document.querySelectorAll("img")).toHaveLength(0);
    const attributes = [...document.querySelectorAll("*")].flatMap(({ attributes }) => [...attributes]);
    expect(attributes.filter((attribute) => attribute.name.startsWith("on"))).toEqual([]);
    const rows = [...document.querySelectorAll("tbody th[scope=row]")].map((row) => row.textContent);
    expect(rows.filter((text) => text === HOSTILE)).toHaveLength(1);
  });

  it("has one heading of the first level, which is the answer", () => {
    const headings = [...parseHTML(pages[name]).document.querySelectorAll("h1")].map((h) => h.textContent);
    expect(headings).toHaveLength(1);
    expect(headings[0]).toMatch(name === "comparison" ? /^Damaged: 1 layer lost directions\.$/ : /^Look first at /);
  });
});

describe("the page of a comparison", () => {
  it("lists the layers that changed most, the most serious first, each leading to its row", () => {
    const { document } = parseHTML(pages.comparison);
    const links = [...document.querySelectorAll(".attention a")].map((link) => link.getAttribute("href")!.slice(1));
    expect(links).toEqual(["pair-1", "pair-2"]);
    expect(links.map((id) => document.getElementById(id)?.localName)).toEqual(["tr", "tr"]);
    expect(document.querySelectorAll("article.box")).toHaveLength(2);
  });

  it("has every pair in the table, n/a for an alpha that is not valid, and lists what has no partner", () => {
    const { document } = parseHTML(pages.comparison);
    const rows = [...document.querySelectorAll("tbody tr")].map((row) => row.textContent);
    expect(rows).toHaveLength(4);
    expect(rows[0]).toContain("3.10 → 3.20");
    expect(rows[2]).toContain("3.10 → n/a");
    const list = document.querySelector("[aria-labelledby=unpaired]")?.textContent;
    expect(list).toContain(`only-${HOSTILE} is only in A.`);
    expect(list).toContain("head is 10×20 in A and 10×30 in B.");
  });

  it("is whole for models of which nothing could be compared", async () => {
    const none = { ...comparison, layers: [], summary: { ...comparison.summary, headline: "Nothing.", compared: 0 } };
    const { document } = parseHTML(await renderComparisonHtml(none));
    expect(document.querySelectorAll("table")).toHaveLength(0);
    expect(document.querySelector("h1")?.textContent).toBe("Nothing.");
  });
});

describe("the page of a ranking", () => {
  it("shows correlations and their chart with scores, and neither without", () => {
    const [without, scored] = [pages.ranking, pages["scored ranking"]].map((page) => parseHTML(page).document);
    expect(scored.querySelectorAll("#scatter, #correlations")).toHaveLength(2);
    expect(without.querySelectorAll("#scatter, #correlations")).toHaveLength(0);
  });

  it("gives the reason of a model that could not be analysed", async () => {
    const failed = rankReports([
      { path: "sound", report: exampleReport([layerRecord()]) },
      { path: "empty", report: exampleReport([]) },
    ]);
    const { document } = parseHTML(await renderRankingHtml(failed));
    expect(document.querySelector("tbody:last-of-type")?.textContent).toContain("no layer was analysed");
  });
});

if (CHROMIUM === undefined) console.warn("SKIPPED: pages in a browser, because no Chromium is installed");

describe.skipIf(CHROMIUM === undefined)("in a browser", () => {
  let browser: Browser;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "eigenscope-pages-"));
    browser = await openChromium();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(NAMES)("opens without an error, fits a phone, and axe finds nothing: %s", async (name) => {
    const file = join(folder, `${name}.html`);
    writeFileSync(file, pages[name]);
    const page = await openPage(browser, { viewport: { width: 390, height: 844 } });
    const complaints: string[] = [];
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(pathToFileURL(file).href);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    expect(await axeFindings(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });
});
