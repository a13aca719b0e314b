import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseHTML } from "linkedom";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PAGE_SCRIPT, PAGE_SCRIPT_SHA256 } from "#eigenscope/report/html/script.js";
import { valueText } from "#eigenscope/report/html/value-text.js";
import {
  EVIDENCE_COLUMNS,
  LAYER_COLUMNS,
  type LayerPicture,
  layerPicture,
  OPTIONAL_COLUMNS,
  renderHtml,
} from "#eigenscope/report/index.js";
import { CHROMIUM, openChromium, openPage } from "../browser/chromium.js";
import { exampleReport, failedRecord, layerRecord, randomRecord, SPECTRA } from "./example-report.js";

const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(2)>' onmouseover='alert(3)`;

const results = Object.values(SPECTRA).map((make) => make());
const layers = [
  ...results.map(({ record }, layer_id) => ({ ...record, layer_id })),
  failedRecord({ layer_id: 6, name: HOSTILE, longname: HOSTILE, reason: HOSTILE, notes: [HOSTILE] }),
  layerRecord({
    layer_id: 7,
    name: `${"model.layers.31.block_sparse_moe.experts.".repeat(3)}w2`,
    alpha: 1.7,
    warning: "over-trained",
  }),
  randomRecord({ layer_id: 8, name: HOSTILE, dtype: HOSTILE, alpha_reason: HOSTILE, phase_reason: HOSTILE }),
];
const pictures: (LayerPicture | null)[] = [
  ...results.map((result) => layerPicture(result)),
  null,
  null,
  layerPicture(results[0]),
];
const report = exampleReport(layers, {
  input: { ...exampleReport([]).input, label: `folder/${HOSTILE}`, warnings: [HOSTILE] },
  skipped: [{ name: HOSTILE, shape: [3], dtype: HOSTILE, reason: HOSTILE }],
});

/** The page of the report above, rendered once. */
let rendered: string;
beforeAll(async () => {
  rendered = await renderHtml(report, pictures);
});

describe("the page", () => {
  it("refers to nothing outside itself and runs no script but its own", async () => {
    const { document } = parseHTML(rendered);
    expect([...document.querySelectorAll("[src], link, iframe, object, embed, base, form")]).toEqual([]);
    expect(
      [...document.querySelectorAll("a")].map((a) => a.getAttribute("href")).every((href) => href?.startsWith("#")),
    ).toBe(true);
    expect(rendered.match(/url\(|@import|https?:(?!\/\/www\.w3\.org\/)/g)).toBeNull();
    const policy = document.querySelector("meta[http-equiv]")?.getAttribute("content");
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`'sha256-${createHash("sha256").update(PAGE_SCRIPT).digest("base64")}'`);
    expect(PAGE_SCRIPT_SHA256).toBe(createHash("sha256").update(PAGE_SCRIPT).digest("base64"));
  });

  it("escapes every name, type and reason from the file", async () => {
    const { document } = parseHTML(rendered);
    expect(document.querySelectorAll("script")).toHaveLength(1);
    expect(document.querySelectorAll("img")).toHaveLength(0);
    expect(
      [...document.querySelectorAll("*")]
        .flatMap((element) => [...element.attributes].map(({ name }) => name))
        .filter((name) => name.startsWith("on")),
    ).toEqual([]);
    expect(document.querySelector("#layer-6 h3")?.textContent).toBe(HOSTILE);
  });

  it.each([
    ["graph", "the graph's operators"],
    ["configuration", "the model's configuration"],
    ["file", "the file"],
    ["names", "names (blocks by number, embeddings first, the head last)"],
  ] as const)(
    "says under the chart of alpha against depth what the order of the layers follows: %s",
    async (order, words) => {
      const ordered = exampleReport([layerRecord({ layer_id: 0 })], { input: { ...exampleReport([]).input, order } });
      const { document } = parseHTML(await renderHtml(ordered, [null]));
      const caption = document.querySelector("figure.wide + p")?.textContent;
      expect(caption).toMatch(/Layers are in the order of [^.]+\.$/);
      expect(caption).toContain(`Layers are in the order of ${words}.`);
    },
  );

  it("is the same with the document that earlier versions needed", async () => {
    expect(await renderHtml(report, pictures, { document: parseHTML("<html></html>").document })).toBe(rendered);
  });

  it("has for every anchor its place, and no id twice", async () => {
    const { document } = parseHTML(rendered);
    const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const targets = [...document.querySelectorAll("a")].map((a) => a.getAttribute("href")!.slice(1));
    expect(targets.filter((target) => !ids.includes(target))).toEqual([]);
  });

  it("has a table with caption, headings of columns and rows, and buttons for sorting", async () => {
    const { document } = parseHTML(rendered);
    const table = document.querySelector("#layer-table")!;
    expect(table.querySelector("caption")?.textContent).not.toBe("");
    expect(table.querySelectorAll("thead th[scope=col] > button")).toHaveLength(
      table.querySelectorAll("thead th").length,
    );
    expect(table.querySelectorAll("tbody th[scope=row]")).toHaveLength(layers.length);
    for (const svg of document.querySelectorAll("svg.chart"))
      expect([svg.getAttribute("role"), svg.getAttribute("aria-label")]).toEqual(["img", expect.stringMatching(/\d/)]);
  });

  it("explains every heading, to the pointer and to the ear, with formula, range and source", async () => {
    const { document } = parseHTML(rendered);
    for (const heading of document.querySelectorAll("#layer-table thead th")) {
      const described = document.getElementById(heading.querySelector("button")!.getAttribute("aria-describedby")!);
      expect(heading.getAttribute("title")).toBe(described?.textContent);
      expect(heading.getAttribute("title")).toMatch(/Range: .*Source: /);
    }
  });

  it("shows optional columns where a layer has them, and no others", async () => {
    const asked = exampleReport([layerRecord({ correlation_traps: 1.25 }), layerRecord({ layer_id: 1 })]);
    const { document } = parseHTML(await renderHtml(asked, [null, null]));
    expect([...document.querySelectorAll("[data-c=correlation_traps]")]).toHaveLength(1);
    expect(document.querySelector("#c-correlation_traps")?.textContent).toContain("Tracy-Widom");
    expect(document.querySelector("#c-W_scale")).toBeNull();
  });

  it("prints every value of a row that is there, texts and numbers alike, and n/a only for what is not", async () => {
    const asked = layerRecord({
      ...{
        role: "mlp.up",
        block: 3,
        precision: "mixed",
        verdict: "over-trained",
        verdict_reason: "Alpha is 1.70: very heavy.",
      },
      ...{
        best_law: "LOG_N",
        universality_class: "very heavy-tailed or moderately heavy-tailed",
        mu: 1.5,
        mu_high: null,
      },
    });
    const { document } = parseHTML(await renderHtml(exampleReport([asked]), [null]));
    const section = document.querySelector("#layer-0")!;
    expect(section.textContent).toContain("Verdict: over-trained. Alpha is 1.70: very heavy.");
    const shown = new Map(
      [...section.querySelectorAll("dt[data-c]")].map((term) => [
        term.getAttribute("data-c")!,
        term.nextElementSibling!.textContent,
      ]),
    );
    for (const { name } of [...LAYER_COLUMNS, ...OPTIONAL_COLUMNS]) {
      const [value, text] = [asked[name], shown.get(name)];
      if (text === undefined || value === undefined) continue;
      if (value === null) expect(text, name).toBe("n/a");
      else if (typeof value === "string") expect(text, name).toBe(value);
      else expect(Number(text) / Number(value) || 1, name).toBeCloseTo(1, 4); // five digits are printed
    }
    expect(
      ["role", "block", "precision", "best_law", "universality_class", "mu", "mu_high"].filter(
        (name) => !shown.has(name),
      ),
    ).toEqual([]);
    for (const column of EVIDENCE_COLUMNS)
      expect(shown.get(`evidence-${column.name}`), column.name).toBe(valueText(asked.phase_evidence![column.name], 5));
  });

  it.each([
    ["healthy", "healthy"],
    [0.123456789, "0.12346"],
    [7, "7"],
    [true, "true"],
    [false, "false"],
    [[3, 4.5], "3, 4.5000"],
    [["a", "b"], "a, b"],
    [null, "n/a"],
    [undefined, "n/a"],
    ["", "n/a"],
    [[], "n/a"],
    ["a\u001b[2Jb", "a\ufffd[2Jb"],
  ])("prints the value %j as %j", (value, text) => {
    expect(valueText(value as never, 5)).toBe(text);
  });

  it("shows no alpha where it is not valid", async () => {
    const { document } = parseHTML(await renderHtml(exampleReport([randomRecord({ alpha: 7.654321 })]), [null]));
    expect(document.body.textContent).not.toContain("7.65");
  });

  it("is the same for the same report", async () => {
    expect(await renderHtml(report, pictures)).toBe(rendered);
  });

  it("stays light for 300 layers", async () => {
    const lengthOf = async (count: number): Promise<number> => {
      const many = Array.from({ length: count }, (_, layer_id) => ({
        ...layers[layer_id % 5],
        ...{ layer_id, longname: String(layer_id) },
      }));
      const drawn = many.map((_, i) => pictures[i % 5]);
      return (await renderHtml(exampleReport(many), drawn)).length;
    };
    // A page grows by the same for every five layers, which are drawn in turn.
    const [few, more] = [await lengthOf(10), await lengthOf(40)];
    expect(few + ((more - few) / 30) * 290).toBeLessThan(6e6);
  });

  it("is rendered for no layers", async () => {
    expect(await renderHtml(exampleReport([]), [])).toContain("No layer was analysed.");
  });

  it("refuses pictures that do not match the layers", async () => {
    await expect(renderHtml(report, [])).rejects.toThrow("found 0 pictures for 9 layers");
  });
});

if (CHROMIUM === undefined) console.warn("SKIPPED: the page in a browser, because no Chromium is installed");

describe.skipIf(CHROMIUM === undefined)("the page in a browser", () => {
  let browser: Browser;
  let page: Page;
  let folder: string;
  const complaints: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "eigenscope-page-"));
    writeFileSync(join(folder, "report.html"), rendered);
    browser = await openChromium();
    page = await openPage(browser, { viewport: { width: 1280, height: 900 } });
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("dialog", (dialog) => complaints.push(`dialog ${dialog.message()}`));
    await page.goto(pathToFileURL(join(folder, "report.html")).href);
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const column = (index: number) =>
    page
      .locator(
        `#layer-table tbody tr:visible td:nth-child(${index}), #layer-table tbody tr:visible th:nth-child(${index})`,
      )
      .allTextContents();

  it("sorts by a column, numbers as numbers and what is not there last", async () => {
    await page.getByRole("button", { name: "stable rank" }).press("Enter");
    expect(await page.locator("th[aria-sort=descending]").textContent()).toBe("stable rank");
    const descending = await column(8);
    expect(descending.slice(0, -1).map(Number)).toEqual(
      descending
        .slice(0, -1)
        .map(Number)
        .sort((a, b) => b - a),
    );
    expect(descending.at(-1)).toBe("n/a");
    await page.getByRole("button", { name: "stable rank" }).press("Enter");
    expect((await column(8)).at(-1)).toBe("n/a");
    expect(await page.locator("th[aria-sort=ascending]").count()).toBe(1);
  });

  it("filters by name and by phase, and the sections with the rows", async () => {
    await page.getByLabel("Name contains").fill("SQUARE");
    expect(await page.locator("#filter-count").textContent()).toBe("1 of 9 layers shown");
    expect(await page.locator("section.layer:visible").count()).toBe(1);
    await page.getByLabel("Name contains").fill("");
    await page.locator("button[data-phase=random-like]").click();
    expect(await page.locator("#layer-table tbody tr:visible").count()).toBe(6);
    await page.locator("button[data-phase=random-like]").click();
    expect(await page.locator("#filter-count").textContent()).toBe("9 of 9 layers shown");
  });

  it("switches between light and dark", async () => {
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const before = await background();
    await page.locator("#theme").click();
    expect(await background()).not.toBe(before);
    await page.locator("#theme").click();
    expect(await background()).toBe(before);
  });

  it.each([1280, 768, 390, 320])("does not scroll sideways at %d pixels", async (width) => {
    await page.setViewportSize({ width, height: 800 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });

  it("tells the definition of a number that is pointed at", async () => {
    await page.setViewportSize({ width: 1280, height: 900 });
    const details = page.locator("#layer-0 details").last();
    await details.locator("summary").click();
    const term = details.locator("dt", { hasText: /^stable_rank$/ });
    await term.hover();
    expect(await term.getAttribute("title")).toContain("norm / lambda_max");
  });

  describe("of 70 layers", () => {
    let long: string;

    beforeAll(async () => {
      const many = Array.from({ length: 70 }, (_, layer_id) => ({
        ...layers[layer_id % 6],
        layer_id,
        name: `block.${layer_id}`,
      }));
      const drawn = many.map(({ layer_id }) => pictures[layer_id % 6]);
      writeFileSync(join(folder, "long.html"), await renderHtml(exampleReport(many), drawn));
      long = pathToFileURL(join(folder, "long.html")).href;
      await page.setViewportSize({ width: 1280, height: 900 });
      await page.addInitScript(() => {
        const scrollEnded = new Promise<void>((resolve) =>
          document.addEventListener("scrollend", () => resolve(), { once: true }),
        );
        Object.assign(window, { scrollEnded });
      });
    });

    /** Pixels from the top of the window to the top of a layer's section. */
    const topOf = (index: number) =>
      page.evaluate((id) => document.getElementById(id)!.getBoundingClientRect().top, `layer-${index}`);
    /** The section's scroll margin is 8 pixels; positions are rounded to device pixels. */
    const isAtTop = (top: number) => expect(Math.abs(top - 8), `${top} pixels from the top`).toBeLessThanOrEqual(1);

    /** Resolves in the page when its first scrolling has ended, be it smooth or at once. */
    const scrollEnd = () => page.evaluate("window.scrollEnded");

    it.each([60, 3, 41])("shows layer %d where its name is clicked, also after smooth scrolling", async (index) => {
      await page.goto(long);
      // A click by script: a click by the mouse would scroll the name into view first.
      await page.evaluate(
        (id) => document.querySelector<HTMLAnchorElement>(`#layer-table a[href="#${id}"]`)!.click(),
        `layer-${index}`,
      );
      await scrollEnd();
      isAtTop(await topOf(index));
    });

    it.each([60, 5])("opens at layer %d where the address names it", async (index) => {
      await page.goto("about:blank");
      await page.goto(`${long}#layer-${index}`);
      await scrollEnd();
      isAtTop(await topOf(index));
    });

    it("renders the charts in view, and those in print", async () => {
      const visible = () => page.evaluate(() => getComputedStyle(document.querySelector(".plot")!).contentVisibility);
      expect(await visible()).toBe("auto");
      await page.emulateMedia({ media: "print" });
      expect(await visible()).toBe("visible");
      await page.emulateMedia({ media: null });
    });
  });

  it("never complained", () => {
    expect(complaints).toEqual([]);
  });
});
