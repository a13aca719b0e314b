import { describe, expect, it } from "vitest";
import { createRng } from "#eigenscope/numeric/index.js";
import { edgeMove, fourthMoment, movedByFourthMoment, unmovedByFourthMoment } from "#eigenscope/rmt/fourth-moment.js";
import {
  elementSampler,
  fitBulk,
  independentMatrix,
  marchenkoPasturEdges,
  marchenkoPasturQuantiles,
  nullObjection,
  permutationNull,
  spectralWidth,
  testEdge,
  tracyWidomCdf,
  tracyWidomSurvival,
  wishartSpectrum,
} from "#eigenscope/rmt/index.js";
import { spectrumOf } from "../spectrum-of.js";

describe("the fourth moment", () => {
  const shape = { N: 200, M: 100 };

  it("moves the upper edge out and the lower one in reverse, by (kappa - 3)/M sqrt(gamma) (1 +- sqrt(gamma))^2", () => {
    const fourth = fourthMoment(6, shape);
    const { minus, plus } = marchenkoPasturEdges({ Q: 2 });
    const root = Math.sqrt(0.5);
    expect(movedByFourthMoment(plus, fourth) - plus).toBeCloseTo(0.03 * root * (1 + root) ** 2, 12);
    expect(movedByFourthMoment(minus, fourth) - minus).toBeCloseTo(-0.03 * root * (1 - root) ** 2, 12);
    expect(edgeMove(fourth)).toBeCloseTo(0.03 * root * (1 + root) ** 2, 12);
    expect(edgeMove(fourthMoment(1.8, shape))).toBeLessThan(0);
  });

  it("has the second moment of the spectrum that the entries give: E tr X^2 grows by (kappa - 3) M/N", () => {
    const fourth = fourthMoment(6, { N: 4000, M: 2000 });
    const law = marchenkoPasturQuantiles(2000, 2);
    const square = (values: Float64Array): number => values.reduce((sum, x) => sum + x * x, 0);
    // Second order in excess = 3/2000: about excess^2 M = 0.005.
    expect(square(law.map((x) => movedByFourthMoment(x, fourth))) - square(law)).toBeCloseTo(3 * 0.5, 1);
  });

  it.each([0.15, 0.03, -0.012])("is undone by its inverse, excess %d", (excess) => {
    for (const x of [0.01, 0.3, 1, 2.9, 4]) {
      const fourth = { excess, gamma: 0.5 };
      expect(unmovedByFourthMoment(movedByFourthMoment(x, fourth), fourth)).toBeCloseTo(x, 12);
    }
  });

  it("is bounded where the first order is none", () => {
    expect(fourthMoment(1e6, shape).excess).toBe(0.15);
    expect(fourthMoment(-1e6, shape).excess).toBe(-0.05);
    expect(fourthMoment(3 + 14.9, shape).excess).toBeCloseTo(0.149, 12);
  });

  it("enters the standard error of sigma2: sigma2 sqrt((kappa - 1)/(N m))", () => {
    const eigenvalues = marchenkoPasturQuantiles(100, 2).map((x) => 200 * x);
    expect(fitBulk(eigenvalues, shape)!.sigma2Se).toBeCloseTo(Math.sqrt(2 / (200 * 100)), 12);
    const { sigma2, sigma2Se, kurtosis } = fitBulk(eigenvalues, { ...shape, kurtosis: 6 })!;
    expect(sigma2Se).toBeCloseTo(sigma2 * Math.sqrt(5 / (200 * 100)), 12);
    expect(kurtosis).toBe(6);
  });

  it("leaves Laplace entries the mean edge and the fit that they have", () => {
    const rng = createRng(12);
    const draws = Array.from(
      { length: 120 },
      () => spectrumOf(independentMatrix(shape, elementSampler("laplace", rng)), shape).eigenvalues,
    );
    const mean = (kurtosis: number): number =>
      draws.reduce((sum, values) => sum + testEdge(values, fitBulk(values, { ...shape, kurtosis })!).statistic, 0) /
      draws.length;
    // The law's mean is -1.21 and its deviation 1.27: 0.12 is the standard error. Without the move the mean lies 0.9
    // higher.
    expect(Math.abs(mean(6) + 1.21)).toBeLessThan(0.4);
    expect(mean(3) + 1.21).toBeGreaterThan(0.4);
  });
});

