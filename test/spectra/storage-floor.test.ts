import { describe, expect, it } from "vitest";
import { createRng, normalQuantile, normalSampler } from "#eigenscope/numeric/index.js";
import { pareto } from "#eigenscope/rmt/index.js";
import { entryCensus } from "#eigenscope/spectra/entry-statistics.js";
import { type EntryStatistics, storageFloor } from "#eigenscope/spectra/index.js";
import { spectrumOf } from "../spectrum-of.js";

const eigenvalues = Float64Array.of(1, 2, 3, 6);
const plain = { eigenvalues, M: 4, Q: 4, rf: 1 };

function statisticsOf(values: Float64Array, rows: number, cols: number): EntryStatistics {
  const census = entryCensus({ rows, cols });
  census.takeRows(values);
  return census.statistics();
}

describe("storageFloor", () => {
  it.each([
    ["F64", 64, 2 ** -53],
    ["F32", 32, 2 ** -24],
    ["F16", 16, 2 ** -11],
    ["BF16", 16, 2 ** -8],
    ["F8_E4M3", 8, 2 ** -4],
    ["F8_E5M2", 8, 2 ** -3],
    ["uint8-affine", 8, 4 / 2 ** 8],
    ["Q4_K", 4, 4 / 2 ** 4],
  ])("of %s is trace/M u^2/3 (1 + 1/sqrt(Q))^2 with its roundoff", (dtype, storedBits, roundoff) => {
    expect(storageFloor(plain, { dtype, storedBits })).toBeCloseTo(3 * (roundoff ** 2 / 3) * 1.5 ** 2, 25);
    expect(storageFloor(plain, { dtype, storedBits }) / (3 * (roundoff ** 2 / 3) * 1.5 ** 2)).toBeCloseTo(1, 12);
  });

  it("is per matrix: of two pooled ones half the trace counts", () => {
    const type = { dtype: "BF16", storedBits: 16 };
    expect(storageFloor({ ...plain, rf: 2 }, type)).toBeCloseTo(storageFloor(plain, type) / 2, 15);
  });

  it("is the same with the statistics of normal entries, in float types", () => {
    const entries = statisticsOf(Float64Array.from({ length: 1000 }, normalSampler(createRng(1))), 50, 20);
    const type = { dtype: "BF16", storedBits: 16 };
    expect(storageFloor({ ...plain, entries }, type)).toBe(storageFloor(plain, type));
  });

  it("is not set by one giant entry: the median of |w| bounds the mean square that counts", () => {
    const values = Float64Array.from({ length: 1000 }, normalSampler(createRng(1)));
    const type = { dtype: "BF16", storedBits: 16 };
    const floorWith = (giant: number): number => {
      values[0] = giant;
      const entries = statisticsOf(values, 50, 20);
      return storageFloor({ ...plain, entries }, type) / storageFloor(plain, type);
    };
    // Mean square 1 + giant^2/1000 against 16: below it nothing changes, above it the floor falls with the giant.
    expect(floorWith(110)).toBe(1);
    expect(floorWith(1000)).toBeCloseTo(16 / 1001, 2);
    expect(floorWith(1e6) * 1e9).toBeCloseTo(16, -1);
  });

  /** Entries of mean square 1 with that median of |w| and that largest. */
  const entriesOf = (medianAbs: number | null, maxAbs = 100, meanSquare = 1): EntryStatistics => ({
    count: 16,
    zeros: 0,
    mean: 0,
    meanSquare,
    kurtosis: 3,
    maxAbs,
    medianAbs,
    liveRows: [4],
    liveColumns: [4],
  });
  /** The standard normal quantile at 3/4: the median of |w| of normal entries of mean square 1. */
  const NORMAL_MEDIAN = normalQuantile(0.75);
  const over = (entries: EntryStatistics, type = { dtype: "BF16", storedBits: 16 }): number =>
    storageFloor({ ...plain, entries }, type) / storageFloor(plain, type);

  it("counts a mean square up to 16 times that of normal entries of that median, and of a larger one so much", () => {
    // A quarter of the median of normal entries is a sixteenth of their mean square.
    expect(over(entriesOf(0.2501 * NORMAL_MEDIAN))).toBe(1);
    // 1.482602 is 1/0.67449 to seven digits.
    expect(over(entriesOf(0.2 * NORMAL_MEDIAN))).toBeCloseTo(16 * 0.2 ** 2, 6);
  });

  it("takes 8 bits to span what the entries span in deviations of those that are no giants", () => {
    const type = { dtype: "uint8-affine", storedBits: 8 };
    // Largest entry 1.5, typical mean square 0.64, so that the range is 3/0.8 = 3.75 deviations, not 3.
    expect(over(entriesOf(0.2 * NORMAL_MEDIAN, 1.5), type)).toBeCloseTo(0.64 * (3.75 / 8) ** 2, 6);
  });

  it(
    "knows nothing of giants where no entry has a size: a zero matrix has no floor, one of unknown median that " +
      "of all",
    () => {
      expect(over(entriesOf(null, 1))).toBe(1);
      const zeros = { ...plain, eigenvalues: new Float64Array(4), entries: entriesOf(0, 0, 0) };
      for (const dtype of ["BF16", "uint8-affine"]) expect(storageFloor(zeros, { dtype, storedBits: 8 })).toBe(0);
    },
  );

  it("lies below the spectrum of independent Pareto entries with mu 0.6, which it took for a collapse", () => {
    const shape = { N: 300, M: 150 };
    for (const seed of [1, 2, 3, 4]) {
      const W = pareto(shape, 0.6, createRng(seed));
      const spectrum = spectrumOf(W, shape);
      const type = { dtype: "F32", storedBits: 32 };
      const share = (floor: number): number => spectrum.eigenvalues.filter((value) => value <= floor).length / shape.M;
      const { entries: _, ...without } = { entries: undefined, ...spectrum };
      expect(share(storageFloor({ ...without, entries: statisticsOf(W, 300, 150) }, type))).toBeLessThan(0.01);
    }
  });

  it("takes 8 bits to span what the entries span: uniform ones less than eight deviations", () => {
    const rng = createRng(2);
    const entries = statisticsOf(
      Float64Array.from({ length: 4000 }, () => rng() - 0.5),
      200,
      20,
    );
    const type = { dtype: "uint8-affine", storedBits: 8 };
    expect(storageFloor({ ...plain, entries }, type) / storageFloor(plain, type)).toBeCloseTo(
      ((2 * Math.sqrt(3)) / 8) ** 2,
      2,
    );
    // A range of ten deviations counts as eight: groups have steps of their own.
    const wide = statisticsOf(
      Float64Array.from({ length: 4000 }, (_, i) => (i === 7 ? 5 : Math.sin(i) * Math.SQRT2)),
      200,
      20,
    );
    expect(storageFloor({ ...plain, entries: wide }, type)).toBe(storageFloor(plain, type));
  });
});
