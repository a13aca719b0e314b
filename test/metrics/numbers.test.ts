import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  bulkSnr,
  kolmogorov,
  localisation,
  matrixEntropy,
  matrixRank,
  rankLoss,
  readRandomisation,
  spectrumSnr,
  traceLog,
  wasserstein,
  weakRankLoss,
} from "#eigenscope/metrics/index.js";
import { localisationRatio, participationRatio } from "#eigenscope/metrics/localisation.js";
import { traceLogPoint } from "#eigenscope/metrics/trace-log.js";
import { createRng, normalSampler, shuffleInPlace } from "#eigenscope/numeric/index.js";
import { fitBulk, marchenkoPasturQuantiles, testEdge, wishart, wishartSpectrum } from "#eigenscope/rmt/index.js";
import type { Spectrum } from "#eigenscope/spectra/index.js";
import { GOLDENS } from "../goldens/weightwatcher.js";
import { spectrumOf } from "../spectrum-of.js";

const golden = JSON.parse(readFileSync(new URL("../goldens/numpy/golden.json", import.meta.url), "utf8"));

describe("spectrumSnr", () => {
  it.each(golden.snr as { name: string; snr: number }[])("is what numpy finds for $name, to 1e-9", ({ name, snr }) => {
    const { eigenvalues, shape } = GOLDENS.find((each) => each.name === name)!;
    const Q = Math.max(...shape) / Math.min(...shape);
    expect(Math.abs(spectrumSnr({ eigenvalues, Q, rf: 1 })! - snr)).toBeLessThanOrEqual(1e-9 * Math.max(1e-3, snr));
  });

  it("takes 1 for the noise where nothing lies below, and 0 for the signal where nothing lies above", () => {
    const equal = Float64Array.from([4, 4, 4, 4]);
    expect(spectrumSnr({ eigenvalues: equal, Q: 1, rf: 1 })).toBe(8 / 1 / 2);
    expect(bulkSnr({ eigenvalues: equal }, { lambdaPlus: 5 })).toBe(0);
  });

  it("is null for pooled matrices and for a zero matrix", () => {
    expect(spectrumSnr({ eigenvalues: Float64Array.from([1, 2]), Q: 1, rf: 2 })).toBeNull();
    expect(spectrumSnr({ eigenvalues: new Float64Array(3), Q: 1, rf: 1 })).toBeNull();
  });
});

describe("a signal-to-noise ratio", () => {
  it("is null where all that lies below the threshold is zero", () => {
    expect(bulkSnr({ eigenvalues: Float64Array.of(0, 0, 9) }, { lambdaPlus: 4 })).toBeNull();
    expect(bulkSnr({ eigenvalues: Float64Array.of(0, 1, 9) }, { lambdaPlus: 4 })).toBe(1);
  });
});

describe("bulkSnr", () => {
  it("weighs singular values beyond the edge against the others, over the largest", () => {
    expect(bulkSnr({ eigenvalues: Float64Array.from([1, 4, 100]) }, { lambdaPlus: 4 })).toBeCloseTo(10 / 3 / 10, 15);
  });
});

