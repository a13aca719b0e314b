import { describe, expect, it } from "vitest";
import { nearestName } from "#eigenscope/rules/nearest-name.js";

describe("the name that was meant", () => {
  it.each([
    ["alhpa", ["sigma", "alpha"], "alpha"],
    ["ALPHA", ["alpha"], "alpha"],
    ["lambda_maximum", ["lambda_min", "lambda_max"], "lambda_max"],
    ["ab", ["ac", "ad"], undefined],
    ["abc", ["abd", "abe"], "abd"],
    ["abcde", ["abxye"], "abxye"],
    ["abcde", ["axyze"], undefined],
  ])("%s among %j is %s", (name, names, meant) => {
    expect(nearestName(name, names)).toBe(meant);
  });
});
