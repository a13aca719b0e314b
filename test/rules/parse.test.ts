import { describe, expect, it } from "vitest";
import { parseRule, RuleError } from "#eigenscope/rules/index.js";
import { MAX_DEPTH } from "#eigenscope/rules/parse.js";
import { MAX_RULE_LENGTH } from "#eigenscope/rules/tokens.js";
import { COLUMNS, holds, WATCHED } from "./example-columns.js";

const refusal = (rule: string, columns = COLUMNS): RuleError => {
  try {
    parseRule(rule, columns);
  } catch (error) {
    if (error instanceof RuleError) return error;
    throw error;
  }
  throw new Error(`read: ${rule}`);
};

describe("what a rule binds tighter", () => {
  it.each([
    ["alpha_valid or transposed and alpha > 9", { alpha_valid: true, transposed: false, alpha: 1 }, true],
    ["(alpha_valid or transposed) and alpha > 9", { alpha_valid: true, transposed: false, alpha: 1 }, false],
    ["not alpha_valid and transposed", { alpha_valid: false, transposed: false }, false],
    ["not (alpha_valid and transposed)", { alpha_valid: false, transposed: false }, true],
    ["not alpha == 2", { alpha: 3 }, true],
    ["alpha + 2 * M == 8", { alpha: 2, M: 3 }, true],
    ["(alpha + 2) * M == 12", { alpha: 2, M: 3 }, true],
    ["alpha - M - 1 == 0", { alpha: 4, M: 3 }, true],
    ["alpha / M / 2 == 1", { alpha: 6, M: 3 }, true],
    ["-alpha + M == 1", { alpha: 2, M: 3 }, true],
    ["2 - -alpha == 5", { alpha: 3 }, true],
    ["alpha < M + 1", { alpha: 3, M: 3 }, true],
  ])("%s", (rule, row, expected) => {
    expect(holds(rule, row)).toBe(expected);
  });
});

describe("numbers and texts in a rule", () => {
  it.each([
    ["alpha == 2.50", 2.5],
    ["alpha == .5", 0.5],
    ["alpha == 2.", 2],
    ["alpha == 1e-3", 0.001],
    ["alpha == 2E+2", 200],
  ])("%s", (rule, alpha) => {
    expect(holds(rule, { alpha })).toBe(true);
    expect(holds(rule, { alpha: alpha * 1.01 })).toBe(false);
  });

  it("takes backslashes before double quotes and backslashes", () => {
    expect(holds(String.raw`phase == "a \"b\" \\ c"`, { phase: String.raw`a "b" \ c` })).toBe(true);
  });
});

