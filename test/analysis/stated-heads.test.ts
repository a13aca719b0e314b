import { describe, expect, it } from "vitest";
import { headWarnings, readHeads } from "#eigenscope/analysis/stated-heads.js";
import { UNKNOWN_HEADS } from "#eigenscope/layers/heads.js";

describe("the option heads", () => {
  it("is true, false, or a number of heads", () => {
    expect([false, true, 12, "12", "12/4", "4096", "1"].map(readHeads)).toEqual([
      false,
      true,
      { heads: 12 },
      { heads: 12 },
      { heads: 12, keyValueHeads: 4 },
      { heads: 4096 },
      { heads: 1 },
    ]);
  });

  it.each(["", "0", "4097", "12/0", "12/5", "4/12", "a", "12/", "1.5", -1, null, {}])("is not %j", (value) => {
    expect(() => readHeads(value)).toThrow(/^option heads: found .*, expected true, false, a number of heads/);
  });
});

describe("the warnings of the option heads", () => {
  const uncut = (names: string, reason: string) => names.split(" ").map((name) => ({ name, reason }));

  it("say nothing if it is not asked for, or if all was cut", () => {
    expect(headWarnings({ layers: [] }, {})).toEqual([]);
    expect(headWarnings({ layers: [{ heads: {} }], uncut: [] }, {})).toEqual([]);
  });

  it("say that there is no attention", () => {
    expect(headWarnings({ layers: [{}], uncut: [] }, {})).toEqual([
      "--heads: no layer is a projection of attention by its name",
    ]);
  });

  it("name what is missing and what to do, with at most two names", () => {
    const [without] = headWarnings({ layers: [], uncut: uncut("a b c", UNKNOWN_HEADS) }, {});
    expect(without).toMatch(
      /^--heads: not cut into heads: a, b and 1 more: .*no config\.json beside the model gives it/,
    );
    expect(without).toContain("--heads=12, or --heads=12/4");
    const [beside] = headWarnings({ layers: [], uncut: uncut("a b", UNKNOWN_HEADS) }, { headConfig: {} });
    expect(beside).toMatch(/: a, b: .*config\.json beside the model does not give it \(num_attention_heads/);
  });

  it("give other reasons as they are, one sentence per reason", () => {
    const several = [...uncut("a", "all heads share it"), ...uncut("b", "it is a stack of matrices")];
    expect(headWarnings({ layers: [], uncut: several }, {})).toEqual([
      "--heads: not cut into heads: a: all heads share it",
      "--heads: not cut into heads: b: it is a stack of matrices",
    ]);
  });
});
