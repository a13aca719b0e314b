import { describe, expect, it } from "vitest";
import { logGamma, regularisedBeta } from "#eigenscope/numeric/index.js";

describe("logGamma", () => {
  // scipy.special.gammaln 1.17.1. ln Gamma is 0 at 1 and 2, so that the error is absolute there.
  it.each([
    [0.1, 2.252712651734206],
    [0.5, 0.5723649429247],
    [1, 0],
    [1.5, -0.12078223763524526],
    [2, 0],
    [3.7, 1.428072326665388],
    [10, 12.801827480081469],
    [25.25, 55.58568604486943],
    [1000.5, 5908.674175848678],
  ])("is scipy's at %d", (z, value) => {
    expect(Math.abs(logGamma(z) - value)).toBeLessThan(1e-13 * (1 + Math.abs(value)) + 5e-14);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("refuses %d", (z) => {
    expect(() => logGamma(z)).toThrow(RangeError);
  });
});

describe("regularisedBeta", () => {
  // scipy.special.betainc 1.17.1; the rounding of ln Gamma(a + b) alone gives (a + b) ln(a + b) eps, 1e-12 for 900.
  it.each([
    [0.3, 0.5, 0.5, 0.36901011956554536],
    [0.01, 0.5, 3.5, 0.20202830476514894],
    [0.9, 0.5, 3.5, 0.9999041540942808],
    [0.2, 4, 0.5, 0.0004776140575940058],
    [0.7, 12.5, 0.5, 0.0031034299247518046],
    [0.05, 12.5, 0.5, 8.83178921119506e-18],
    [0.42, 1, 1, 0.42],
    [0.5, 60, 50, 0.16909270609833071],
    [0.5, 0.001, 2, 0.9998067465369478],
    [0.6, 500, 400, 0.9965711067766657],
  ])("is scipy's at x = %d, a = %d, b = %d", (x, a, b, value) => {
    expect(Math.abs(regularisedBeta(x, a, b) / value - 1)).toBeLessThan(5e-12);
  });

  it("is 0 and 1 at the ends, and the complement of the mirrored one between them", () => {
    expect([regularisedBeta(0, 2, 3), regularisedBeta(1, 2, 3)]).toEqual([0, 1]);
    for (const x of [0.1, 0.4, 0.45, 0.9])
      expect(regularisedBeta(x, 2, 3) + regularisedBeta(1 - x, 3, 2)).toBeCloseTo(1, 13);
  });

  it.each([
    [-0.1, 1, 1],
    [1.1, 1, 1],
    [0.5, 0, 1],
    [0.5, 1, Number.NaN],
  ])("refuses x = %d, a = %d, b = %d", (x, a, b) => {
    expect(() => regularisedBeta(x, a, b)).toThrow(RangeError);
  });
});