describe("a rule that cannot be read", () => {
  it.each([
    ["", 0, "expected a column, a number or a text, found the end"],
    ["alpha <", 7, "found the end"],
    ["alpha < 2 2", 10, "expected and, or, or the end, found 2"],
    ["alpha < 2 phase", 10, "found phase"],
    ["(alpha < 2", 10, "expected ), found the end"],
    ["alpha < 2)", 9, "expected and, or, or the end, found )"],
    ["alpha = 2", 6, '"is equal" is written =='],
    ["!alpha_valid", 0, "written as the word not"],
    ["alpha_valid && transposed", 12, "use the words and, or"],
    ["phase == 'x'", 9, "texts stand in double quotes"],
    ['phase == "x', 9, "without its closing double quote"],
    ['phase == "a\\n"', 9, "without its closing double quote"],
    ["alpha < 2 ; 3", 10, 'unexpected ";"'],
    ["alpha < and", 8, "expected a column, found the word and"],
    ["alpha < 2 < 3", 10, "expected and, or, or the end, found <"],
    ["share(phase)", 11, "expected ,, found )"],
    ["share(phase, role) > 0", 13, "expected a text, a number, true or false"],
    ['share("phase", "x") > 0', 6, 'expected a column, found "phase"'],
    ["share(and, 1) > 0", 6, "expected a column, found and"],
    ["was(alpha, 0) > 1", 11, "expected a whole number of readings from 1, found 0"],
    ["was(alpha, 1.5) > 1", 11, "found 1.5"],
    ["highest(alpha, 0) > 1", 15, "expected a whole number of readings from 1, found 0"],
    ["highest(and, 1) > 1", 8, "expected a column, found and"],
    ["for(0, alpha < 2)", 4, "expected a whole number of readings from 1, found 0"],
  ])("%s", (rule, at, reason) => {
    const error = refusal(rule, WATCHED);
    expect(error.message).toContain(reason);
    expect(error.message).toContain(`at character ${at + 1} of: ${rule}`);
    expect(error.at).toBe(at);
  });

  it.each([
    ["alpha", 0, "a rule is true or false"],
    ["null", 0, "a rule is true or false"],
    ["alpha_valid and alpha", 16, "expected true or false, found a number"],
    ["alpha or alpha_valid", 0, "expected true or false, found a number"],
    ["not phase", 4, "expected true or false, found a text"],
    ["phase < 2", 0, "expected a number, found a text"],
    ['alpha < "x"', 8, "expected a number, found a text"],
    ["alpha < null", 8, "expected a number, found null"],
    ['alpha == "x"', 9, "a number cannot be equal to a text"],
    ["alpha_valid != 1", 15, "true or false cannot be equal to a number"],
    ["alpha + phase > 1", 8, "expected a number, found a text"],
    ["-phase > 1", 1, "expected a number, found a text"],
    ['alpha like "x"', 0, "expected a text, found a number"],
    ["phase like 2", 11, "expected a text, found a number"],
    ["count(alpha) > 1", 6, "expected true or false, found a number"],
    ["share(phase, 2) > 1", 0, "phase is a text, its share asks for a number"],
    ["highest(phase, 2) > 1", 0, "highest() asks for a number, and phase is a text"],
    ["highest(alpha, 2)", 0, "a rule is true or false"],
    ["for(2, alpha)", 7, "expected true or false, found a number"],
  ])("because kinds do not fit: %s", (rule, at, reason) => {
    const error = refusal(rule, WATCHED);
    expect(error.message).toContain(reason);
    expect(error.at).toBe(at);
  });

  it.each([
    ["alpah < 2", "there is no column alpah; did you mean alpha?"],
    ["Alpha < 2", "did you mean alpha?"],
    ["compare.alpa < 2", "did you mean compare.alpha?"],
    ["zzzzzz < 2", 'there is no column zzzzzz ("eigenscope explain" lists them)'],
    ['share(phaze, "x") > 0', "did you mean phase?"],
    ["notes == null", "notes is a list"],
    ["kind == null", "did you mean compare.kind?"],
    ["ind == null", 'there is no column ind ("eigenscope explain" lists them)'],
    ['role == "mlp.donw"', 'role is never "mlp.donw"; did you mean "mlp.down"?'],
    ['"mlp.donw" != role', 'did you mean "mlp.down"?'],
    ['role == "x"', 'role is never "x", only "mlp.up", "mlp.down"'],
    ['share(role, "mlp.pu") > 0', 'did you mean "mlp.up"?'],
  ])("because of a column: %s", (rule, reason) => {
    expect(refusal(rule).message).toContain(reason);
  });

  it.each(["was(alpha, 1) > 2", "highest(alpha, 1) > 2", "for(3, alpha < 2)"])(
    "without earlier readings: %s",
    (rule) => {
      expect(refusal(rule).message).toContain("which only eigenscope watch has");
      expect(parseRule(rule, WATCHED).text).toBe(rule);
    },
  );

  it("has a bound for parentheses and for its length", () => {
    const nested = (depth: number): string => `${"(".repeat(depth)}alpha_valid${")".repeat(depth)}`;
    expect(parseRule(nested(MAX_DEPTH), COLUMNS).ofModel).toBe(false);
    expect(refusal(nested(MAX_DEPTH + 1)).message).toContain(`more than ${MAX_DEPTH} parentheses`);
    const long = (length: number): string => `alpha_valid${" ".repeat(length - 11)}`;
    expect(parseRule(long(MAX_RULE_LENGTH), COLUMNS).text).toHaveLength(MAX_RULE_LENGTH);
    expect(refusal(long(MAX_RULE_LENGTH + 1)).message).toContain(`at most ${MAX_RULE_LENGTH} characters`);
  });

  it("does not count parentheses that are closed", () => {
    const rule = Array.from({ length: 2 * MAX_DEPTH }, () => "(alpha_valid)").join(" or ");
    expect(parseRule(rule, COLUMNS).text).toBe(rule);
  });
});

describe("a rule over the whole model", () => {
  it.each([
    ['share(phase, "x") > 0.5', true],
    ["count(alpha < 2) > 3 and true", true],
    ["not count(alpha < 2) == -3", true],
    ["for(2, count(alpha < 2) > 3)", true],
    ["count(alpha < 2) > alpha", false],
    ["count(alpha < 2) > -alpha", false],
    ['share(phase, "x") > 0.5 or alpha_valid', false],
    ["for(2, alpha < 2)", false],
    ["was(alpha, 1) == null", false],
    ["highest(alpha, 1) == null", false],
  ])("%s: %s", (rule, expected) => {
    expect(parseRule(rule, WATCHED).ofModel).toBe(expected);
  });
});