describe("the edge of a true bulk", () => {
  it.each([
    { N: 48, M: 24, rf: 1 },
    { N: 200, M: 100, rf: 1 },
    { N: 150, M: 150, rf: 1 },
    { N: 60, M: 30, rf: 9 },
  ])(
    "is passed at 5 % by 5 % of draws, $N x $M, $rf pooled",
    ({ N, M, rf }) => {
      const rng = createRng(31);
      const p = Array.from({ length: 800 }, () => {
        const pooled = Float64Array.from(
          Array.from({ length: rf }, () => [...wishartSpectrum({ N, M }, rng)]).flat(),
        ).sort();
        return testEdge(pooled, fitBulk(pooled, { N, M, rf })!, { rf }).p;
      });
      // Four standard errors of a share of 5 % of 800: 3.1 %; of a half: 7 %.
      expect(Math.abs(p.filter((value) => value < 0.05).length / 800 - 0.05)).toBeLessThan(0.031);
      expect(Math.abs(p.filter((value) => value < 0.5).length / 800 - 0.5)).toBeLessThan(0.08);
    },
    120_000,
  );

  it("has a threshold at which the statistic stands at the level, and p on both sides of it", () => {
    const values = wishartSpectrum({ N: 200, M: 100 }, createRng(8));
    const bulk = fitBulk(values, { N: 200, M: 100 })!;
    const { threshold } = testEdge(values, bulk);
    for (const [factor, spikes] of [
      [1 - 1e-6, 0],
      [1 + 1e-6, 1],
    ] as const) {
      const edge = testEdge(Float64Array.of(...values.subarray(0, 99), threshold * factor), bulk);
      expect(edge.spikes).toBe(spikes);
      expect(edge.p < 0.01).toBe(spikes === 1);
      expect(edge.p).toBeCloseTo(tracyWidomSurvival(edge.statistic), 12);
      expect(tracyWidomCdf(edge.statistic)).toBeCloseTo(0.99, 4);
    }
  });
});

describe("nullObjection", () => {
  const shape = { N: 200, M: 100 };
  it("comes from a kurtosis above 3 + 0.075 M, not below", () => {
    const law = { maxAbs: 3, meanSquare: 1 };
    expect(nullObjection({ ...law, kurtosis: 10.4 }, shape)).toBeNull();
    expect(nullObjection({ ...law, kurtosis: 10.6 }, shape)).toMatch(/kurtosis of 10.6 .* side of 100/);
    expect(nullObjection({ ...law, kurtosis: null }, shape)).toBeNull();
  });
  it("comes from an entry whose square is above half of sqrt(N M) mean squares, not below", () => {
    // sqrt(0.5 sqrt(20000)) = 8.41 standard deviations.
    expect(nullObjection({ kurtosis: 3, maxAbs: 2 * 8.4, meanSquare: 4 }, shape)).toBeNull();
    expect(nullObjection({ kurtosis: 3, maxAbs: 2 * 8.42, meanSquare: 4 }, shape)).toMatch(
      /largest entry is 8.42 standard deviations/,
    );
  });
});

