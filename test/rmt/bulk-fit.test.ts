import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng } from "#eigenscope/numeric/index.js";
import {
  ELEMENT_LAWS,
  elementSampler,
  fitBulk,
  independentMatrix,
  marchenkoPasturQuantiles,
  pareto,
  spiked,
  testEdge,
  wishart,
  withColumnVariances,
} from "#eigenscope/rmt/index.js";
import { spectrumOf } from "../spectrum-of.js";

const SHAPES = [
  { N: 400, M: 200 },
  { N: 300, M: 300 },
  { N: 1000, M: 100 },
  { N: 640, M: 60 },
];

describe("fitBulk", () => {
  it.each(SHAPES)("finds the variance of Gaussian entries within 4 of its own standard errors, $N x $M", (shape) => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const { eigenvalues } = spectrumOf(wishart(shape, createRng(seed), 0.3), shape);
      const fit = fitBulk(eigenvalues, shape)!;
      expect(fit.converged).toBe(true);
      // The quantile match is not the maximum-likelihood trace: its finite-size bias is below 1/M of sigma2.
      expect(Math.abs(fit.sigma2 - 0.09)).toBeLessThan(4 * fit.sigma2Se + 0.09 / shape.M);
      expect(fit.above).toBeLessThanOrEqual(1);
    }
  });

  it.each(SHAPES)("recovers sigma2 exactly from the law's own quantiles, $N x $M", (shape) => {
    const eigenvalues = marchenkoPasturQuantiles(shape.M, shape.N / shape.M).map((x) => x * shape.N * 0.09);
    const fit = fitBulk(eigenvalues, shape)!;
    expect(Math.abs(fit.sigma2 / 0.09 - 1)).toBeLessThan(1e-12);
    expect(Math.abs(fit.lambdaPlus / (0.09 * (Math.sqrt(shape.N) + Math.sqrt(shape.M)) ** 2) - 1)).toBeLessThan(1e-12);
    // Mid-point quantiles stand half a step from the distribution function.
    expect(fit.ks).toBeCloseTo(0.5 / shape.M, 9);
  });

  it("does not move for spikes, however strong", () => {
    const shape = { N: 600, M: 300 };
    const plain = fitBulk(spectrumOf(wishart(shape, createRng(9)), shape).eigenvalues, shape)!;
    const fit = fitBulk(spectrumOf(spiked(shape, [1.6, 2, 3, 10, 300], createRng(9)), shape).eigenvalues, shape)!;
    expect(fit.above).toBe(5);
    expect(Math.abs(fit.sigma2 / plain.sigma2 - 1)).toBeLessThan(0.02);
  });

  it("is the same for every law of entries with the same variance (universality)", () => {
    const shape = { N: 500, M: 250 };
    for (const law of ELEMENT_LAWS) {
      const { eigenvalues } = spectrumOf(independentMatrix(shape, elementSampler(law, createRng(4))), shape);
      const fit = fitBulk(eigenvalues, shape)!;
      // Laws with a kurtosis k move the trace by sqrt((k - 1)/(N M)): 0.8 % at most.
      expect(Math.abs(fit.sigma2 - 1)).toBeLessThan(0.04);
    }
  });

  it("scales with the eigenvalues, whatever they are: lambda -> c lambda gives sigma2 -> c sigma2", () => {
    const shape = { N: 200, M: 100 };
    const families = [
      wishart(shape, createRng(1)),
      pareto(shape, 1.5, createRng(2)),
      withColumnVariances(
        shape,
        Float64Array.from({ length: 100 }, (_, j) => Math.exp(-j / 40)),
        createRng(3),
      ),
    ];
    const spectra = families.map((W) => spectrumOf(W, shape).eigenvalues);
    fc.assert(
      fc.property(fc.integer({ min: -60, max: 60 }), fc.constantFrom(...spectra), (power, eigenvalues) => {
        const [a, b] = [
          fitBulk(eigenvalues, shape),
          fitBulk(
            eigenvalues.map((value) => value * 2 ** power),
            shape,
          ),
        ];
        expect(b === null).toBe(a === null);
        if (a !== null && b !== null) {
          expect(b.above).toBe(a.above);
          expect(Math.abs(b.sigma2 / (a.sigma2 * 2 ** power) - 1)).toBeLessThan(1e-12);
        }
      }),
      { numRuns: 60, seed: 4 },
    );
  });

  it("sets zeros apart and fits what is left", () => {
    const shape = { N: 400, M: 200 };
    const W = wishart(shape, createRng(5)).map((value, index) => (index % 200 < 80 ? 0 : value));
    const { eigenvalues, resolvedFloor } = spectrumOf(W, shape);
    const fit = fitBulk(eigenvalues, { ...shape, floor: resolvedFloor })!;
    expect(fit.zero).toBe(80);
    expect(Math.abs(fit.sigma2 - 1)).toBeLessThan(0.03);
    expect(fit.Q).toBeCloseTo(400 / 120, 1);
  });

  it("is null rather than a law for fewer than five eigenvalues", () => {
    expect(fitBulk(Float64Array.of(1, 2, 3, 4), { N: 8, M: 4 })).toBeNull();
    expect(fitBulk(new Float64Array(50), { N: 80, M: 50 })).toBeNull();
  });
});

describe("testEdge", () => {
  it("exceeds the Tracy-Widom quantiles as often as they say, over 600 seeded draws", () => {
    const shape = { N: 120, M: 60 };
    const p = Array.from({ length: 600 }, (_, k) => {
      const { eigenvalues } = spectrumOf(wishart(shape, createRng(1000 + k)), shape);
      return testEdge(eigenvalues, fitBulk(eigenvalues, shape)!).p;
    });
    const rate = (level: number): number => p.filter((value) => value < level).length / p.length;
    // Binomial standard errors 0.018, 0.0090 and 0.0041; 4 of them, and what the law itself lacks at M = 60.
    expect(Math.abs(rate(0.3) - 0.3)).toBeLessThan(0.09);
    expect(Math.abs(rate(0.05) - 0.05)).toBeLessThan(0.04);
    expect(rate(0.01)).toBeLessThan(0.03);
    expect(rate(0.01)).toBeGreaterThan(0);
  });

  it("corrects a pooled spectrum for the number of its matrices", () => {
    const shape = { N: 80, M: 40 };
    const rf = 9;
    const rate =
      Array.from({ length: 150 }, (_, k) => {
        const pooled = Float64Array.from(
          Array.from({ length: rf }, (_, slice) => [
            ...spectrumOf(wishart(shape, createRng(5000 + rf * k + slice)), shape).eigenvalues,
          ]).flat(),
        ).sort();
        const bulk = fitBulk(pooled, { ...shape, rf })!;
        return testEdge(pooled, bulk, { rf }).p < 0.1 ? 1 : 0;
      }).reduce((sum: number, hit) => sum + hit, 0) / 150;
    // Uncorrected it would be 1 - 0.9^9 = 0.61; standard error 0.025.
    expect(Math.abs(rate - 0.1)).toBeLessThan(0.08);
  });

  it("counts planted spikes", () => {
    const shape = { N: 600, M: 300 };
    for (const count of [0, 1, 5]) {
      const { eigenvalues } = spectrumOf(
        spiked(
          shape,
          Array.from({ length: count }, (_, k) => 1.5 + k),
          createRng(20 + count),
        ),
        shape,
      );
      expect(testEdge(eigenvalues, fitBulk(eigenvalues, shape)!).spikes).toBe(count);
    }
  });
});
