import { describe, expect, it } from "vitest";
import { parseRule, RuleAsker, type RuleReading } from "#eigenscope/rules/index.js";
import { COLUMNS, holds, type Row, reading, WATCHED } from "./example-columns.js";

const where = (rule: string, now: RuleReading): string[] => new RuleAsker(now).layersWhere(parseRule(rule, WATCHED));

describe("a comparison", () => {
  it.each([
    ["==", [false, true, false]],
    ["!=", [true, false, true]],
    ["<", [true, false, false]],
    ["<=", [true, true, false]],
    [">", [false, false, true]],
    [">=", [false, true, true]],
  ])("%s below, at and above the value", (sign, expected) => {
    expect([1, 2, 3].map((alpha) => holds(`alpha ${sign} 2`, { alpha }))).toEqual(expected);
  });

  it("of texts and truths asks whether they are equal", () => {
    expect(holds('phase == "x"', { phase: "x" })).toBe(true);
    expect(holds('phase == "x"', { phase: "y" })).toBe(false);
    expect(holds('phase != "x"', { phase: "y" })).toBe(true);
    expect(holds("alpha_valid == true", { alpha_valid: true })).toBe(true);
    expect(holds("alpha_valid != false", { alpha_valid: false })).toBe(false);
    expect(holds("alpha_valid == transposed", { alpha_valid: false, transposed: false })).toBe(true);
  });

  it("by like takes a glob over the whole text", () => {
    expect(holds('role like "mlp.*"', { role: "mlp.down" })).toBe(true);
    expect(holds('role like "mlp"', { role: "mlp.down" })).toBe(false);
    expect(holds('role like "{attention,mlp}.?"', { role: "attention.q" })).toBe(true);
    expect(holds("role like phase", { role: "abc", phase: "a*" })).toBe(true);
    expect(holds("role like phase", { role: "abc", phase: "b*" })).toBe(false);
  });
});

describe("a value that is not available", () => {
  it.each(["==", "!=", "<", "<=", ">", ">="])("makes %s false, on either side", (sign) => {
    expect(holds(`alpha ${sign} 2`, { alpha: null })).toBe(false);
    expect(holds(`2 ${sign} alpha`, { alpha: null })).toBe(false);
    expect(holds(`alpha ${sign} M`, { alpha: null, M: null })).toBe(false);
  });

  it.each([undefined, Number.NaN, Number.POSITIVE_INFINITY, null])("is null: %s", (alpha) => {
    expect(holds("alpha == null", { alpha })).toBe(true);
    expect(holds("alpha != null", { alpha })).toBe(false);
    expect(holds("null == alpha", { alpha })).toBe(true);
    expect(holds("not alpha < 2", { alpha })).toBe(true);
  });

  it("is not null where there is one", () => {
    expect(holds("alpha == null", { alpha: 0 })).toBe(false);
    expect(holds("alpha != null", { alpha: 0 })).toBe(true);
    expect(holds("phase != null and alpha_valid != null", { phase: "", alpha_valid: false })).toBe(true);
    expect(holds("null == null", {})).toBe(true);
  });

  it("makes like, and, or, and a truth of its own false", () => {
    expect(holds('role like "*"', { role: null })).toBe(false);
    expect(holds('phase like "*"', { phase: "" })).toBe(true);
    expect(holds("alpha_valid", {})).toBe(false);
    expect(holds("not alpha_valid", {})).toBe(true);
    expect(holds("alpha_valid or transposed", { transposed: true })).toBe(true);
    expect(holds("alpha_valid and transposed", { transposed: true })).toBe(false);
  });

  it("runs through arithmetic, as a division by zero does", () => {
    expect(holds("alpha + 1 == null", { alpha: null })).toBe(true);
    expect(holds("1 - alpha == null", { alpha: null })).toBe(true);
    expect(holds("-alpha == null", { alpha: null })).toBe(true);
    expect(holds("M / alpha == null", { M: 1, alpha: 0 })).toBe(true);
    expect(holds("M / alpha == null", { M: 1, alpha: 1 })).toBe(false);
    expect(holds("M * alpha == null", { M: 1e300, alpha: 1e300 })).toBe(true);
  });

  it("is what a list or an object counts as", () => {
    expect(holds("phase == null", { phase: ["x"] })).toBe(true);
  });
});

