import { describe, expect, it } from "vitest";
import type { Comparison, LayerComparison, LayerRecord } from "#eigenscope/analysis/index.js";
import { COMPARISON_COLUMNS } from "#eigenscope/report/columns/comparison.js";
import { COLUMNS_BY_OPTION, EVIDENCE_COLUMNS, LAYER_COLUMNS } from "#eigenscope/report/columns.js";
import {
  gateComparison,
  gateReport,
  gateText,
  isShut,
  type RuleScope,
  ruleColumns,
} from "#eigenscope/report/gate/index.js";
import { parseRule, type Rule } from "#eigenscope/rules/index.js";
import { RESERVED_WORDS } from "#eigenscope/rules/parse.js";
import { exampleReport, failedRecord, layerRecord, randomRecord } from "../example-report.js";

const PLAIN: RuleScope = { options: [], compare: "none" };
const rules = (scope: RuleScope, ...texts: string[]): Rule[] =>
  texts.map((text) => parseRule(text, ruleColumns(scope)));
const named = (name: string, more: Partial<LayerRecord> = {}): LayerRecord =>
  layerRecord({ name, longname: `model.${name}`, ...more });

describe("the columns that rules may name", () => {
  it("are all scalar columns of the report, each by a name that a rule can hold", () => {
    const columns = ruleColumns({ options: COLUMNS_BY_OPTION.map(({ option }) => option), compare: "reports" });
    const { names } = columns;
    for (const name of names) {
      expect(RESERVED_WORDS.has(name)).toBe(false);
      expect(parseRule(`${name} != null`, columns).ofModel).toBe(false);
    }
    const lists = LAYER_COLUMNS.map(({ name }) => name).filter((name) => !names.includes(name));
    expect(lists.sort()).toEqual(["notes", "phase_evidence", "phase_path", "shape"]);
    expect(names).toEqual(expect.arrayContaining(EVIDENCE_COLUMNS.map(({ name }) => `phase_evidence.${name}`)));
  });

  it.each([
    ["alpha", "number"],
    ["N", "number"],
    ["phase", "text"],
    ["role", "text"],
    ["name", "text"],
    ["alpha_valid", "truth"],
    ["phase_evidence.bulk_misfit", "number"],
  ])("%s is a %s", (name, kind) => {
    expect(ruleColumns(PLAIN).kindOf(name)).toBe(kind);
  });

  it("says what a column needs that is not there", () => {
    const { kindOf } = ruleColumns(PLAIN);
    expect(() => kindOf("notes")).toThrow("notes is a list or an object, which a rule cannot compare");
    const { option, columns } = COLUMNS_BY_OPTION.find(({ option: each }) => each === "--tails")!;
    const own = columns.find(
      ({ name }) => !LAYER_COLUMNS.some((column: { readonly name: string }) => column.name === name),
    )!;
    expect(() => kindOf(own.name)).toThrow(`${own.name} needs the option ${option}`);
    expect(ruleColumns({ options: ["--tails"], compare: "none" }).kindOf(own.name)).toBeDefined();
    expect(() => kindOf("compare.alpha")).toThrow("compare.alpha needs eigenscope compare, or analyze --baseline");
    expect(() => kindOf("compare.relative_change")).toThrow("needs eigenscope compare");
  });

  it("of a baseline are changes of numbers, phases and types; weights were not read", () => {
    const { kindOf } = ruleColumns({ options: [], compare: "reports" });
    expect([kindOf("compare.alpha"), kindOf("compare.phase_a"), kindOf("compare.status")]).toEqual([
      ...["number", "text", "text"],
    ]);
    expect(kindOf("compare.role")).toBeUndefined();
    expect(() => kindOf("compare.relative_change")).toThrow("use eigenscope compare");
    expect(ruleColumns({ options: [], compare: "weights" }).kindOf("compare.relative_change")).toBe("number");
    expect(COMPARISON_COLUMNS.map(({ name }) => name)).toContain("relative_change");
  });
});

