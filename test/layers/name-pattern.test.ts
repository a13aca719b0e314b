import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { either, pattern, searchedName, words } from "#eigenscope/layers/name-pattern.js";

/** The regular expression that `words` stands for. */
const expression = (list: string): RegExp =>
  new RegExp(`(?:^|[./])(?:${list.replaceAll(".", "[./]")})(?:$|[./[])`, "i");

const LIST = "q_proj|wq|key|SelfAttention.q|attention.output.dense|ff.net.2|2";

describe("words", () => {
  it("matches what its regular expression matches", () => {
    const parts = [
      "q_proj",
      "wq",
      "key",
      "SelfAttention",
      "q",
      "attention",
      "output",
      "dense",
      "ff",
      "net",
      "2",
      "x",
      "",
    ];
    const name = fc
      .array(
        fc.tuple(
          fc.constantFrom(...parts, "WQ", "KEY", "\u212aey", "\u0130", "Q_Proj", "[q]", "[k] (2)"),
          fc.constantFrom(".", "/", "_", "[", ""),
        ),
        { minLength: 1, maxLength: 6 },
      )
      .map((pairs) => pairs.flat().join("").replace(/[./]$/, ""));
    let matches = 0;
    fc.assert(
      fc.property(name, (text) => {
        const expected = expression(LIST).test(text);
        if (expected) matches++;
        expect(words(LIST).test(searchedName(text)), text).toBe(expected);
      }),
      { numRuns: 3000, seed: 5 },
    );
    expect(matches).toBeGreaterThan(300);
  });

  it.each([
    ["layers.0.wq", true],
    ["layers.0.WQ", true],
    ["wq[2]", true],
    ["layers/wq/x", true],
    ["layers.wqx", false],
    ["x_wq", false],
    ["x[wq]", false],
    ["ff.net.2", true],
    ["ff.net.20", false],
  ])("%s: %s", (name, expected) => {
    expect(words("wq|ff.net.2").test(searchedName(name))).toBe(expected);
  });
});

describe("pattern", () => {
  it("searches only names with one of the hints, whatever their case", () => {
    const router = pattern(["router", "gate"], /router$|mlp\.gate$/i);
    expect(router.test(searchedName("block.ROUTER"))).toBe(true);
    expect(router.test(searchedName("mlp.gate"))).toBe(true);
    expect(router.test(searchedName("mlp.gates"))).toBe(false);
    expect(pattern(["absent"], /router/).test(searchedName("router"))).toBe(false);
    expect(pattern(["absent"], /router/).exec(searchedName("router"))).toBeNull();
    expect(router.exec(searchedName("a.router"))?.index).toBe(2);
  });
});

describe("either", () => {
  it("matches what one of its patterns matches", () => {
    const both = either(words("wo"), pattern(["attn"], /attn\.proj$/));
    expect(both.test(searchedName("layers.wo"))).toBe(true);
    expect(both.test(searchedName("x.attn.proj"))).toBe(true);
    expect(both.test(searchedName("x.attn.q"))).toBe(false);
  });
});
