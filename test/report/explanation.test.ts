import { readFileSync } from "node:fs";
import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { OVER_TRAINED_BELOW, UNDER_TRAINED_ABOVE, VERDICTS } from "#eigenscope/analysis/verdict.js";
import { ROLES } from "#eigenscope/layers/role.js";
import { PHASES, QUESTIONS } from "#eigenscope/phases/index.js";
import { VISIBLE_KS_UNIT } from "#eigenscope/phases/questions.js";
import { COMPARISON_COLUMNS } from "#eigenscope/report/columns/comparison.js";
import { explainableColumns } from "#eigenscope/report/explanation.js";
import {
  type Column,
  EVIDENCE_COLUMNS,
  explainAll,
  explainWord,
  GLOSSARY,
  LAYER_COLUMNS,
  nearestWords,
  OPTIONAL_COLUMNS,
  renderComparison,
  renderDescription,
  renderHtml,
  renderSummary,
  renderTable,
} from "#eigenscope/report/index.js";
import { PHASE_LABELS, STYLE } from "#eigenscope/report/phase-style.js";
import { UNIVERSALITY_CLASSES } from "#eigenscope/tails/mu-from-alpha.js";
import { TAIL_LAWS } from "#eigenscope/tails/tail-laws.js";
import { exampleReport, failedRecord, layerRecord, randomRecord } from "./example-report.js";

const references = readFileSync(new URL("../../REFERENCES.md", import.meta.url), "utf8");
const KEYS = new Set([...references.matchAll(/^\| (\[[^\]]+\])/gm)].map((match) => match[1]));
const ALL: readonly Column[] = [...LAYER_COLUMNS, ...EVIDENCE_COLUMNS, ...OPTIONAL_COLUMNS, ...COMPARISON_COLUMNS];

describe("the definitions of the columns", () => {
  it("are there for every field of a layer and of its evidence", () => {
    const { phase_evidence, ...fields } = layerRecord();
    expect(LAYER_COLUMNS.map(({ name }) => name).sort()).toEqual(["phase_evidence", ...Object.keys(fields)].sort());
    expect(EVIDENCE_COLUMNS.map(({ name }) => name as string).sort()).toEqual(Object.keys(phase_evidence!).sort());
  });

  it.each(ALL)("$name has a source that REFERENCES.md knows, or is ours", ({ source }) => {
    const keys = source.match(/\[[^\]]+\]/g) ?? [];
    expect(keys.filter((key) => !KEYS.has(key))).toEqual([]);
    if (keys.length === 0) expect(source).toMatch(/^eigenscope/);
  });

  it("are sentences, with a range, and never twice under one name", () => {
    for (const { definition, range } of ALL) {
      expect(definition).toMatch(/[.]$/);
      expect(range).not.toBe("");
    }
    const names = explainableColumns();
    expect(new Set(names).size).toBe(names.length);
  });
});

describe("explainWord", () => {
  it("gives definition, formula, range, unit and source", () => {
    const text = explainWord("lambda_plus")!;
    for (const part of [
      "Upper edge",
      "formula",
      "N bulk_sigma^2 (1 + 1/sqrt(Q))^2",
      "range",
      "unit",
      "[MP67]",
      "every layer",
    ]) {
      expect(text).toContain(part);
    }
  });

  it("gives a column and the piece of evidence of its name, and either alone by its full name", () => {
    expect(explainWord("alpha")).toMatch(/^alpha\n.*\nphase_evidence.alpha\n/s);
    expect(explainWord("phase_evidence.alpha")).toMatch(/^phase_evidence.alpha\n/);
  });

  it.each(explainableColumns())("fits 60 columns: %s", (name) => {
    expect(
      explainWord(name, { width: 60 })!
        .split("\n")
        .filter((line) => line.length > 60),
    ).toEqual([]);
  });

  it("knows no other names, and suggests the nearest", () => {
    expect(explainWord("alhpa")).toBeNull();
    expect(nearestWords("alhpa")).toContain("alpha");
    expect(nearestWords("soft_rank")[0]).toBe("mp_soft_rank");
    expect(nearestWords("zzzzzzzzzzzzzzzzzzz")).toEqual([]);
  });
});

