import { describe, expect, it } from "vitest";
import { betaSurvival, logGamma } from "#eigenscope/numeric/index.js";

describe("betaSurvival", () => {
  it.each([
    [0.3, 0.5, 9.5, 0.010162572120690624],
    [0.9, 0.5, 20, 1.3180531602803738e-21],
    [0.02, 3, 150, 0.411965061206951],
    [0.35, 40, 60, 0.8465418775008264],
    [0.6, 40, 60, 2.7811432281368103e-5],
    [0.001, 0.5, 500, 0.31731044730971736],
    [0.2, 200, 1000, 0.0014960080416693217],
  ])("is scipy 1.17's beta.sf(%d, %d, %d), to 1e-12 (1 + (a + b)/100)", (x, a, b, expected) => {
    expect(Math.abs(betaSurvival(x, { a, b }) / expected - 1)).toBeLessThan(1e-12 * (1 + (a + b) / 100));
  });

  it("has its closed forms: (1 - x)^b for a = 1, 1 - x^a for b = 1, the arcsine law for a = b = 1/2", () => {
    for (const x of [0.01, 0.2, 0.5, 0.77, 0.999]) {
      // A few eps, from the logarithms.
      expect(betaSurvival(x, { a: 1, b: 7 })).toBeCloseTo((1 - x) ** 7, 13);
      expect(betaSurvival(x, { a: 3, b: 1 })).toBeCloseTo(1 - x ** 3, 13);
      expect(betaSurvival(x, { a: 0.5, b: 0.5 })).toBeCloseTo(1 - (2 / Math.PI) * Math.asin(Math.sqrt(x)), 13);
    }
  });

  it("is 1 up to 0 and 0 from 1 on", () => {
    expect([-1, 0, 1, 2].map((x) => betaSurvival(x, { a: 2, b: 3 }))).toEqual([1, 1, 0, 0]);
  });

  it("refuses parameters that are not positive, and NaN", () => {
    expect(() => betaSurvival(0.5, { a: 0, b: 1 })).toThrow(RangeError);
    expect(() => betaSurvival(0.5, { a: 1, b: -1 })).toThrow(RangeError);
    expect(() => betaSurvival(Number.NaN, { a: 1, b: 1 })).toThrow(RangeError);
  });
});

describe("logGamma", () => {
  it.each([
    [0.001, 6.907178885383853],
    [0.3, 1.0957979948180756],
    [0.5, 0.5723649429247],
    [2.5, 0.2846828704729192],
    [10, 12.801827480081469],
    [171.5, 709.1431630309283],
    [1e5, 1051287.7089736569],
  ])("of %d is scipy's gammaln, to 1e-14", (a, expected) => {
    expect(Math.abs(logGamma(a) - expected)).toBeLessThan(1e-14 * Math.max(1, Math.abs(expected)));
  });

  it("refuses what is not above 0", () => {
    expect(() => logGamma(0)).toThrow(RangeError);
  });
});
