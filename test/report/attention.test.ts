import { describe, expect, it } from "vitest";
import type { Finding } from "#eigenscope/analysis/findings/finding.js";
import { attentionLines, attentionList, beyondAttention, MAX_ATTENTION } from "#eigenscope/report/attention.js";

const finding = (name: string, more: Partial<Finding> = {}): Finding => ({
  ...{ layer: `net.${name}`, name, kind: "rank-collapse", severity: "warning", certainty: 0.97 },
  ...{ what: "144 of 256 eigenvalues are zero.", advice: "Look for dead units." },
  ...more,
});
const many = (count: number): Finding[] => Array.from({ length: count }, (_, k) => finding(`l${k}`));

describe("the list of what to look at", () => {
  it("has errors and warnings, no notes", () => {
    const findings = [finding("e", { severity: "error" }), finding("w"), finding("n", { severity: "note" })];
    expect(attentionList(findings).map(({ name }) => name)).toEqual(["e", "w"]);
  });

  it("has six, and says how many more there are", () => {
    expect([attentionList(many(MAX_ATTENTION)).length, beyondAttention(many(MAX_ATTENTION))]).toEqual([6, 0]);
    expect([attentionList(many(8)).length, beyondAttention(many(8))]).toEqual([6, 2]);
    expect(attentionLines(many(6))).toHaveLength(6);
    expect(attentionLines(many(7))[6]).toBe("and 1 more finding in --json");
    expect(attentionLines(many(8))[6]).toBe("and 2 more findings in --json");
  });

  it("says what, how sure, and what to do, the advice once for several in a row", () => {
    const lines = attentionLines([finding("a"), finding("b"), finding("c", { advice: "Other.", certainty: 1 })]);
    expect(lines).toEqual([
      "a: 144 of 256 eigenvalues are zero. (97 % sure)",
      "b: 144 of 256 eigenvalues are zero. (97 % sure) Look for dead units.",
      "c: 144 of 256 eigenvalues are zero. Other.",
    ]);
    const [line] = attentionLines([finding("a\u001b[31m", { what: "x\u0007" })]);
    expect([line.includes("\u001b"), line.includes("\u0007")]).toEqual([false, false]);
  });
});