describe("every word that a report shows", () => {
  const layers = [
    layerRecord({ alpha: 1.5, warning: "over-trained" }),
    randomRecord({ layer_id: 1 }),
    failedRecord({ layer_id: 2 }),
    layerRecord({
      layer_id: 3,
      phase: null,
      correlation_traps: 1,
      mu: 2,
      farms_alpha: 3,
      alpha_se: 1,
      num_spikes: 1,
      bulk_vector_entropy: 1,
    }),
  ];
  const report = exampleReport(layers);
  const summary = { ...report.summary, findings: ["1 layer has lost rank: a."] };
  const unknown = (words: readonly string[]) => [...new Set(words)].filter((word) => explainWord(word) === null);

  it("as a heading of a table in the terminal is known to explain", () => {
    const words = renderTable(layers, { width: 200 }).split("\n")[0].trim().split(/\s+/);
    expect(words).toEqual([
      "layer",
      "shape",
      "Q",
      "alpha",
      "index",
      "spikes",
      "soft",
      "stable",
      "phase",
      "sure",
      "warning",
    ]);
    expect(unknown(words)).toEqual([]);
  });

  it("as a heading of the summary is known to explain", () => {
    const words = [...renderSummary({ ...report, summary }, { width: 80 }).matchAll(/^(\S.{0,10}\S) {2,}/gm)].map(
      (match) => match[1],
    );
    expect(words).toEqual([
      "answer",
      "look at",
      "layers",
      "phases",
      "means",
      "findings",
      "reference",
      "undecided",
      "failed",
      "skipped",
      "added",
      "scale",
    ]);
    expect(unknown(words)).toEqual([]);
  });

  it("as a heading of compare or describe is known to explain", () => {
    const planned = { ...layers[0], num_evals: 300, notes: [] };
    const described = renderDescription(
      { ...report, tensors: 1, parameters: 1, layers: [planned], skipped: [] } as never,
      { width: 200 },
    );
    const words = described
      .split("\n")
      .find((line) => line.startsWith("layer "))!
      .trim()
      .split(/\s+/);
    expect(words).toHaveLength(9);
    const change = { a: 1, b: 2, change: 1 };
    const pair = {
      ...{ name: "a", status: "success", relative_change: 0.1, cka_centred: 0.9, notes: [], difference: layers[0] },
      ...{ kind: "low-rank", dw_rank: 2, dw_rank_low: 2, dw_rank_high: 3, spikes_a: 4, spikes_lost: 1 },
      ...{ phase_a: "heavy-tailed", phase_b: null, columns: { alpha: change, mp_soft_rank: change } },
    };
    const none = { assumed: [], only_in_a: [], only_in_b: [], mismatched: [], warnings: [] };
    const said = { headline: "A change.", stored_types: null, kind: "low-rank", kinds: [] };
    const totals = { ...said, compared: 1, unchanged: 0, failed: 0, relative_change: 0.1, transitions: [] };
    const compared = renderComparison({ layers: [pair], summary: totals, ...none } as never, { width: 200 });
    const headings = compared
      .split("\n")
      .find((line) => line.startsWith("layer "))!
      .trim()
      .split(/\s+/);
    expect(headings).toEqual(["layer", "kind", "moved", "cka", "lost", "alpha", "soft", "phase", "change", "rank"]);
    expect(unknown([...words, ...headings, "unchanged"])).toEqual([]);
  });

  it("as a heading, a tile or the name of a number in the page is known to explain", async () => {
    const { document } = parseHTML(await renderHtml({ ...report, summary }, [null, null, null, null]));
    const texts = (selector: string) =>
      [...document.querySelectorAll(selector)].map(({ textContent }) => textContent!.trim());
    const words = [
      ...texts("#layer-table thead th"),
      ...texts(".values dt"),
      ...[...document.querySelectorAll(".numbers dt")].map((term) => term.firstChild!.textContent!.trim()),
      ...texts(".phases .phase"),
      ...texts(".glossary dt"),
    ];
    expect(words.length).toBeGreaterThan(80);
    expect(unknown(words)).toEqual([]);
    const means = [...document.querySelectorAll(".key-numbers dt")].map((term) => term.firstChild!.textContent!.trim());
    expect(means).toEqual(["mean alpha", "mean soft rank", "mean stable rank"]);
    expect(unknown(means)).toEqual([]);
  });

  it("as a value of a column is known to explain, with what it means", () => {
    const values = [...PHASES, ...VERDICTS, ...ROLES, ...TAIL_LAWS, ...UNIVERSALITY_CLASSES, ...PHASE_LABELS];
    expect(
      unknown([
        ...values,
        "over-trained",
        "under-trained",
        "success",
        "failed",
        "gram",
        "bidiagonal",
        "mixed",
        "lanczos",
        "f64",
        "f32",
      ]),
    ).toEqual([]);
    expect(explainWord("heavy-tailed")).toContain(STYLE["heavy-tailed"].meaning.slice(0, 20));
    for (const column of ALL)
      for (const word of Object.keys(column.words ?? {}))
        expect(explainWord(word), word).toContain(`a value of ${column.name}`);
  });

  it.each(["soft", "Soft rank", "soft-rank", "SOFT"])("as %j leads to the column that it heads", (word) => {
    expect(explainWord(word)).toMatch(/The heading of mp_soft_rank\..*\nmp_soft_rank\n.*lambda_plus \/ lambda_max/s);
  });

  it("gives all meanings of a word that has several", () => {
    const text = explainWord("over-trained")!;
    expect(text).toContain("a value of verdict");
    expect(text).toContain("a value of warning");
  });

  it("is explained within the width", () => {
    for (const { word } of GLOSSARY)
      expect(
        explainWord(word, { width: 60 })!
          .split("\n")
          .filter((line) => line.length > 60),
        word,
      ).toEqual([]);
  });
});

