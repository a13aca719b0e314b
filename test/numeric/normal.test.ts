import { describe, expect, it } from "vitest";
import {
  chiSquaredSurvival,
  erfc,
  logNormalSurvival,
  normalQuantile,
  normalSurvival,
} from "#eigenscope/numeric/index.js";

describe("erfc", () => {
  // The C library's erfc (Python 3.11 math.erfc), errors below an ulp or two.
  it.each([
    [-3, 1.9999779095030015],
    [-1, 1.842700792949715],
    [-0.1, 1.1124629160182848],
    [0, 1],
    [1e-8, 0.9999999887162083],
    [0.1, 0.8875370839817152],
    [0.5, 0.4795001221869535],
    [1, 0.15729920705028513],
    [1.4, 0.04771488023735121],
    [1.5, 0.033894853524689274],
    [2, 0.004677734981047265],
    [3, 2.2090496998585438e-5],
    [5, 1.5374597944280351e-12],
    [10, 2.088487583762545e-45],
    [20, 5.3958656116079005e-176],
    [26, 5.663192408856143e-296],
  ])("is the C library's at %d", (x, value) => {
    // e^(-x^2): the rounding of x^2 = 676 alone gives 676 eps/2 = 8e-14.
    expect(Math.abs(erfc(x) / value - 1)).toBeLessThan(1e-13);
  });

  it("is 0 where it underflows, and 2 at the other end", () => {
    expect(erfc(30)).toBe(0);
    expect(erfc(-30)).toBe(2);
  });
});

describe("logNormalSurvival", () => {
  // ln int_t^inf e^(-s^2/2)/sqrt(2 pi) ds by the double-exponential rule in 34-digit decimal arithmetic.
  it.each([
    [-2, -0.02301290932896349],
    [0, -Math.LN2],
    [1, -1.8410216450092636],
    [5, -15.064998393988725],
    [6, -20.736768949974707],
    [10, -53.23128515051247],
    [38, -726.5572160188201],
    [100, -5005.524208694205],
  ])("has 13 digits at %d", (z, value) => {
    expect(Math.abs(logNormalSurvival(z) / value - 1)).toBeLessThan(1e-13);
  });
});

describe("normalQuantile", () => {
  it("has the tabulated points", () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 12);
    expect(normalQuantile(0.995)).toBeCloseTo(2.5758293035489004, 12);
    expect(normalQuantile(0.5)).toBeCloseTo(0, 12);
  });

  it.each([1e-300, 1e-20, 1e-5, 0.3, 0.7, 0.999])("is the inverse of the survival function at %d", (p) => {
    // Relative: dz = 1e-14 times the hazard, at most 38.
    expect(Math.abs(normalSurvival(-normalQuantile(p)) / p - 1)).toBeLessThan(1e-11);
  });

  it("is the inverse up to rounding, from the centre to the end of the range", () => {
    expect(normalQuantile(0.5)).toBe(0);
    const tails = [
      ...Array.from({ length: 99 }, (_, i) => (i + 1) / 200),
      ...Array.from({ length: 75 }, (_, k) => 10 ** (-4 * k - 2)),
    ];
    for (const p of tails) {
      const z = -normalQuantile(p);
      // Rounding of z moves ln P by at most eps (1 + z^2); as much again in each of about 20 operations.
      expect(Math.abs(normalSurvival(z) / p - 1)).toBeLessThan(6e-15 * (1 + z * z));
    }
    for (const p of [2 ** -2, 2 ** -10, 2 ** -30, 2 ** -52]) expect(normalQuantile(1 - p)).toBe(-normalQuantile(p));
  });

  it.each([0, 1, -1, Number.NaN])("refuses %d", (p) => {
    expect(() => normalQuantile(p)).toThrow(/in \(0, 1\)/);
  });
});

describe("chiSquaredSurvival", () => {
  it("has the tabulated points of one degree of freedom", () => {
    expect(chiSquaredSurvival(3.841458820694124)).toBeCloseTo(0.05, 14);
    expect(chiSquaredSurvival(6.6348966010212145)).toBeCloseTo(0.01, 14);
    expect(chiSquaredSurvival(0)).toBe(1);
  });
});