describe("the trace-log condition", () => {
  it("is met where the running product of scaled eigenvalues falls below 1", () => {
    // Mean 1.4; scaled 5/1.4, 1/1.4, 0.5/1.4, 0.3/1.4, 0.2/1.4: products 3.57, 2.55, 0.91.
    const eigenvalues = Float64Array.from([0.2, 0.3, 0.5, 1, 5]);
    const point = traceLogPoint({ eigenvalues })!;
    expect([point.count, point.lambdaMin]).toEqual([3, expect.closeTo(0.5 / 1.4, 14)]);
  });

  it("gives a tail that begins there no distance, a longer one a negative one and a shorter one a positive one", () => {
    const eigenvalues = Float64Array.from([0.2, 0.3, 0.5, 1, 5]);
    const signs = [0.5, 0.3, 1].map((xmin) =>
      Math.sign(Math.round(1e12 * traceLog({ eigenvalues }, { xmin })!.deltaLambdaMin)),
    );
    expect(signs).toEqual([0, -1, 1]);
    expect(traceLog({ eigenvalues }, { xmin: 1 })!.tailLogDeterminant).toBeCloseTo(
      Math.log(5 / 1.4) + Math.log(1 / 1.4),
      14,
    );
  });

  it("does not depend on the scale of the weights", () => {
    const eigenvalues = Float64Array.from([0.2, 0.3, 0.5, 1, 5]);
    const scaled = eigenvalues.map((value) => value * 1e-9);
    const [a, b] = [traceLog({ eigenvalues }, { xmin: 0.3 })!, traceLog({ eigenvalues: scaled }, { xmin: scaled[1] })!];
    expect(b.deltaLambdaMin).toBeCloseTo(a.deltaLambdaMin, 14);
    expect(b.tailLogDeterminant).toBeCloseTo(a.tailLogDeterminant, 13);
  });

  it("needs a product below 1, not of 1: equal eigenvalues are all in", () => {
    expect(traceLogPoint({ eigenvalues: Float64Array.of(2, 2, 2) })).toMatchObject({ count: 3, lambdaMin: 1 });
  });

  it("is null for a zero spectrum", () => {
    expect(traceLogPoint({ eigenvalues: new Float64Array(4) })).toBeNull();
  });
});

describe("distances of spectra", () => {
  const a = Float64Array.from([1, 2, 3, 4]);

  it("are 0 for equal spectra and known for shifted ones", () => {
    expect([wasserstein(a, a), kolmogorov(a, a)]).toEqual([0, 0]);
    expect(
      wasserstein(
        a,
        a.map((value) => value + 0.5),
      ),
    ).toBeCloseTo(0.5 / 2.5, 15);
    expect(
      kolmogorov(
        a,
        a.map((value) => value + 0.5),
      ),
    ).toBe(0.25);
    expect(
      kolmogorov(
        a,
        a.map((value) => value + 10),
      ),
    ).toBe(1);
  });

  it("count ties once", () => {
    expect(kolmogorov(Float64Array.from([1, 1, 1, 2]), Float64Array.from([1, 2, 2, 2]))).toBe(0.5);
  });

  it("refuse spectra of different sizes", () => {
    expect(() => wasserstein(a, a.subarray(1))).toThrow("got 4 and 3");
  });
});

describe("localisation", () => {
  it("is 1 for an even vector and 1/M for a single component", () => {
    const M = 16;
    const even = localisation(new Float64Array(M).fill(1 / Math.sqrt(M)));
    for (const measure of Object.values(even)) expect(measure).toBeCloseTo(1, 14);
    const single = new Float64Array(M);
    single[3] = -1;
    expect(localisation(single)).toEqual({ entropy: 0, localisationRatio: 1 / M, participationRatio: 1 / M });
  });

  it("counts the components that carry a vector of any length", () => {
    expect([participationRatio(Float64Array.of(2, -2, 0)), localisationRatio(Float64Array.of(2, -2, 1))]).toEqual([
      2, 2.5,
    ]);
  });

  it("has a participation ratio of 1/3 for a random vector, within 4 sigma of sqrt(8/3)/(3 sqrt M)", () => {
    const M = 20000;
    const normal = normalSampler(createRng(1));
    const vector = Float64Array.from({ length: M }, normal);
    const norm = Math.sqrt(vector.reduce((sum, v) => sum + v * v, 0));
    // Var(sum v^4/M) = (105 - 9)/M and the square norm takes (8 * 9)/M of it away: 24/M around 3.
    const sigma = Math.sqrt(24 / M) / 9;
    expect(Math.abs(localisation(vector.map((v) => v / norm)).participationRatio - 1 / 3)).toBeLessThan(4 * sigma);
  });
});