describe("a threshold that a definition names", () => {
  const text = (name: string) => ALL.find((column) => column.name === name && column.range !== "0 to 1")!.definition;

  it("is the one of the rule that decides", () => {
    const { threshold } = QUESTIONS["bulk-broken"];
    expect(text("bulk_misfit")).toContain(`above ${threshold} the bulk is broken`);
    expect(EVIDENCE_COLUMNS.find(({ name }) => name === "bulk_ks")!.definition).toContain(
      `Below ${(threshold * VISIBLE_KS_UNIT).toFixed(4)} `,
    );
    expect(text("warning")).toContain(
      `"over-trained" below ${OVER_TRAINED_BELOW}, "under-trained" above ${UNDER_TRAINED_ABOVE}`,
    );
  });

  it("is in docs/theory/phases.md as the rules have it, for every rule", () => {
    const page = readFileSync(new URL("../../docs/theory/phases.md", import.meta.url), "utf8");
    for (const [name, { statistic, threshold, yesWhen }] of Object.entries(QUESTIONS)) {
      const line = page.split("\n").find((each) => each.startsWith(`${name}?`));
      expect(line, name).toContain(`${statistic} ${yesWhen === "above" ? ">" : "<"} ${threshold} `);
    }
  });
});

describe("explainAll", () => {
  it("lists every column with its group, within the width", () => {
    const text = explainAll({ width: 70 });
    for (const { name } of ALL) expect(text).toContain(`  ${name}\n`);
    expect(text).toContain("with --weightwatcher");
    expect(text.split("\n").filter((line) => line.length > 70)).toEqual([]);
  });
});
