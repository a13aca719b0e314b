import { describe, expect, it } from "vitest";
import { createRng } from "#eigenscope/numeric/index.js";
import {
  bulkGoodness,
  fitBulk,
  levelSpacing,
  marchenkoPasturEdges,
  POISSON_RATIO,
  RANDOM_MATRIX_RATIO,
  wishartSpectrum,
  withColumnVariances,
} from "#eigenscope/rmt/index.js";
import { spectrumOf } from "../spectrum-of.js";

/** Kolmogorov-Smirnov distance of the sample to the uniform law. */
function ksToUniform(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.reduce(
    (most, value, i) => Math.max(most, value - i / sorted.length, (i + 1) / sorted.length - value),
    0,
  );
}

describe("wishartSpectrum", () => {
  it("has the trace and the spread of traces of Gaussian matrices: mean N M, variance 2 N M", () => {
    const rng = createRng(1);
    const traces = Array.from({ length: 2000 }, () =>
      wishartSpectrum({ N: 30, M: 20 }, rng).reduce((sum, value) => sum + value, 0),
    );
    const mean = traces.reduce((sum, value) => sum + value, 0) / 2000;
    const variance = traces.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2000;
    // Standard errors sqrt(1200/2000) = 0.77 and 3.2 %: four of each.
    expect(Math.abs(mean - 600)).toBeLessThan(3.1);
    expect(Math.abs(variance / 1200 - 1)).toBeLessThan(0.13);
  });

  it("fills the Marchenko-Pastur support", () => {
    const { minus, plus } = marchenkoPasturEdges({ Q: 4 });
    const spectrum = wishartSpectrum({ N: 2000, M: 500 }, createRng(2));
    // Within 4 Tracy-Widom scales, 0.4 % of the edge each.
    expect(Math.abs(spectrum[499] / 2000 / plus - 1)).toBeLessThan(0.016);
    expect(Math.abs(spectrum[0] / 2000 / minus - 1)).toBeLessThan(0.05);
  });
});

describe("bulkGoodness", () => {
  it.each([
    { N: 120, M: 60, rf: 1 },
    { N: 90, M: 90, rf: 1 },
    { N: 1500, M: 150, rf: 1 },
    { N: 48, M: 24, rf: 9 },
  ])("has a uniform p-value where there is nothing but a bulk, $N x $M, $rf pooled", ({ N, M, rf }) => {
    const rng = createRng(77);
    const p = Array.from({ length: 400 }, () => {
      const pooled = Float64Array.from(
        Array.from({ length: rf }, () => [...wishartSpectrum({ N, M }, rng)]).flat(),
      ).sort();
      return bulkGoodness(fitBulk(pooled, { N, M, rf })!, rf).p;
    });
    // The 0.1 % point of the KS statistic of 400 uniform numbers is 1.95/20; the interpolation of the table adds a few
    // per cent.
    expect(ksToUniform(p)).toBeLessThan(0.13);
    expect(p.filter((value) => value < 0.05).length / 400).toBeLessThan(0.1);
  });

  it("refuses a bulk whose population decays", () => {
    const shape = { N: 400, M: 200 };
    const W = withColumnVariances(
      shape,
      Float64Array.from({ length: 200 }, (_, j) => Math.exp(-j / 100)),
      createRng(3),
    );
    const { misfit, p } = bulkGoodness(fitBulk(spectrumOf(W, shape).eigenvalues, shape)!);
    expect(misfit).toBeGreaterThan(2);
    expect(p).toBeLessThan(1e-4);
  });
});

describe("levelSpacing", () => {
  it("is that of a random matrix for Wishart spectra and of independent levels for independent numbers", () => {
    const rng = createRng(4);
    const slices = Array.from({ length: 20 }, () => wishartSpectrum({ N: 400, M: 200 }, rng));
    const found = levelSpacing(slices, fitBulk(slices[0], { N: 400, M: 200 })!)!;
    expect(Math.abs(found.ratio - RANDOM_MATRIX_RATIO)).toBeLessThan(4 * found.standardError);
    const independent = Array.from({ length: 20 }, () => Float64Array.from({ length: 200 }, () => 1 + rng()).sort());
    const poisson = levelSpacing(independent, { lambdaMinus: 1, lambdaPlus: 2 })!;
    // One ratio of independent levels has a variance of 0.079; neighbours are correlated.
    expect(Math.abs(poisson.ratio - POISSON_RATIO)).toBeLessThan(4 * poisson.standardError);
  });

  it("is null where too few eigenvalues lie inside the edges", () => {
    expect(levelSpacing([Float64Array.of(1, 2, 3)], { lambdaMinus: 0, lambdaPlus: 10 })).toBeNull();
  });
});
