import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseHTML } from "linkedom";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LayerRecord } from "#eigenscope/analysis/index.js";
import {
  EVIDENCE_COLUMNS,
  LAYER_COLUMNS,
  type LayerPicture,
  layerPicture,
  OPTIONAL_COLUMNS,
  renderHtml,
} from "#eigenscope/report/index.js";
import { PAGE_SCRIPT, PAGE_SCRIPT_SHA256 } from "#eigenscope/report/page/script.js";
import { valueText } from "#eigenscope/report/page/value-text.js";
import { smallPictureOf } from "#eigenscope/report/picture.js";
import { CHROMIUM, openChromium, openPage } from "../browser/chromium.js";
import { axeFindings } from "./axe.js";
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
  randomRecord({
    ...{ layer_id: 8, name: HOSTILE, dtype: HOSTILE, block_name: HOSTILE },
    ...{ alpha_reason: HOSTILE, phase_reason: HOSTILE },
  }),
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
    // The values of the table are data, and no script.
    expect([...document.querySelectorAll("script")].map((script) => script.getAttribute("type"))).toEqual([
      "application/json",
      null,
    ]);
    expect(document.querySelectorAll("img")).toHaveLength(0);
    expect(
      [...document.querySelectorAll("*")]
        .flatMap((element) => [...element.attributes].map(({ name }) => name))
        .filter((name) => name.startsWith("on")),
    ).toEqual([]);
    expect(document.querySelector("#layer-6 h3 .mono")?.textContent).toBe(HOSTILE);
    expect(document.querySelector("title")?.textContent).toContain(HOSTILE.split("/")[0]);
    const names = [...document.querySelectorAll("#layer-table tbody th")].map((name) => name.textContent);
    expect(names.filter((name) => name === HOSTILE)).toHaveLength(2);
    const { columns, rows } = JSON.parse(document.querySelector("#values")!.textContent!);
    expect(rows.at(-1)[columns.indexOf("block")]).toBe(HOSTILE);
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
      const caption = document.querySelector("figure.wide + p")?.textContent.replace(/\s+/g, " ");
      expect(caption).toMatch(/Layers are in the order of [^.]+\.$/);
      expect(caption).toContain(`Layers are in the order of ${words}.`);
    },
  );

  it("replaces control characters of names, which could be taken for something else", async () => {
    const name = "a\u001b[2Jb\u202ec";
    const page = await renderHtml(exampleReport([layerRecord({ name, longname: name, notes: [name] })]), [null]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
    expect(page).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    expect(page).toContain("a&#65533;[2Jb&#65533;c");
  });

  it("is in ASCII, so that a browser keeps it in one byte per character", async () => {
    const name = "ébauche.层.🙂";
    const page = await renderHtml(exampleReport([layerRecord({ name, longname: name })]), [null]);
    expect(page).toMatch(/^[\0-\x7f]+$/);
    for (const [, own] of page.matchAll(/<(?:style|script)>(.*?)<\/(?:style|script)>/gs))
      expect(own).not.toMatch(/&#\d/);
    expect(page).toContain("&#233;bauche.&#23618;.&#128578;");
    const { textContent } = parseHTML(page).document.querySelector("main") as { textContent: string };
    expect(textContent).toContain(name);
    expect(textContent).toMatch(/\d×\d/);
  });

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
    const headings = [...table.querySelectorAll("thead th[scope=col]")];
    expect(headings.filter((heading) => heading.querySelector("button") === null).map((h) => h.textContent)).toEqual([
      "spectrum",
    ]);
    expect(table.querySelectorAll("tbody th[scope=row]")).toHaveLength(layers.length);
    for (const svg of document.querySelectorAll("svg.chart"))
      expect([svg.getAttribute("role"), svg.getAttribute("aria-label")]).toEqual(["img", expect.stringMatching(/\d/)]);
  });

  it("explains every heading, to the pointer and to the ear, with formula, range and source", async () => {
    const { document } = parseHTML(rendered);
    for (const heading of document.querySelectorAll("#layer-table thead th[data-column]")) {
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
    expect(section.textContent).toContain("over-trained. Alpha is 1.70: very heavy.");
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

  it("draws alpha against the start of the tail only where a power law describes the tail", async () => {
    const figures = async (alpha_valid: boolean) => {
      const { document } = parseHTML(
        await renderHtml(exampleReport([layerRecord({ alpha_valid })]), [
          layerPicture({ ...results[2], record: { ...results[2].record, alpha_valid } }),
        ]),
      );
      return document.querySelectorAll(".charts figure").length;
    };
    expect([await figures(true), await figures(false)]).toEqual([4, 3]);
  });

  it("shows no alpha where it is not valid", async () => {
    const { document } = parseHTML(await renderHtml(exampleReport([randomRecord({ alpha: 7.654321 })]), [null]));
    expect(document.body.textContent).not.toContain("7.65");
  });

  it("is the same for the same report", async () => {
    expect(await renderHtml(report, pictures)).toBe(rendered);
  });

  /** A report of many layers, each with one of five spectra. */
  const many = (count: number, changes: (index: number) => Partial<LayerRecord> = () => ({})) => {
    const records = Array.from({ length: count }, (_, k) => {
      const name = `model.layers.${Math.floor(k / 10)}.self_attn.${k % 10}_proj.weight`;
      return { ...layers[k % 4], layer_id: k, name, longname: name, block: Math.floor(k / 10), ...changes(k) };
    });
    return { report: exampleReport(records), pictures: records.map((_, k) => pictures[k % 4]) };
  };

  it("stays below 8 MB for 3,000 layers", async () => {
    const lengthOf = async (count: number): Promise<number> => {
      const { report, pictures } = many(count);
      return Buffer.byteLength(await renderHtml(report, pictures));
    };
    // Above 600 layers the chart along the depth merges them, and the page grows by the same for every layer.
    const [few, more] = [await lengthOf(640), await lengthOf(800)];
    expect(few + ((more - few) / 160) * (3000 - 640)).toBeLessThan(8e6);
    expect(more).toBeGreaterThan(few);
  });

  const charted = (page: string): string[] =>
    [...parseHTML(page).document.querySelectorAll("article.sheet")].map(({ id }) => id);

  it.each([
    [12, false, 12],
    [13, false, 0],
    [13, true, 13],
  ])("has large charts of every one of %d layers (asked for all: %s): %d", async (count, all, expected) => {
    const { report, pictures } = many(count);
    expect(charted(await renderHtml(report, pictures, { all }))).toHaveLength(expected);
  });

  it("has large charts of the six worst of many layers, by depth, and says how to get the others", async () => {
    const bad = [3, 5, 8, 13, 14, 15, 16];
    const { report, pictures } = many(20, (k) =>
      bad.includes(k) ? { alpha_valid: true, alpha: 1.5, alpha_low: 1.3, alpha_high: 1.6 + k / 100 } : {},
    );
    const page = await renderHtml(report, pictures);
    const { document } = parseHTML(page);
    const listed = [...document.querySelectorAll(".attention a")].map((link) => link.getAttribute("href")!.slice(1));
    expect(listed).toHaveLength(6);
    expect(charted(page)).toEqual(listed.toSorted((a, b) => Number(a.slice(6)) - Number(b.slice(6))));
    expect(document.body.textContent).toContain("--html-all draws those of all 20");
    // Every layer has its anchor, its spectrum in the overview, and its row.
    for (let k = 0; k < 20; k++) expect(document.getElementById(`layer-${k}`), `layer ${k}`).not.toBeNull();
    expect(document.querySelectorAll(".spectra a.cell svg[id]")).toHaveLength(20);
    expect(document.querySelectorAll("#layer-table use")).toHaveLength(20);
  });

  it("shows in the table the pictures of the overview, each by an id that is there", async () => {
    const { document } = parseHTML(rendered);
    const uses = [...document.querySelectorAll("use")].map((use) => use.getAttribute("href")!);
    expect(uses).toHaveLength(pictures.filter((picture) => picture !== null).length);
    expect(uses.filter((href) => document.getElementById(href.slice(1)) === null)).toEqual([]);
  });

  it("draws small spectra from pictures of earlier versions, and from small pictures alone", async () => {
    const [{ small, starts: _starts, ...earlier }] = pictures as [LayerPicture];
    const { document } = parseHTML(await renderHtml(exampleReport(layers.slice(0, 2)), [earlier, small!]));
    expect(document.querySelectorAll(".spectra .cell svg[id]")).toHaveLength(2);
    // Three axes of the first; of a small picture there are no large charts.
    expect(document.querySelectorAll("#layer-0 .charts figure")).toHaveLength(3);
    expect(document.querySelectorAll("#layer-1 .charts figure")).toHaveLength(0);
  });

  it("counts an earlier picture again in the bins of a small one, and loses no eigenvalue", () => {
    const log = { start: 0, end: 1, counts: Array.from({ length: 72 }, (_, i) => (i < 36 ? 2 : 0)) };
    const { small: _small, ...earlier } = pictures[0] as LayerPicture;
    const { histogram } = smallPictureOf({ ...earlier, log })!;
    expect(histogram).toMatchObject({ start: 0, end: 1, peak: 4 });
    expect(histogram!.bins).toEqual(Array.from({ length: 36 }, (_, i) => (i < 18 ? 99 : 0)));
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
    const descending = await column(9);
    expect(descending.slice(0, -1).map(Number)).toEqual(
      descending
        .slice(0, -1)
        .map(Number)
        .sort((a, b) => b - a),
    );
    expect(descending.at(-1)).toBe("n/a");
    await page.getByRole("button", { name: "stable rank" }).press("Enter");
    expect((await column(9)).at(-1)).toBe("n/a");
    expect(await page.locator("th[aria-sort=ascending]").count()).toBe(1);
  });

  it("filters by words, by a number and by phase, and the sections with the rows; the overview is dimmed", async () => {
    const shown = () => page.locator("#filter-count").textContent();
    const find = page.locator("#filter-text");
    await find.fill("SQUARE");
    expect(await shown()).toBe("1 of 9 layers shown");
    expect(await page.locator("article.sheet:visible").count()).toBe(1);
    expect(await page.locator(".spectra .cell.dim").count()).toBe(8);
    await find.fill("alpha < 2");
    expect(await shown()).toBe("1 of 9 layers shown");
    await find.fill("alpha >= 2");
    expect(await shown()).toBe("1 of 9 layers shown");
    await find.fill("");
    await page.locator("button[data-phase=random-like]").click();
    expect(await page.locator("#layer-table tbody tr:visible").count()).toBe(3);
    await page.locator("button[data-phase=heavy-tailed]").click();
    expect(await page.locator("#layer-table tbody tr:visible").count()).toBe(5);
    await page.locator("button[data-phase=heavy-tailed]").click();
    await page.locator("button[data-phase=random-like]").click();
    expect(await shown()).toBe("9 of 9 layers shown");
    await page.locator("#filter-look").click();
    expect(await page.locator("#layer-table tbody tr:visible").count()).toBe(
      await page.locator(".attention li").count(),
    );
    await page.locator("#filter-look").click();
  });

  it("marks the layer that is pointed at wherever it is", async () => {
    await page.locator("#layer-table tbody tr[data-layer='2']").hover();
    expect(await page.locator(".spectra .cell.on").getAttribute("data-layer")).toBe("2");
    await page.locator("h1").hover();
    expect(await page.locator(".on").count()).toBe(0);
  });

  it("keeps head and first column of the table in view", async () => {
    const positions = await page.evaluate(() =>
      ["#layer-table thead th", "#layer-table tbody th"].map(
        (selector) => getComputedStyle(document.querySelector(selector)!).position,
      ),
    );
    expect(positions).toEqual(["sticky", "sticky"]);
  });

  it("has nothing that axe finds, in light and in dark colours", async () => {
    expect(await axeFindings(page)).toEqual([]);
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
      writeFileSync(join(folder, "long.html"), await renderHtml(exampleReport(many), drawn, { all: true }));
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

    it("prints in light colours, without controls, with the whole table", async () => {
      await page.evaluate(() => {
        document.documentElement.dataset.theme = "dark";
      });
      await page.emulateMedia({ media: "print" });
      const seen = await page.evaluate(() => {
        const style = (selector: string) => getComputedStyle(document.querySelector(selector)!);
        return {
          paper: style("body").backgroundColor,
          controls: ["#theme", ".filters"].map((selector) => style(selector).display),
          table: [style(".layers-table").maxHeight, style(".layers-table").overflowY],
          figures: style("figure").breakInside,
        };
      });
      expect(seen).toEqual({
        paper: "rgb(255, 255, 255)",
        controls: ["none", "none"],
        table: ["none", "visible"],
        figures: "avoid",
      });
      await page.emulateMedia({ media: null });
      await page.evaluate(() => {
        delete document.documentElement.dataset.theme;
      });
    });
  });

  it("never complained", () => {
    expect(complaints).toEqual([]);
  });
});
