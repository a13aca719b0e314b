import { describe, expect, it } from "vitest";
import { createRng } from "#eigenscope/numeric/index.js";
import {
  criticalStrength,
  independentMatrix,
  invertSpike,
  orthonormal,
  pareto,
  spiked,
  spikeEigenvalue,
  spikeEigenvalueSd,
  withSpectrum,
} from "#eigenscope/rmt/index.js";
import { spectrumOf } from "../spectrum-of.js";

describe("the spiked model", () => {
  it.each([
    { N: 400, M: 200 },
    { N: 1000, M: 100 },
  ])(
    "puts a signal of twice the critical strength where theory says, within 4 of its standard deviations, $N x $M",
    (shape) => {
      const strength = 2 * criticalStrength(shape);
      const [place, spread] = [spikeEigenvalue(strength, shape), spikeEigenvalueSd(strength, shape)];
      const largest = [1, 2, 3, 4, 5, 6].map(
        (seed) => spectrumOf(spiked(shape, [strength], createRng(seed)), shape).eigenvalues.at(-1)!,
      );
      for (const lambda of largest) expect(Math.abs(lambda - place)).toBeLessThan(4 * spread);
      const mean = largest.reduce((sum, value) => sum + value, 0) / largest.length;
      // The mean of 6, with the O(1/N) bias of the limit.
      expect(Math.abs(mean - place)).toBeLessThan((4 * spread) / Math.sqrt(6) + (3 * place) / shape.M);
    },
  );

  it("leaves no eigenvalue outside below the critical strength", () => {
    const shape = { N: 400, M: 200 };
    const edge = (Math.sqrt(400) + Math.sqrt(200)) ** 2;
    for (const seed of [1, 2, 3, 4]) {
      const lambda = spectrumOf(spiked(shape, [0.8 * criticalStrength(shape)], createRng(seed)), shape).eigenvalues.at(
        -1,
      )!;
      // Within 4 Tracy-Widom scales (0.8 % of the edge each) of a pure bulk's.
      expect(lambda).toBeLessThan(edge * 1.03);
    }
  });

  it("inverts its own formula, and says nothing of an eigenvalue inside the bulk", () => {
    const bulk = { N: 700, M: 500, sigma2: 0.02 };
    for (const strength of [0.95, 1.2, 3, 40]) {
      const spike = invertSpike(spikeEigenvalue(strength, bulk), bulk)!;
      expect(spike.strength).toBeCloseTo(strength, 9);
      expect(spike.alignment).toBeGreaterThan(0);
      expect(spike.alignment).toBeLessThan(1);
    }
    expect(invertSpike(0.02 * 700, bulk)).toBeNull();
    expect(criticalStrength(bulk)).toBeCloseTo((5 / 7) ** 0.25, 15);
  });

  it("gives a standard error of the strength that matches its spread over draws", () => {
    const shape = { N: 300, M: 150 };
    const found = Array.from(
      { length: 200 },
      (_, k) => invertSpike(spectrumOf(spiked(shape, [1.8], createRng(300 + k)), shape).eigenvalues.at(-1)!, shape)!,
    );
    const mean = found.reduce((sum, { strength }) => sum + strength, 0) / found.length;
    const sd = Math.sqrt(found.reduce((sum, { strength }) => sum + (strength - mean) ** 2, 0) / found.length);
    const se = found.reduce((sum, { strengthSe }) => sum + strengthSe, 0) / found.length;
    // The standard deviation of 200 draws is known to 5 %; 4 of these.
    expect(Math.abs(sd / se - 1)).toBeLessThan(0.2);
    expect(Math.abs(mean - 1.8)).toBeLessThan(0.05);
  });
});

describe("the ensembles", () => {
  it("give a matrix exactly the spectrum that was asked for", () => {
    const wanted = Float64Array.from({ length: 30 }, (_, k) => (k + 1) ** 2);
    const { eigenvalues } = spectrumOf(withSpectrum({ N: 45, M: 30 }, wanted, createRng(1)), { N: 45, M: 30 });
    // Backward error of the construction and of the solver: a few n eps lambda_max.
    for (let k = 0; k < 30; k++)
      expect(Math.abs(eigenvalues[k] - wanted[k])).toBeLessThan(100 * 30 * Number.EPSILON * 900);
  });

  it("draw orthonormal vectors", () => {
    const vectors = orthonormal(20, 20, createRng(2));
    for (const [i, u] of vectors.entries()) {
      for (const [j, v] of vectors.entries()) {
        const dot = u.reduce((sum, value, k) => sum + value * v[k], 0);
        expect(Math.abs(dot - (i === j ? 1 : 0))).toBeLessThan(1e-13);
      }
    }
  });

  it("draw Pareto entries with the tail that was asked for, both signs", () => {
    const W = pareto({ N: 400, M: 100 }, 1.5, createRng(3));
    const share = (bound: number): number => W.filter((value) => Math.abs(value) > bound).length / W.length;
    // P(|w| > 4) = 4^-1.5 = 0.125, standard error 0.0017.
    expect(Math.abs(share(4) - 0.125)).toBeLessThan(0.007);
    expect(Math.abs(W.filter((value) => value > 0).length / W.length - 0.5)).toBeLessThan(0.01);
  });

  it("refuse shapes that are none", () => {
    expect(() => independentMatrix({ N: 0, M: 3 }, () => 0)).toThrow(/positive integer sides/);
    expect(() => pareto({ N: 3, M: 3 }, 0, createRng(1))).toThrow(/mu must be positive/);
    expect(() => withSpectrum({ N: 3, M: 3 }, [1, 2], createRng(1))).toThrow(/2 eigenvalues/);
    expect(() => orthonormal(2, 3, createRng(1))).toThrow(/do not fit/);
  });
});