describe("readRandomisation", () => {
  const shape = { N: 300, M: 150 };
  const W = wishart(shape, createRng(5));
  const replicates = (values: Float64Array, count: number) =>
    Array.from({ length: count }, (_, i) => ({
      spectrum: spectrumOf(shuffleInPlace(values.slice(), createRng(100 + i)), shape),
      zeroFloor: 0,
    }));

  it("finds no trap in random weights, their spread, and distances like those of chance", () => {
    const found = readRandomisation(spectrumOf(W, shape), replicates(W, 6), { scale: 1 });
    expect(found.correlation_traps).toBe(0);
    expect(Math.abs(found.rand_bulk_sigma! - 1)).toBeLessThan(
      4 * Math.sqrt(1 / (2 * 300 * 150)) + 3 * found.rand_bulk_sigma_sd!,
    );
    expect(found.rand_wasserstein! / found.rand_wasserstein_null!).toBeLessThan(1.5);
  });

  it("finds one trap where one entry is huge, and none where a direction is", () => {
    const trap = W.slice();
    trap[777] = 60;
    expect(readRandomisation(spectrumOf(trap, shape), replicates(trap, 3), { scale: 1 }).correlation_traps).toBe(1);
    const spiked = W.map((value, k) => value + 0.25 * ((k % shape.M) % 2 === 0 ? 1 : -1));
    const found = readRandomisation(spectrumOf(spiked, shape), replicates(spiked, 3), { scale: 1 });
    expect(found.correlation_traps).toBe(0);
    expect(found.rand_wasserstein!).toBeGreaterThan(3 * found.rand_wasserstein_null!);
  });

  it(
    "reads replicates of several matrices, with zeros, as a layer of so many: means and sample deviations of " +
      "each number",
    () => {
      const rng = createRng(8);
      const [N, M, rf, zeroFloor] = [80, 40, 4, 1e-6];
      /** Four matrices; a tenth of their eigenvalues lies at the floor. */
      const pooled = (): Spectrum => {
        const slices = Array.from({ length: rf }, () =>
          wishartSpectrum({ N, M }, rng).map((value, i) => (i < 4 ? zeroFloor : value)),
        );
        const eigenvalues = Float64Array.from(slices.flatMap((slice) => [...slice])).sort();
        return {
          eigenvalues,
          slices,
          N,
          M,
          Q: 2,
          rf,
          resolvedFloor: 0,
          unresolved: 0,
          route: "gram",
          precision: "f64",
        };
      };
      const layer = pooled();
      const spectra = [pooled(), pooled(), pooled()];
      const found = readRandomisation(
        layer,
        spectra.map((spectrum) => ({ spectrum, zeroFloor })),
        { scale: 4 },
      );
      const moments = (values: readonly number[]) => {
        const mean = values.reduce((sum, value) => sum + value, 0) / 3;
        return [mean, Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2)];
      };
      const bulks = spectra.map(({ eigenvalues }) => fitBulk(eigenvalues, { N, M, rf, floor: zeroFloor })!);
      expect(bulks[0].zero).toBe(16);
      const expected = {
        correlation_traps: spectra.map(({ eigenvalues }, k) => testEdge(eigenvalues, bulks[k], { rf }).spikes),
        rand_bulk_sigma: bulks.map(({ sigma2 }) => Math.sqrt(sigma2 / 4)),
        rand_lambda_max: spectra.map(({ eigenvalues }) => eigenvalues[M * rf - 1]),
        rand_kolmogorov: spectra.map(({ eigenvalues }) => kolmogorov(layer.eigenvalues, eigenvalues)),
        rand_wasserstein: spectra.map(({ eigenvalues }) => wasserstein(layer.eigenvalues, eigenvalues)),
      };
      for (const [column, values] of Object.entries(expected)) {
        const numbers = found as unknown as Record<string, number>;
        const [mean, deviation] = moments(values);
        expect(numbers[column], column).toBeCloseTo(mean, 12);
        expect(numbers[`${column}_sd`], column).toBeCloseTo(deviation, 12);
      }
      const [a, b, c] = spectra.map(({ eigenvalues }) => eigenvalues);
      expect(found.rand_wasserstein_null).toBeCloseTo(
        (wasserstein(a, b) + wasserstein(a, c) + wasserstein(b, c)) / 3,
        12,
      );
    },
  );

  it("counts the traps of several matrices beyond the edge of the largest of so many", () => {
    // Of 16 matrices the largest may lie further out than that of one: between the two thresholds is no trap.
    const [shape, rf] = [{ N: 80, M: 40 }, 16];
    const values = marchenkoPasturQuantiles(40 * rf, 2).map((x) => 80 * x);
    const bulk = fitBulk(values, { ...shape, rf })!;
    const [alone, all] = [testEdge(values, bulk).threshold, testEdge(values, bulk, { rf }).threshold];
    expect(all).toBeGreaterThan(alone);
    values[values.length - 1] = (alone + all) / 2;
    const spectrum = { eigenvalues: values, slices: [values], ...shape, Q: 2, rf } as unknown as Spectrum;
    expect(readRandomisation(spectrum, [{ spectrum, zeroFloor: 0 }], { scale: 1 }).correlation_traps).toBe(0);
  });

  it("has no spread for a single replicate, and frees the bulk's sigma of the layer's scale", () => {
    const found = readRandomisation(spectrumOf(W, shape), replicates(W, 1), { scale: 4 });
    expect([found.rand_wasserstein_sd, found.rand_wasserstein_null, found.correlation_traps_sd]).toEqual([
      null,
      null,
      null,
    ]);
    expect(Math.abs(found.rand_bulk_sigma! - 0.5)).toBeLessThan(0.02);
  });
});

