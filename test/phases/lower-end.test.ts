import { describe, expect, it } from "vitest";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { diagnose } from "#eigenscope/phases/index.js";
import { lowerEnd } from "#eigenscope/phases/lower-end.js";
import { marchenkoPasturQuantiles, withColumnVariances } from "#eigenscope/rmt/index.js";
import type { Spectrum } from "#eigenscope/spectra/index.js";
import { spectrumOf } from "../spectrum-of.js";

const M = 200;
const FLOOR = 1e-12;

function spectrum(N: number, slices: readonly (readonly number[] | Float64Array)[]): Spectrum {
  const each = slices.map((slice) => Float64Array.from(slice).sort());
  return {
    eigenvalues: Float64Array.from(each.flatMap((slice) => [...slice])).sort(),
    slices: each,
    N,
    M: each[0].length,
    Q: N / each[0].length,
    rf: each.length,
    resolvedFloor: FLOOR,
    unresolved: 0,
    route: "gram",
    precision: "f64",
  };
}

/** Mid-point quantiles of a law. */
const quantiles = (count: number, quantile: (p: number) => number): number[] =>
  Array.from({ length: count }, (_, k) => quantile((k + 0.5) / count));

/** What a Marchenko-Pastur bulk shows between its lowest tenth and its median, in decades. */
function ordinary(Q: number): number {
  const law = marchenkoPasturQuantiles(M, Q);
  return Math.log10(law[M / 2] / law[M / 10]);
}

describe("the lower end of a spectrum", () => {
  it.each([1, 1.5, 4, 10])("is that of a Marchenko-Pastur bulk where it is one (Q = %d)", (Q) => {
    const found = lowerEnd(spectrum(Q * M, [marchenkoPasturQuantiles(M, Q)]), FLOOR);
    // Both are quantiles of one law, each solved to 1e-12.
    expect(Math.abs(found.trailingDecades ?? Number.NaN)).toBeLessThan(1e-9);
  });

  it(
    "spans log10 of (1 - p)^(-1/(alpha - 1)) in a power law, however much of it lies below a hundredth of the " +
      "largest",
    () => {
      const alpha = 1.5;
      const found = lowerEnd(spectrum(4 * M, [quantiles(M, (p) => (1 - p) ** (-1 / (alpha - 1)))]), FLOOR);
      const decades = Math.log10((1 - 20.5 / M) / (1 - 100.5 / M)) / (alpha - 1);
      expect(found.trailingDecades).toBeCloseTo(decades - ordinary(4), 9);
      // 1 - p = 10/400 is where the law is a hundredth of its largest, (1 - p) = 1/400.
      expect(found.nearZeroFraction).toBe(0.975);
    },
  );

  it("is read slice by slice, so that scales do not stretch it", () => {
    const law = marchenkoPasturQuantiles(M, 4);
    const found = lowerEnd(spectrum(4 * M, [law, law.map((value) => 1e-4 * value)]), FLOOR);
    expect(Math.abs(found.trailingDecades ?? Number.NaN)).toBeLessThan(1e-9);
    expect(found.nearZeroFraction).toBe(0);
  });

  it("counts what lies below a hundredth of the largest as near zero, not what lies at it", () => {
    const near = (lowest: number) => lowerEnd(spectrum(40, [[lowest, 1, 2, 100]]), FLOOR).nearZeroFraction;
    expect([near(0.999), near(1)]).toEqual([0.25, 0]);
  });

  it("counts what lies below the floor as the floor", () => {
    const values = [...new Array<number>(M / 2).fill(0), ...new Array<number>(M / 2).fill(1)];
    const found = lowerEnd(spectrum(4 * M, [values]), 1e-6);
    expect(found.trailingDecades).toBeCloseTo(6 - ordinary(4), 9);
  });

  it("of fewer than 16 eigenvalues a matrix is not told", () => {
    expect(lowerEnd(spectrum(40, [marchenkoPasturQuantiles(15, 40 / 15)]), FLOOR).trailingDecades).toBeNull();
  });

  it("tells a very heavy tail, which has a lower edge, from a collapse, which has none", () => {
    const shape = { N: 800, M };
    const rng = createRng(7);
    const normal = normalSampler(rng);
    const named = (W: Float64Array): string | null =>
      diagnose(spectrumOf(Float32Array.from(W), shape), { dtype: "F32", storedBits: 32 }).decision.phase;
    const heavy = Float64Array.from(quantiles(M, (p) => (1 - p) ** -2));
    const collapsed = Float64Array.from({ length: M }, () => Math.exp(5 * normal()));
    expect(lowerEnd(spectrum(shape.N, [heavy]), 0).nearZeroFraction).toBeGreaterThan(0.97);
    expect(named(withColumnVariances(shape, heavy, rng))).toBe("heavy-tailed");
    expect(named(withColumnVariances(shape, collapsed, rng))).toBe("rank-collapse");
  });

  it(
    "of an adapter B A of rank r says nothing of the directions that it never had, and something of those that " +
      "it lost",
    () => {
      const shape = { N: 300, M: 150 };
      const rank = 40;
      const normal = normalSampler(createRng(11));
      /** Of rank `used`; the directions from `strong` on have a hundredth of the size. */
      const product = (used: number, strong = used): Float32Array => {
        const [B, A] = [shape.N * used, used * shape.M].map((count) => Float64Array.from({ length: count }, normal));
        return Float32Array.from({ length: shape.N * shape.M }, (_, k) => {
          let sum = 0;
          for (let t = 0; t < used; t++) {
            sum += (t < strong ? 1 : 0.01) * B[Math.floor(k / shape.M) * used + t] * A[t * shape.M + (k % shape.M)];
          }
          return sum;
        });
      };
      const diagnosed = (used: number, knownRank?: number, strong?: number) =>
        diagnose(spectrumOf(product(used, strong), shape), {
          dtype: "F32",
          storedBits: 32,
          ...(knownRank === undefined ? {} : { knownRank }),
        });
      const whole = diagnosed(rank, rank);
      expect(whole.decision.phase).not.toBe("rank-collapse");
      expect(whole.live.eigenvalues.length).toBe(rank);
      // No zero is found among the 40, beyond what is expected of a bulk.
      expect(whole.evidence.zero_fraction).toBe(0);
      expect(whole.evidence.jump_decades).toBeLessThan(1);
      // The same matrix without a word of its rank, and one that uses 20 of its 40.
      expect(diagnosed(rank).decision.phase).toBe("rank-collapse");
      expect(diagnosed(rank / 2, rank).decision.phase).toBe("rank-collapse");
      // 25 of its 40 in use, the others fallen: the bulk is fitted to the 25.
      const fallen = diagnosed(rank, rank, 25);
      expect(fallen.decision.phase).toBe("rank-collapse");
      expect(fallen.bulk!.bulkSize + fallen.bulk!.above).toBe(25);
    },
  );
});
