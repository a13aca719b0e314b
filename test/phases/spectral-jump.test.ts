import { describe, expect, it } from "vitest";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { spectralJump } from "#eigenscope/phases/spectral-jump.js";
import { bulkGoodness, fitBulk, marchenkoPasturQuantiles, wishartSpectrum } from "#eigenscope/rmt/index.js";
import { spectrumOf } from "../spectrum-of.js";

const sliced = (values: Float64Array, N: number) => ({ slices: [values], N, M: values.length });

/** Rank r of 300 x 150 with noise of that relative size. */
function lowRank(rank: number, noise: number, seed: number): Float64Array {
  const normal = normalSampler(createRng(seed));
  const [N, M] = [300, 150];
  const A = Float64Array.from({ length: N * rank }, normal);
  const B = Float64Array.from({ length: rank * M }, normal);
  const W = Float64Array.from({ length: N * M }, () => noise * Math.sqrt(rank) * normal());
  for (let i = 0; i < N; i++)
    for (let k = 0; k < rank; k++) for (let j = 0; j < M; j++) W[i * M + j] += A[i * rank + k] * B[k * M + j];
  return spectrumOf(W, { N, M }).eigenvalues;
}

describe("spectralJump", () => {
  it.each([1e-8, 1e-4, 1e-2])("finds the lost directions of a matrix of rank 30 of 150 under noise of %g", (noise) => {
    const found = spectralJump(sliced(lowRank(30, noise, 3), 300), { floor: 0 })!;
    expect(found.decades).toBeGreaterThan(1.5);
    expect(found.below).toBe(0.8);
    expect(found.weight).toBeLessThan(0.01);
  });

  it("has none in a true bulk, square ones too", () => {
    for (const [N, M] of [
      [300, 150],
      [150, 150],
      [100, 100],
    ]) {
      for (const seed of [1, 2, 3])
        expect(spectralJump(sliced(wishartSpectrum({ N, M }, createRng(seed)), N), { floor: 0 })!.decades).toBeLessThan(
          0.7,
        );
    }
  });

  it("is 0 in the law itself, and as many decades as were added to those of the law", () => {
    const N = 100;
    // A square law has jumps of its own near zero: (4.5/3.5)^2, 0.22 decades, at the fifth of 100.
    const law = marchenkoPasturQuantiles(N, 1);
    expect(Math.log10(law[4] / law[3])).toBeGreaterThan(0.2);
    // Quantiles of one law, each solved to 1e-12.
    expect(Math.abs(spectralJump(sliced(law, N), { floor: 0 })!.decades)).toBeLessThan(1e-9);
    const fallen = law.map((value, i) => (i < 4 ? 1e-3 * value : value));
    expect(spectralJump(sliced(fallen, N), { floor: 0 })).toMatchObject({ below: 0.04, decades: expect.closeTo(3, 9) });
  });

  it("of half a decade or more has a misfit, and a smaller one has none", () => {
    const jump = (decades: number) =>
      spectralJump(
        sliced(
          marchenkoPasturQuantiles(100, 2).map((value, i) => (i < 60 ? 10 ** -decades * value : value)),
          200,
        ),
        { floor: 0 },
      )!;
    expect(jump(0.49)).toMatchObject({ below: 0.6, decades: expect.closeTo(0.49, 9), misfit: null });
    expect(jump(0.51)).toMatchObject({ below: 0.6, decades: expect.closeTo(0.51, 9), misfit: expect.any(Number) });
  });

  it("tells where the part below is a bulk of its own with weight: strong signals on noise", () => {
    const found = spectralJump(sliced(lowRank(12, 0.3, 5), 300), { floor: 0 })!;
    expect(found.weight).toBeGreaterThan(0.01);
    expect(found.misfit).toBeLessThan(1.7);
  });

  it("counts zeros as the floor, and is null where all lie there", () => {
    const half = Float64Array.from({ length: 100 }, (_, i) => (i < 50 ? 0 : 1 + i));
    expect(spectralJump(sliced(half, 200), { floor: 1e-6 })!).toMatchObject({
      below: 0.5,
      weight: 0,
      decades: expect.closeTo(Math.log10(51e6), 0),
    });
    expect(spectralJump(sliced(half, 200), { floor: 1e3 })).toBeNull();
  });

  it("looks for it where at least 4 % lie on each side and not among the uppermost", () => {
    const at = (place: number): number =>
      spectralJump(
        sliced(
          wishartSpectrum({ N: 400, M: 100 }, createRng(1)).map((value, i) => (i < place ? 1e-6 * value : value)),
          400,
        ),
        { floor: 0 },
      )!.decades;
    expect([3, 4, 96, 97].map((place) => at(place) > 5)).toEqual([false, true, true, false]);
    // 4 % of 110 are 4.4: five at least.
    const law = marchenkoPasturQuantiles(110, 2);
    const fallen = (place: number) => law.map((value, i) => (i < place ? 1e-6 * value : value));
    const found = [4, 5, 105, 106].map((place) => spectralJump(sliced(fallen(place), 220), { floor: 0 })!.decades);
    expect(found.map((decades) => decades > 5)).toEqual([false, true, true, false]);
  });

  it("into an exact zero is as high as f64 shows in W itself, 104 bits below the largest", () => {
    const half = Float64Array.from({ length: 100 }, (_, i) => (i < 50 ? 0 : 8));
    const law = marchenkoPasturQuantiles(100, 2);
    expect(spectralJump(sliced(half, 200), { floor: 0 })!.decades).toBeCloseTo(
      104 * Math.log10(2) - Math.log10(law[50] / law[49]),
      9,
    );
  });

  it(
    "has the weight and the misfit of what lies below, as the bulk of a matrix without the rows of what lies " +
      "above",
    () => {
      const values = wishartSpectrum({ N: 200, M: 100 }, createRng(2)).map((value, i) =>
        i < 60 ? value : 1e4 * value,
      );
      const lower = values.subarray(0, 60);
      const sum = (part: Float64Array): number => part.reduce((total, value) => total + value, 0);
      const found = spectralJump(sliced(values, 200), { floor: 1e-9 })!;
      expect(found.below).toBe(0.6);
      expect(found.weight).toBeCloseTo(sum(lower) / sum(values), 12);
      expect(found.misfit).toBe(bulkGoodness(fitBulk(lower, { N: 160, M: 60, floor: 1e-9 })!).misfit);
    },
  );

  it("of several matrices is the mean of theirs, without a misfit where one of them has none", () => {
    const fallen = (place: number) =>
      wishartSpectrum({ N: 200, M: 100 }, createRng(3)).map((value, i) => (i < place ? 1e-4 * value : value));
    const found = (places: readonly number[]) =>
      spectralJump({ slices: places.map(fallen), N: 200, M: 100 }, { floor: 0 })!;
    const [few, half, most] = [[4], [50], [80]].map(found);
    // Four eigenvalues are no bulk.
    expect([few.misfit, half.misfit === null, most.misfit === null]).toEqual([null, false, false]);
    for (const field of ["decades", "below", "weight", "misfit"] as const)
      expect(found([50, 80])[field]).toBeCloseTo((half[field]! + most[field]!) / 2, 12);
    expect(found([50, 4])).toMatchObject({ below: 0.27, misfit: null });
  });

  it("needs 16 eigenvalues, and looks at as many as the matrix has rank by construction", () => {
    const values = wishartSpectrum({ N: 60, M: 30 }, createRng(1)).map((value, i) => (i < 14 ? 1e-12 : value));
    expect(spectralJump(sliced(values, 60), { floor: 0 })!.decades).toBeGreaterThan(5);
    expect(spectralJump(sliced(values, 60), { floor: 0, rank: 16 })!.decades).toBeLessThan(1);
    expect(spectralJump(sliced(values, 60), { floor: 0, rank: 15 })).toBeNull();
  });
});