describe("permutationNull", () => {
  const spectra = (count: number, seed: number): Float64Array[] => {
    const rng = createRng(seed);
    return Array.from({ length: count }, () => wishartSpectrum({ N: 80, M: 40 }, rng));
  };

  it("ranks the largest eigenvalue: 1 of n + 1 where it is beyond all, 1 where it is below all", () => {
    const [own, ...others] = spectra(20, 3);
    const withTop = (top: number): Float64Array => Float64Array.of(...own.subarray(0, 39), top);
    expect(permutationNull(withTop(1e4), others)).toMatchObject({
      permutations: 19,
      edgeP: 0.05,
      spikes: 1,
      level: 0.05,
    });
    expect(permutationNull(withTop(own[38] + 1e-9), others).edgeP).toBeGreaterThan(0.5);
    const second = others.map((values) => values[39]).sort((a, b) => b - a)[1];
    expect(permutationNull(withTop(second + 1e-9), others).edgeP).toBe(0.1);
  });

  it("has uniform ranks where all are alike, and an ordinary ratio", () => {
    const all = spectra(60, 4);
    const ps = all.map((own, i) => permutationNull(own, [...all.slice(0, i), ...all.slice(i + 1)]));
    // Each is ranked among the same 60: the p-values of the bulk are 1/60 ... 1, but for those with a spike taken off.
    expect(ps.filter(({ bulkP }) => bulkP <= 0.5).length).toBeGreaterThan(24);
    expect(ps.filter(({ bulkP }) => bulkP <= 0.5).length).toBeLessThan(36);
    expect(ps.filter(({ misfitRatio }) => misfitRatio > 0.6 && misfitRatio < 1.8).length).toBeGreaterThan(50);
  });

  it("tells a bulk of another shape, not one of another scale or with spikes", () => {
    const [own, ...others] = spectra(100, 5);
    const decaying = own.map((value, i) => value * (0.3 + (i / 20) ** 2)).sort();
    expect(permutationNull(decaying, others)).toMatchObject({ bulkP: 0.01 });
    expect(permutationNull(decaying, others).misfitRatio).toBeGreaterThan(2.5);
    const plain = permutationNull(own, others);
    expect(
      permutationNull(
        own.map((value) => 0.8 * value),
        others,
      ).misfitRatio,
    ).toBeCloseTo(plain.misfitRatio, 0);
    expect(permutationNull(Float64Array.of(...own.subarray(0, 38), 900, 4000), others)).toMatchObject({ spikes: 2 });
    expect(permutationNull(Float64Array.of(...own.subarray(0, 38), 900, 4000), others).bulkP).toBeGreaterThan(0.05);
  });

  it(
    "takes for its threshold the largest of fewer than 199 permuted spectra, the second of 199: the level " +
      "nearest below 1 %",
    () => {
      // Two eigenvalues each; the largest are 1 ... n.
      const found = (n: number) =>
        permutationNull(
          Float64Array.of(0.5, n),
          Array.from({ length: n }, (_, i) => Float64Array.of(0.5, i + 1)),
        );
      expect(found(99)).toMatchObject({ threshold: 99, level: 0.01, spikes: 0, edgeP: 2 / 100 });
      expect(found(198)).toMatchObject({ threshold: 198, level: 1 / 199, spikes: 0, largestMean: 99.5 });
      expect(found(199)).toMatchObject({ threshold: 198, level: 0.01, spikes: 1, largestMean: 100 });
      // The variance of 1 ... n is n (n + 1)/12 for a sample.
      expect(found(99).largestSd).toBeCloseTo(Math.sqrt((99 * 100) / 12), 10);
    },
  );

  it("has for its misfit the KS distance to all spectra together over the median of those of the permuted ones", () => {
    // Brought to the scale of the mean by least squares, and held against all values together: as it is written. The
    // first of the permuted spectra is the matrix's own, and lies as far.
    const own = [1, 2, 3, 4, 5];
    const all = [own, own, [2, 2.2, 2.4, 2.6, 6], [0.5, 4, 4.1, 4.2, 5.5]];
    const mean = own.map((_, i) => all.reduce((sum, values) => sum + values[i] / 4, 0));
    const dot = (a: readonly number[], b: readonly number[]): number =>
      a.reduce((sum, value, i) => sum + value * b[i], 0);
    const scaled = all.map((values) => values.map((value) => (value * dot(mean, mean)) / dot(values, mean)));
    const share = (values: readonly number[], x: number): number =>
      values.filter((value) => value <= x).length / values.length;
    const misfit = scaled.map((values) =>
      Math.max(...scaled.flat().map((x) => Math.abs(share(values, x) - share(scaled.flat(), x)))),
    );
    const [first, ...others] = all.map((values) => Float64Array.from(values));
    const { misfitRatio, bulkP, spikes } = permutationNull(first, others);
    expect(spikes).toBe(0);
    const sorted = misfit.slice(1).sort((a, b) => a - b);
    expect(sorted[1]).toBeGreaterThan(sorted[0] + 0.1);
    expect(misfitRatio).toBeCloseTo(misfit[0] / sorted[1], 12);
    expect(bulkP).toBe(1);
  });

  it("refuses what it cannot compare", () => {
    expect(() => permutationNull(new Float64Array(3), [])).toThrow("at least one permuted spectrum");
    expect(() => permutationNull(new Float64Array(3), [new Float64Array(4)])).toThrow(
      "a spectrum of 4 eigenvalues for one of 3",
    );
  });
});

describe("spectralWidth", () => {
  it("is 1 within its error for a true bulk, 0 for equal eigenvalues, and not moved by spikes", () => {
    for (const [N, M] of [
      [128, 128],
      [300, 60],
    ]) {
      const values = wishartSpectrum({ N, M }, createRng(2));
      const found = spectralWidth([values], { N, M })!;
      expect(Math.abs(found.ratio - 1)).toBeLessThan(4 * found.error);
      const spiked = spectralWidth([Float64Array.of(...values.subarray(0, M - 2), 1e5, 1e6)], { N, M })!;
      expect(spiked.ratio).toBeCloseTo(found.ratio, 6);
      expect(spectralWidth([new Float64Array(M).fill(3)], { N, M })).toMatchObject({
        ratio: 0,
        p: expect.closeTo(0, 6),
      });
    }
  });

  it("has the deviation that it says, over 300 draws", () => {
    const rng = createRng(6);
    const found = Array.from(
      { length: 300 },
      () => spectralWidth([wishartSpectrum({ N: 200, M: 100 }, rng)], { N: 200, M: 100 })!,
    );
    const z = found.map(({ ratio, error }) => (ratio - 1) / error);
    const deviation = Math.sqrt(z.reduce((sum, value) => sum + value * value, 0) / 300);
    // 1/sqrt(600) = 4 %: four of them.
    expect(Math.abs(deviation - 1)).toBeLessThan(0.16);
  });

  it("is told from 16 live eigenvalues on, and leaves out what lies at the floor", () => {
    const values = wishartSpectrum({ N: 64, M: 16 }, createRng(1));
    expect(spectralWidth([values], { N: 64, M: 16 })).not.toBeNull();
    expect(spectralWidth([values.subarray(1)], { N: 64, M: 16 })).toBeNull();
    expect(spectralWidth([Float64Array.of(0, 0, ...values)], { N: 64, M: 18 })!.ratio).toBe(
      spectralWidth([values], { N: 64, M: 16 })!.ratio,
    );
    expect(spectralWidth([new Float64Array(20)], { N: 64, M: 20 })).toBeNull();
  });
});
