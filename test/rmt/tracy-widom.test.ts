import { describe, expect, it } from "vitest";
import { gaussLegendre } from "#eigenscope/numeric/index.js";
import { tracyWidomCdf, tracyWidomQuantile, tracyWidomSurvival } from "#eigenscope/rmt/index.js";
import { tracyWidomByDeterminant } from "#eigenscope/rmt/tracy-widom-determinant.js";
import { CDF_PIECES, LOG_SURVIVAL_PIECES } from "#eigenscope/rmt/tracy-widom-table.js";

describe("the Tracy-Widom law, beta = 1", () => {
  // Quantiles of [Die05], as reprinted in the RMTstat documentation; good to about 1e-8 themselves.
  it.each([
    [0.01, -3.89543267306429],
    [0.05, -3.18037997693773],
    [0.1, -2.7824279056953],
    [0.3, -1.91037974619926],
    [0.5, -1.26857461658107],
    [0.7, -0.59228719101613],
    [0.9, 0.45014328905825],
    [0.95, 0.97931605346955],
    [0.99, 2.02344928138015],
    [0.999, 3.27219605900193],
  ])("has the published quantile at %d", (p, quantile) => {
    expect(Math.abs(tracyWidomQuantile(p) - quantile)).toBeLessThan(1e-8);
    expect(Math.abs(tracyWidomCdf(quantile) - p)).toBeLessThan(1e-8);
  });

  it("has the published mean, variance and skewness [Bor10b, table 10]", () => {
    const { nodes, weights } = gaussLegendre(200);
    const moment = (f: (s: number) => number): number => {
      // E f(S) = f(-12) + int f'(s) (1 - F(s)) ds is avoided: differences of F over the nodes' cells would lose digits;
      // integrate by parts with survival.
      let sum = f(-12);
      for (let i = 0; i < nodes.length; i++) {
        const s = -12 + 14 * (nodes[i] + 1);
        const h = 1e-4;
        sum += weights[i] * 14 * ((f(s + h) - f(s - h)) / (2 * h)) * tracyWidomSurvival(s);
      }
      return sum;
    };
    const mean = moment((s) => s);
    const variance = moment((s) => (s - mean) ** 2);
    const skewness = moment((s) => (s - mean) ** 3) / variance ** 1.5;
    expect(mean).toBeCloseTo(-1.206533574582, 7);
    expect(variance).toBeCloseTo(1.607781034581, 6);
    expect(skewness).toBeCloseTo(0.29346452408, 5);
  });

  it("keeps relative accuracy in the upper tail, where p-values live", () => {
    // 1 - F1(s) -> e^(-2/3 s^(3/2))/(4 sqrt(pi) s^(3/4)) for large s [Bai08, eq. 26]; the first correction is of order
    // s^(-3/2).
    for (const s of [8, 12, 20]) {
      const leading = Math.exp((-2 / 3) * s ** 1.5) / (4 * Math.sqrt(Math.PI) * s ** 0.75);
      expect(Math.abs(tracyWidomSurvival(s) / leading - 1)).toBeLessThan(1.5 / s ** 1.5);
    }
  });

  it("is its Fredholm determinant, to 1e-13 and in the upper tail to 1e-12 of itself", () => {
    // Both ends of every piece of the table, and places between them.
    const ends = [...CDF_PIECES, ...LOG_SURVIVAL_PIECES].flatMap(({ from, to }) => [from + 1e-9, to - 1e-9]);
    for (const s of [...ends, -11.3, -9.9, -6.6, -4.1, -3.2, -2.7, -1.2, -0.4, 0.7, 1.6, 3.3, 5.1, 7.7, 11, 15, 22]) {
      const exact = tracyWidomByDeterminant(s);
      expect(Math.abs(tracyWidomCdf(s) - exact.cdf)).toBeLessThan(1e-13);
      expect(Math.abs(tracyWidomSurvival(s) - exact.survival)).toBeLessThan(1e-13);
      if (s > 0) expect(Math.abs(tracyWidomSurvival(s) / exact.survival - 1)).toBeLessThan(1e-12);
    }
  });

  it("joins its two ways of computing at 0, and rises everywhere", () => {
    expect(Math.abs(tracyWidomSurvival(1e-12) - tracyWidomSurvival(-1e-12))).toBeLessThan(1e-11);
    for (let s = -11; s < 20; s += 0.5) expect(tracyWidomSurvival(s + 0.5)).toBeLessThanOrEqual(tracyWidomSurvival(s));
  });

  it("has quantiles that invert the survival function, in the upper tail to 1e-11 of itself", () => {
    for (const k of [1, 2, 5, 10, 20, 40, 50]) {
      // The root is found to 1e-13, and d ln P/ds is below 6.
      expect(Math.abs(tracyWidomSurvival(tracyWidomQuantile(1 - 2 ** -k)) / 2 ** -k - 1)).toBeLessThan(1e-11);
      expect(Math.abs(tracyWidomCdf(tracyWidomQuantile(2 ** -k)) - 2 ** -k)).toBeLessThan(1e-13);
    }
  });

  it("is a probability everywhere, also where the table is only rounding noise", () => {
    for (let s = -12; s < -8; s += 0.003) {
      expect(tracyWidomCdf(s)).toBeGreaterThanOrEqual(0);
      expect(tracyWidomSurvival(s)).toBeLessThanOrEqual(1);
    }
  });

  it("is 0 and 1 far out, and refuses what is no probability", () => {
    expect(tracyWidomCdf(-40)).toBe(0);
    expect(tracyWidomCdf(40)).toBe(1);
    expect(tracyWidomSurvival(40)).toBe(0);
    expect(() => tracyWidomQuantile(0)).toThrow(RangeError);
    expect(() => tracyWidomCdf(Number.NaN)).toThrow(/NaN/);
  });
});