describe("the matrix entropy", () => {
  const entropy = (values: number[], rank: number | null) =>
    matrixEntropy({ eigenvalues: Float64Array.from(values) }, rank);

  it("is 1 where as many as the rank are equal, 0 where one has all, unknown for a rank below 2", () => {
    expect(entropy([0, 0, 3, 3], 2)).toBeCloseTo(1, 14);
    expect(entropy([0, 0, 0, 5], 4)).toBe(0);
    expect(entropy([1, 3], 2)).toBeCloseTo(-(0.25 * Math.log(0.25) + 0.75 * Math.log(0.75)) / Math.LN2, 14);
    expect([entropy([0, 5], 1), entropy([3, 3], null)]).toEqual([null, null]);
  });
});

describe("WeightWatcher's ranks", () => {
  const N = 8;
  // nu_max N eps for nu_max = 1; a power of two, whose square and root are exact.
  const bound = N * 2 ** -52;
  const at = (share: number, scale = 1): Float64Array => Float64Array.of(0, (scale * share * bound) ** 2, scale ** 2);

  it(
    "count singular values above nu_max N eps: matrix_rank by the largest of all, rank_loss by that of each " +
      "matrix",
    () => {
      expect([1, 1.001].map((share) => matrixRank({ eigenvalues: at(share), N }))).toEqual([1, 2]);
      expect([1, 1.001].map((share) => rankLoss({ slices: [at(share)], N }))).toEqual([2, 1]);
      const slices = [at(1.001), at(1.001, 2 ** 40)];
      expect(rankLoss({ slices, N })).toBe(2);
      expect(matrixRank({ eigenvalues: Float64Array.from(slices.flatMap((slice) => [...slice])).sort(), N })).toBe(3);
    },
  );

  it("lose in weak_rank_loss what is below 1e-6, not what is at it", () => {
    expect(weakRankLoss({ eigenvalues: Float64Array.of(0, 9.9e-7, 1e-6, 1) })).toBe(2);
  });
});