describe("the gate of a report", () => {
  const layers = [named("a", { alpha: 1.5 }), named("b", { alpha: 2.5 }), randomRecord({ name: "c", longname: "c" })];

  it("fails where a rule holds for a layer, with the values that the rule names", () => {
    const result = gateReport(exampleReport(layers), rules(PLAIN, "alpha_valid and alpha < 2", "alpha < 1"));
    expect(isShut(result)).toBe(true);
    expect(result.rules).toEqual([
      {
        rule: "alpha_valid and alpha < 2",
        failed: true,
        layers: [{ name: "model.a", values: "alpha_valid true, alpha 1.5" }],
      },
      { rule: "alpha < 1", failed: false, layers: [] },
    ]);
    expect(gateText(result)).toBe(
      "failed: alpha_valid and alpha < 2 (holds for 1 layer)\n  model.a: alpha_valid true, alpha 1.5\n",
    );
  });

  it("passes where none does", () => {
    const one = gateReport(exampleReport(layers), rules(PLAIN, 'phase == "rank-collapse"'));
    expect([isShut(one), gateText(one)]).toEqual([false, "passed: the rule holds for none of 3 layers\n"]);
    const two = gateReport(exampleReport(layers), rules(PLAIN, "alpha < 0", "alpha > 99"));
    expect([isShut(two), gateText(two)]).toEqual([false, "passed: none of 2 rules holds for any of 3 layers\n"]);
  });

  it("answers a rule over the model once, without layers", () => {
    const result = gateReport(
      exampleReport(layers),
      rules(PLAIN, 'share(phase, "random-like") > 0.3', 'share(phase, "random-like") > 0.4'),
    );
    expect(result.rules.map(({ failed, layers: found }) => [failed, found])).toEqual([
      [true, []],
      [false, []],
    ]);
    expect(gateText(result)).toBe('failed: share(phase, "random-like") > 0.3 (holds for the model)\n');
  });

  it("names twenty layers, and how many more", () => {
    const many = (count: number) => Array.from({ length: count }, (_, k) => named(`l${k}`));
    const text = (count: number): string => gateText(gateReport(exampleReport(many(count)), rules(PLAIN, "alpha > 0")));
    expect(text(20)).not.toContain("more");
    expect(text(21)).toContain("  and 1 more\n");
    expect(text(21).split("\n")).toHaveLength(23);
  });

  it("lists layers without a spectrum with their reasons; rules see them as layers without values", () => {
    const report = exampleReport([layers[0], failedRecord({ name: "x", longname: "model.x" })]);
    const result = gateReport(report, rules(PLAIN, "alpha == null", "alpha < 0"));
    expect(result.unjudged).toEqual([{ name: "model.x", reason: "3 of 235200 weights are not finite (2 NaN, 1 Inf)" }]);
    expect(result.rules.map(({ layers: found }) => found.map(({ name }) => name))).toEqual([["model.x"], []]);
  });

  it("reads evidence, and rounds values to six digits", () => {
    const layer = named("a", { phase_evidence: { ...layers[0].phase_evidence!, bulk_misfit: 11.23456789 } });
    const [found] = gateReport(exampleReport([layer]), rules(PLAIN, "phase_evidence.bulk_misfit > 11")).rules;
    expect(found.layers[0].values).toBe("phase_evidence.bulk_misfit 11.2346");
  });
});