describe("what is asked of the model", () => {
  const rows: Row[] = [{ phase: "x", alpha: 1 }, { phase: "x", alpha: 3 }, { phase: "y" }, { phase: null, alpha: 5 }];

  it("share counts over the layers that have a value", () => {
    expect(where('share(phase, "x") > 0.666', reading(rows))).toHaveLength(4);
    expect(where('share(phase, "x") > 0.667', reading(rows))).toHaveLength(0);
    expect(where("share(alpha_valid, true) == null", reading(rows))).toHaveLength(4);
    expect(where("share(alpha, -1) == 0 and share(alpha, 5) > 0.33", reading(rows))).toHaveLength(4);
    expect(where("share(alpha_valid, false) == 1", reading([{ alpha_valid: false }, {}]))).toHaveLength(2);
  });

  it("count is over all layers, those without a value too", () => {
    expect(where("count(alpha > 2) == 2", reading(rows))).toHaveLength(4);
    expect(where("count(not alpha > 2) == 2", reading(rows))).toHaveLength(4);
    expect(where("alpha > 2 and count(alpha > 2) >= 2", reading(rows))).toEqual(["1", "3"]);
  });

  it("holds or not, without a layer", () => {
    const asker = new RuleAsker(reading(rows));
    expect(asker.holdsOfModel(parseRule("count(alpha > 2) == 2", COLUMNS))).toBe(true);
    expect(asker.holdsOfModel(parseRule("count(alpha > 2) == 1", COLUMNS))).toBe(false);
    expect(new RuleAsker(reading([])).holdsOfModel(parseRule('share(phase, "x") == null', COLUMNS))).toBe(true);
  });
});

describe("earlier readings", () => {
  const at = (alphas: readonly (number | null)[]): RuleReading =>
    alphas.reduce<RuleReading | undefined>((before, alpha) => reading([{ alpha }], before), undefined) as RuleReading;

  it("was is the value so many readings ago, null before the first", () => {
    expect(where("was(alpha, 1) == 2", at([1, 2, 3]))).toEqual(["0"]);
    expect(where("was(alpha, 2) == 1", at([1, 2, 3]))).toEqual(["0"]);
    expect(where("was(alpha, 3) == null", at([1, 2, 3]))).toEqual(["0"]);
    expect(where("alpha <= 0.5 * was(alpha, 2)", at([4, 9, 2]))).toEqual(["0"]);
    expect(where("alpha <= 0.5 * was(alpha, 2)", at([4, 9, 2.1]))).toEqual([]);
  });

  it("highest is the highest of so many readings before, not of this one, and of those that have a number", () => {
    expect(where("highest(alpha, 2) == 4", at([9, 4, 3, 10]))).toEqual(["0"]);
    expect(where("highest(alpha, 3) == 9", at([9, 4, 3, 10]))).toEqual(["0"]);
    expect(where("highest(alpha, 9) == 3", at([2, 3, 1]))).toEqual(["0"]);
    expect(where("highest(alpha, 3) == -5", at([null, -7, -5, 1]))).toEqual(["0"]);
    expect(where("highest(alpha, 3) == -5", at([-5, null, -7, 1]))).toEqual(["0"]);
    expect(where("highest(alpha, 1) == null", at([4, null, 2]))).toEqual(["0"]);
    expect(where("highest(alpha, 5) == null", at([4]))).toEqual(["0"]);
  });

  it("was is null for a layer that was not there", () => {
    const now = reading([{ alpha: 1 }, { alpha: 1 }], reading([{ alpha: 7 }]));
    expect(where("was(alpha, 1) == null", now)).toEqual(["1"]);
  });

  it("for asks each of the last readings, this one too", () => {
    expect(where("for(3, alpha < 2)", at([9, 1, 1, 1]))).toEqual(["0"]);
    expect(where("for(3, alpha < 2)", at([1, 1, 9, 1]))).toEqual([]);
    expect(where("for(3, alpha < 2)", at([9, 9, 1, 1]))).toEqual([]);
    expect(where("for(3, alpha < 2)", at([1, 1]))).toEqual([]);
    expect(where("for(1, alpha < 2)", at([9, 1]))).toEqual(["0"]);
    expect(where("for(2, was(alpha, 1) > alpha)", at([3, 2, 1]))).toEqual(["0"]);
    expect(where("for(3, was(alpha, 1) > alpha)", at([3, 2, 1]))).toEqual([]);
  });
});
