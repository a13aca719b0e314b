import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { COMPARISON_COLUMNS } from "#weightscope/report/columns/comparison.js";
import {
  EVIDENCE_COLUMNS,
  explainAll,
  explainableColumns,
  explainColumn,
  LAYER_COLUMNS,
  nearestColumns,
  OPTIONAL_COLUMNS,
} from "#weightscope/report/index.js";
import { layerRecord } from "./example-report.js";

const references = readFileSync(new URL("../../REFERENCES.md", import.meta.url), "utf8");
const KEYS = new Set([...references.matchAll(/^\| (\[[^\]]+\])/gm)].map((match) => match[1]));
const ALL = [...LAYER_COLUMNS, ...EVIDENCE_COLUMNS, ...OPTIONAL_COLUMNS, ...COMPARISON_COLUMNS];

describe("the definitions of the columns", () => {
  it("are there for every field of a layer and of its evidence", () => {
    const { phase_evidence, ...fields } = layerRecord();
    expect(LAYER_COLUMNS.map(({ name }) => name).sort()).toEqual(["phase_evidence", ...Object.keys(fields)].sort());
    expect(EVIDENCE_COLUMNS.map(({ name }) => name as string).sort()).toEqual(Object.keys(phase_evidence!).sort());
  });

  it.each(ALL)("$name has a source that REFERENCES.md knows, or is ours", ({ source }) => {
    const keys = source.match(/\[[^\]]+\]/g) ?? [];
    expect(keys.filter((key) => !KEYS.has(key))).toEqual([]);
    if (keys.length === 0) expect(source).toMatch(/^weightscope/);
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

describe("explainColumn", () => {
  it("gives definition, formula, range, unit and source", () => {
    const text = explainColumn("lambda_plus")!;
    for (const part of ["Upper edge", "formula", "N bulk_sigma^2 (1 + 1/sqrt(Q))^2", "range", "unit", "[MP67]", "every layer"]) {
      expect(text).toContain(part);
    }
  });

  it("gives a column and the piece of evidence of its name, and either alone by its full name", () => {
    expect(explainColumn("alpha")).toMatch(/^alpha\n.*\nphase_evidence.alpha\n/s);
    expect(explainColumn("phase_evidence.alpha")).toMatch(/^phase_evidence.alpha\n/);
  });

  it.each(explainableColumns())("fits 60 columns: %s", (name) => {
    expect(
      explainColumn(name, { width: 60 })!
        .split("\n")
        .filter((line) => line.length > 60),
    ).toEqual([]);
  });

  it("knows no other names, and suggests the nearest", () => {
    expect(explainColumn("alhpa")).toBeNull();
    expect(nearestColumns("alhpa")).toContain("alpha");
    expect(nearestColumns("soft_rank")[0]).toBe("mp_soft_rank");
    expect(nearestColumns("zzzzzzzzzzzzzzzzzzz")).toEqual([]);
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
