import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchesGlob } from "#eigenscope/layers/glob.js";

describe("a glob", () => {
  it.each([
    ["model.layers.0.mlp", "*", true],
    ["model.layers.0.mlp", "model.*", true],
    ["model/layers/0/mlp", "model*mlp", true],
    ["model.layers.0.mlp", "layers*", false],
    ["model.layers.0.mlp", "*.?.mlp", true],
    ["model.layers.10.mlp", "*.?.mlp", false],
    ["fc1", "fc[12]", true],
    ["fc3", "fc[12]", false],
    ["fc7", "fc[0-9]", true],
    ["fcx", "fc[!0-9]", true],
    ["fc7", "fc[!0-9]", false],
    ["a-b", "a[-]b", true],
    ["q_proj", "{q,k,v}_proj", true],
    ["o_proj", "{q,k,v}_proj", false],
    ["h.1.x", "h.{1{,0},2}.*", true],
    ["h.10.x", "h.{1{,0},2}.*", true],
    ["h.3.x", "h.{1{,0},2}.*", false],
    ["fc.", "fc.", true],
    ["fcx", "fc.", false],
    ["a[b", "a[b", true],
    ["a{b", "a{b*", true],
    ["lstm[i]", "lstm[i]", true],
    ["lstmi", "lstm[i]", true],
    ["lstm[f]", "lstm[[]f]", true],
    ["", "", true],
    ["", "*", true],
    ["x", "", false],
    ["name\nwith line", "name*line", true],
  ])("%j is matched by %j: %j", (name, glob, expected) => {
    expect(matchesGlob(name, glob)).toBe(expected);
  });

  it("matches every name that is written out, whatever its characters", () => {
    fc.assert(
      fc.property(fc.string(), (name) => matchesGlob(name, name)),
      { seed: 2 },
    );
  });

  it("agrees with a regular expression on stars and question marks", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 12 });
    const globs = fc.string({ unit: fc.constantFrom("a", "b", ".", "*", "?"), maxLength: 8 });
    fc.assert(
      fc.property(letters, globs, (name, glob) => {
        const pattern = glob.replace(/\./g, "\\.").replace(/\*/g, ".*").replace(/\?/g, ".");
        expect(matchesGlob(name, glob)).toBe(new RegExp(`^${pattern}$`).test(name));
      }),
      { seed: 3, numRuns: 1000 },
    );
  });

  it("ends on names that are made to take for ever: backtracking would try 20,000 choose 50 ways", () => {
    expect(matchesGlob("a".repeat(20_000), `${"*a".repeat(50)}b`)).toBe(false);
  });
});