describe("the gate with a baseline", () => {
  const REPORTS: RuleScope = { options: [], compare: "reports" };
  const before = exampleReport([named("a", { alpha: 3, dtype: "F32" }), named("gone")]);
  const now = exampleReport([
    named("a", { alpha: 2.5, dtype: "BF16", phase: "bulk-decay" }),
    named("new", { alpha: 9 }),
  ]);
  const layersWhere = (rule: string): string[] =>
    gateReport(now, rules(REPORTS, rule), before).rules[0].layers.map(({ name }) => name);

  it("compares a layer with the one of its full name; a new layer has nothing to compare", () => {
    expect(layersWhere("compare.alpha == -0.5")).toEqual(["model.a"]);
    expect(layersWhere("compare.alpha == null")).toEqual(["model.new"]);
    expect(layersWhere('compare.phase_a == "heavy-tailed" and compare.phase_b == "bulk-decay"')).toEqual(["model.a"]);
    expect(layersWhere('compare.dtype_a == "F32" and compare.dtype_b == "BF16"')).toEqual(["model.a"]);
    expect(layersWhere("alpha > 5")).toEqual(["model.new"]);
  });

  it("has no change of alpha where it is not valid on both sides", () => {
    const invalid = exampleReport([named("a", { alpha_valid: false, alpha: 3 })]);
    const [{ layers }] = gateReport(now, rules(REPORTS, "compare.alpha == null"), invalid).rules;
    expect(layers.map(({ name }) => name)).toContain("model.a");
  });

  it("calls a layer unchanged whose norm and largest eigenvalue are the same", () => {
    const same = exampleReport([named("a")]);
    const status = (other: Partial<LayerRecord>): boolean =>
      gateReport(same, rules(REPORTS, 'compare.status == "unchanged"'), exampleReport([named("a", other)])).rules[0]
        .failed;
    expect([status({}), status({ norm: 1 }), status({ lambda_max: 1 })]).toEqual([true, false, false]);
  });
});

describe("the gate of a comparison", () => {
  const pair = {
    ...{ name: "a.fc", name_b: "b.layers.3.mlp.down_proj", paired_by: "name", layer_type: "dense" },
    ...{ shape: [40, 20], dtype_a: "F32", dtype_b: "I8", N: 40, M: 20, rf: 1, status: "changed", reason: null },
    ...{
      phase_a: "heavy-tailed",
      phase_b: "rank-collapse",
      alpha_valid_a: false,
      alpha_valid_b: true,
      relative_change: 0.25,
      notes: [],
    },
    columns: { alpha: { a: 3, b: 2, change: -1 } },
  } as unknown as LayerComparison;
  const failed = { ...pair, name_b: "x", status: "failed", reason: "too large" } as LayerComparison;
  const comparison = {
    a: { label: "a", files: [] },
    b: { label: "b.safetensors", files: [{ name: "b.safetensors", byteLength: 1 }] },
    layers: [pair, failed],
  } as unknown as Comparison;
  const layersWhere = (rule: string): string[] =>
    gateComparison(comparison, rules({ options: [], compare: "weights" }, rule)).rules[0].layers.map(
      ({ name }) => name,
    );

  it.each([
    ["alpha == 2 and compare.alpha == -1 and Q == 2 and M == 20"],
    ['phase == "rank-collapse" and compare.phase_a == "heavy-tailed"'],
    ["compare.relative_change > 0.2"],
    ['dtype == "I8" and compare.dtype_a == "F32"'],
    ["alpha_valid and not compare.alpha_valid_a"],
    ['status == "success" and compare.status == "changed"'],
    ['role == "mlp.down" and block == 3 and name like "b.*"'],
  ])("reads B, and the change from A: %s", (rule) => {
    expect(layersWhere(rule)).toContain("b.layers.3.mlp.down_proj");
    expect(layersWhere(`not (${rule})`)).not.toContain("b.layers.3.mlp.down_proj");
  });

  it("has no columns that a pair lacks", () => {
    const { kindOf } = ruleColumns({ options: [], compare: "weights" });
    for (const name of ["verdict", "phase_evidence.bulk_misfit", "num_evals", "layer_id", "transposed"])
      expect(() => kindOf(name)).toThrow(`${name} is not part of a comparison: use eigenscope analyze`);
    expect([kindOf("stable_rank"), kindOf("M"), kindOf("block"), kindOf("alpha_valid")]).toEqual([
      ...["number", "number", "number", "truth"],
    ]);
  });

  it("lists pairs that failed", () => {
    const { unjudged, label, files } = gateComparison(comparison, []);
    expect([unjudged, label, files]).toEqual([
      ...[[{ name: "x", reason: "too large" }], "b.safetensors", ["b.safetensors"]],
    ]);
    expect(layersWhere('status == "failed"')).toEqual(["x"]);
  });
});
