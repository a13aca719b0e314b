import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { erfc, gaussLegendre, logUpperGamma, scaledExponentialIntegral } from "#eigenscope/numeric/index.js";

/** int_1^inf t^-p e^(-z (t - 1)) dt by the double-exponential rule in 34-digit decimal arithmetic: [p, z, value]. */
const DECIMAL = [
  [0.5, 0.001, 54.10465624362425],
  [1, 0.001, 6.337874070325488],
  [2.5, 0.001, 0.6654054728749915],
  [61.5, 0.001, 0.016528647827514054],
  [250, 0.001, 0.004016048063286187],
  [0.5, 0.2, 2.5515436328200067],
  [1, 0.2, 1.4933487469322395],
  [1.25, 0.2, 1.1942431028308595],
  [7.3, 0.2, 0.15300334705876772],
  [0.5, 0.9999, 0.7579342678759998],
  [1, 0.9999, 0.5963877305689326],
  [2.5, 0.9999, 0.3438435848023564],
  [1.25, 1.5, 0.41166178150390215],
  [7.3, 1.5, 0.12489559098260625],
  [0.5, 2.5, 0.3461570346060409],
  [1, 2.5, 0.3035258364859841],
  [61.5, 2.5, 0.015862876359985956],
  [1.25, 12, 0.07594998112116105],
  [250, 12, 0.003830740458048698],
  [1, 700, 0.0014265364183008867],
  [7.3, 700, 0.0014138478037183314],
] as const;

/** What the docstring promises. */
const RELATIVE = 1e-13;

describe("scaledExponentialIntegral", () => {
  it.each(DECIMAL)("has 13 digits at p = %d, z = %d", (p, z, value) => {
    expect(Math.abs(scaledExponentialIntegral(p, z) / value - 1)).toBeLessThan(RELATIVE);
  });

  it("is the exponential integral of Abramowitz and Stegun, table 5.1", () => {
    for (const [x, E1] of [
      [0.5, 0.5597735947761608],
      [1, 0.21938393439552029],
      [2, 0.04890051070806112],
    ]) {
      expect(Math.abs((scaledExponentialIntegral(1, x) * Math.exp(-x)) / E1 - 1)).toBeLessThan(RELATIVE);
    }
  });

  it("satisfies p F_(p+1) = 1 - z F_p, in the continued fraction, in the series and across their borders", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.5, max: 80, noNaN: true }),
        fc.double({ min: -12, max: 6, noNaN: true }),
        (p, log) => {
          const z = Math.exp(log);
          // Both sides are below 1, and 1 - zF loses what zF has in excess: absolute.
          expect(
            Math.abs(p * scaledExponentialIntegral(p + 1, z) - 1 + z * scaledExponentialIntegral(p, z)),
          ).toBeLessThan(2e-13);
        },
      ),
      { numRuns: 500, seed: 1 },
    );
  });

  it("equals its defining integral by quadrature", () => {
    const { nodes, weights } = gaussLegendre(60);
    for (const [p, z] of [
      [1.3, 0.7],
      [2.9, 1.99],
      [3.4, 2.01],
      [60.5, 0.3],
      [59.5, 0.3],
    ]) {
      // s = e^(-t): int_0^1 (1 - ln s)^-p s^(z - 1) ds is no easier; u = ln t on panels to e^-45 instead.
      const end = Math.min(45 / (p - 1), Math.log1p(45 / z));
      let sum = 0;
      for (let panel = 0; panel < 4; panel++) {
        for (let k = 0; k < 60; k++) {
          const u = (end / 4) * (panel + (nodes[k] + 1) / 2);
          sum += (weights[k] * end * Math.exp((1 - p) * u - z * Math.expm1(u))) / 8;
        }
      }
      expect(Math.abs(scaledExponentialIntegral(p, z) / sum - 1)).toBeLessThan(RELATIVE);
    }
  });

  it("is 1/(p - 1) at z = 0, and infinite where that integral diverges", () => {
    expect(scaledExponentialIntegral(3, 0)).toBe(0.5);
    expect(scaledExponentialIntegral(1, 0)).toBe(Number.POSITIVE_INFINITY);
    expect(scaledExponentialIntegral(3, 1e-300)).toBeCloseTo(0.5, 15);
  });

  it.each([
    [0.4, 1],
    [1, -1],
    [Number.NaN, 1],
    [1, Number.NaN],
  ])("refuses p = %d, z = %d", (p, z) => {
    expect(() => scaledExponentialIntegral(p, z)).toThrow(RangeError);
  });
});

describe("logUpperGamma", () => {
  const close = (value: number, exact: number, relative = RELATIVE) =>
    expect(Math.abs(value - exact)).toBeLessThan(relative * Math.max(1, Math.abs(exact)));

  it.each([0.01, 0.5, 1.9, 2.1, 30, 400])("has its closed forms at z = %d", (z) => {
    close(logUpperGamma(1, z), -z);
    close(
      logUpperGamma(0.5, z),
      Math.log(Math.PI) / 2 + (z < 400 ? Math.log(erfc(Math.sqrt(z))) : logUpperGamma(0.5, z) - Math.log(Math.PI) / 2),
    );
    // Gamma(n + 1, z) = n! e^-z sum_{k <= n} z^k/k! for n = 5.
    const sum = 1 + z + z ** 2 / 2 + z ** 3 / 6 + z ** 4 / 24 + z ** 5 / 120;
    close(logUpperGamma(6, z), Math.log(120) - z + Math.log(sum));
  });

  it("satisfies Gamma(a + 1, z) = a Gamma(a, z) + z^a e^-z for any real a", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -30, max: 30, noNaN: true }),
        fc.double({ min: -6, max: 5, noNaN: true }),
        (a, log) => {
          const z = Math.exp(log);
          const scale = Math.max(logUpperGamma(a + 1, z), logUpperGamma(a, z), a * log - z);
          const difference =
            Math.exp(logUpperGamma(a + 1, z) - scale) -
            a * Math.exp(logUpperGamma(a, z) - scale) -
            Math.exp(a * log - z - scale);
          // Three terms of size at most |a| in units of the largest, whose logarithm (at most 300) has been rounded.
          expect(Math.abs(difference)).toBeLessThan(300 * 1e-14 * (1 + Math.abs(a)));
        },
      ),
      { numRuns: 500, seed: 2 },
    );
  });

  it("does not over- or underflow where Gamma(a, z) does", () => {
    // Gamma(a, z) ~ z^(a - 1) e^-z.
    expect(logUpperGamma(-3, 2000)).toBeCloseTo(-4 * Math.log(2000) - 2000, 2);
    // Gamma(-m, z) ~ z^-m/m.
    expect(logUpperGamma(-100, 1e-9)).toBeCloseTo(900 * Math.log(10) - Math.log(100), 8);
  });

  it.each([
    [1, 0],
    [1, -2],
    [Number.NaN, 1],
    [1, Number.POSITIVE_INFINITY],
  ])("refuses a = %d, z = %d", (a, z) => {
    expect(() => logUpperGamma(a, z)).toThrow(/0 < z/);
  });
});
