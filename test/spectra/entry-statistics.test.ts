import { describe, expect, it } from "vitest";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { entryCensus } from "#eigenscope/spectra/entry-statistics.js";
import { type EntryStatistics, poolSpectrum } from "#eigenscope/spectra/index.js";

type Values = Float32Array | Float64Array;

function statisticsOf(values: Values, rows: number, cols: number, rowsAtOnce = rows): EntryStatistics {
  const census = entryCensus({ rows, cols });
  const height = rows * cols;
  for (let matrix = 0; matrix < values.length; matrix += height) {
    for (let row = 0; row < rows; row += rowsAtOnce) {
      const to = Math.min(row + rowsAtOnce, rows);
      census.takeRows(values.slice(matrix + row * cols, matrix + to * cols));
    }
  }
  return census.statistics();
}

const gaussian = (count: number, seed = 1): Float64Array =>
  Float64Array.from({ length: count }, normalSampler(createRng(seed)));

describe("the statistics of the entries", () => {
  it("are those of the definitions on a matrix small enough to check by hand", () => {
    // Row 1 and column 2 are dead: 2 x 2 entries live, 1, -2, 2, 3.
    const found = statisticsOf(Float64Array.of(1, -2, 0, 0, 0, 0, 2, 3, 0), 3, 3);
    expect(found).toMatchObject({
      count: 9,
      zeros: 5,
      mean: 4 / 9,
      meanSquare: 18 / 9,
      maxAbs: 3,
      liveRows: [2],
      liveColumns: [2],
    });
    expect(found.kurtosis).toBeCloseTo((1 + 16 + 16 + 81) / 4 / (18 / 4) ** 2, 14);
  });

  it("name rows and columns by the longer and the shorter side, whichever way the matrix is stored", () => {
    const tall = Float64Array.of(1, 0, 0, 0, 2, 0, 3, 0);
    expect(statisticsOf(tall, 4, 2)).toMatchObject({ liveRows: [3], liveColumns: [1] });
    const wide = Float64Array.of(1, 0, 2, 3, 0, 0, 0, 0);
    expect(statisticsOf(wide, 2, 4)).toMatchObject({ liveRows: [3], liveColumns: [1] });
  });

  it.each(["tall", "wide"])(
    "count rows of the longer side of a %s matrix as dead whose squared norm is below 3e-4 of a live one's",
    (way) => {
      const faded = (share: number): EntryStatistics => {
        const values = Float64Array.from({ length: 40 * 5 }, (_, k) => {
          const [i, j] = way === "tall" ? [Math.floor(k / 5), k % 5] : [k % 40, Math.floor(k / 40)];
          return (i % 4 === 1 ? Math.sqrt(share) : 1) * (j + 1);
        });
        return way === "tall" ? statisticsOf(values, 40, 5, 3) : statisticsOf(values, 5, 40, 2);
      };
      expect(faded(2.9e-4)).toMatchObject({ liveRows: [30], liveColumns: [5] });
      expect(faded(3.1e-4)).toMatchObject({ liveRows: [40], liveColumns: [5] });
      // Rows of zeros are none of those that the quartile is taken of.
      expect(faded(0)).toMatchObject({ liveRows: [30], liveColumns: [5] });
    },
  );

  it("count a row as dead where the next larger squared norm is 30 times its own, not where it is 29.9 times", () => {
    const live = (gap: number): readonly number[] => {
      const squares = [1e-6, gap * 1e-6, 8.7e-4, 0.02, 0.5, ...new Array<number>(20).fill(1)];
      return statisticsOf(
        Float64Array.from({ length: 2 * squares.length }, (_, k) => (k % 2 === 1 ? 0 : Math.sqrt(squares[k / 2]))),
        squares.length,
        2,
      ).liveRows;
    };
    expect(live(30.1)).toEqual([24]);
    expect(live(29.9)).toEqual([25]);
  });

  it("count the rows of very heavy entries as live, however far apart", () => {
    const rng = createRng(5);
    const pareto = Float64Array.from({ length: 300 * 60 }, () => (1 - rng()) ** -2);
    expect(statisticsOf(pareto, 300, 60).liveRows[0]).toBe(300);
  });

  it("count a column as live that any row holds, where no row is full", () => {
    expect(statisticsOf(Float64Array.of(1, 0, 0, 0, 0, 1), 2, 3)).toMatchObject({ liveRows: [2], liveColumns: [2] });
    expect(statisticsOf(Float64Array.of(0, 1, 0, 0, 1, 0), 3, 2)).toMatchObject({ liveRows: [2], liveColumns: [2] });
  });

  it("do not depend on how the rows are cut into blocks", () => {
    const values = gaussian(30 * 7).map((value, i) => (i % 5 === 0 ? 0 : value));
    const whole = statisticsOf(values, 30, 7);
    for (const rowsAtOnce of [1, 4, 29]) {
      expect(statisticsOf(values, 30, 7, rowsAtOnce)).toEqual(whole);
    }
  });

  it("know the kurtosis of the laws: 3 Gaussian, 1.8 uniform, 6 Laplace, and 3/p where a share p is kept", () => {
    const rng = createRng(3);
    const n = 200_000;
    // Four standard errors of each at 200,000 entries: sqrt(var(w^4))/n^(1/2) over E w^4 is at most 0.015 for Laplace.
    expect(statisticsOf(gaussian(n), n / 100, 100).kurtosis).toBeCloseTo(3, 1);
    expect(
      statisticsOf(
        Float64Array.from({ length: n }, () => rng() - 0.5),
        n / 100,
        100,
      ).kurtosis,
    ).toBeCloseTo(1.8, 1);
    const laplace = Float64Array.from({ length: n }, () => (rng() < 0.5 ? 1 : -1) * Math.log(1 - rng()));
    expect(Math.abs((statisticsOf(laplace, n / 100, 100).kurtosis as number) - 6)).toBeLessThan(0.36);
    const pruned = gaussian(n).map((value) => (rng() < 0.1 ? value : 0));
    expect(Math.abs((statisticsOf(pruned, n / 100, 100).kurtosis as number) - 30)).toBeLessThan(1);
  });

  it("of a stack take the kurtosis within each matrix: different scales are not heavy tails", () => {
    const values = gaussian(2 * 400 * 50).map((value, i) => (i < 400 * 50 ? value : 1000 * value));
    const found = statisticsOf(values, 400, 50);
    expect(found.kurtosis).toBeCloseTo(3, 0);
    expect(found).toMatchObject({ liveRows: [400, 400], liveColumns: [50, 50] });
  });

  it("leave matrices of zeros out of the kurtosis and say null where nothing lives", () => {
    const half = Float64Array.of(0, 0, 0, 0, 1, 2, 3, 4);
    expect(statisticsOf(half, 2, 2).kurtosis).toBeCloseTo(statisticsOf(half.slice(4), 2, 2).kurtosis as number, 14);
    expect(statisticsOf(new Float64Array(4), 2, 2)).toMatchObject({
      zeros: 4,
      kurtosis: null,
      medianAbs: null,
      liveRows: [0],
      liveColumns: [0],
    });
  });

  it.each([1e-160, 1e-90, 1, 1e90, 1e150])(
    "keep the kurtosis of entries of size %g, whose fourth powers leave the range",
    (scale) => {
      const values = gaussian(5000).map((value) => value * scale);
      const unit = statisticsOf(gaussian(5000), 100, 50);
      const found = statisticsOf(values, 100, 50, 3);
      expect(found.kurtosis).toBeCloseTo(unit.kurtosis as number, 12);
      expect((found.medianAbs as number) / scale / (unit.medianAbs as number)).toBeCloseTo(1, 1);
    },
  );

  it("keep the moments where a giant comes late or first, at any scale", () => {
    for (const at of [0, 4999]) {
      const values = gaussian(5000).map((value, i) => (i === at ? 1e140 : value));
      // One entry carries it all: E w^4/(E w^2)^2 = n.
      expect(statisticsOf(values, 100, 50, 1).kurtosis).toBeCloseTo(5000, 6);
    }
  });

  it.each([
    ["f64", (values: Float64Array): Values => values],
    ["f32", (values: Float64Array): Values => Float32Array.from(values)],
  ])("have the median of |w| of %s, giants and zeros apart", (_, as) => {
    const values = gaussian(40_000).map((value, i) => (i % 4 === 0 ? 0 : i % 1000 === 1 ? 1e12 : value));
    const sorted = [...values]
      .map(Math.abs)
      .filter((value) => value > 0)
      .sort((a, b) => a - b);
    const median = sorted[sorted.length >> 1];
    const found = statisticsOf(as(values), 400, 100);
    // Bins are a quarter of a factor of 2; by proportion within them the median is good to about a per cent.
    expect(Math.abs((found.medianAbs as number) / median - 1)).toBeLessThan(0.02);
    expect(found.zeros).toBe(10_000);
  });

  it("of f32 count a negative zero as a zero", () => {
    expect(statisticsOf(Float32Array.of(-0, 1, 1, 1), 2, 2)).toMatchObject({
      zeros: 1,
      medianAbs: expect.closeTo(1, 0),
    });
  });

  it("count live rows and columns of each matrix by itself", () => {
    // Tall, no row full: the second matrix lacks a column that the first has. Wide: a row of the longer side.
    expect(statisticsOf(Float64Array.of(1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0), 3, 2)).toMatchObject({
      liveRows: [2, 2],
      liveColumns: [2, 1],
    });
    expect(statisticsOf(Float64Array.of(1, 2, 3, 1, 1, 1, 1, 0, 3, 1, 0, 1), 2, 3)).toMatchObject({
      liveRows: [3, 2],
      liveColumns: [2, 2],
    });
  });

  it("of a stack of f32 and f64 have one median of |w|, zeros of both apart", () => {
    const census = entryCensus({ rows: 2, cols: 4 });
    census.takeRows(Float32Array.of(0, 1, 1, 1));
    census.takeRows(Float64Array.of(0, 0, 1, -1));
    expect(census.statistics()).toMatchObject({ count: 8, zeros: 3, medianAbs: expect.closeTo(1.125, 12) });
  });

  it("have the median of |w| of numbers that f32 does not hold", () => {
    for (const scale of [1e-300, 1e300])
      expect(
        (statisticsOf(
          gaussian(1000).map((w) => w * scale),
          50,
          20,
        ).medianAbs ?? 0) / scale,
      ).toBeCloseTo(0.67, 1);
  });

  it("travel in the spectrum, and are absent where the spectra came without weights", () => {
    const solved = {
      eigenvalues: Float64Array.of(1, 2),
      resolvedFloor: Float64Array.of(0),
      route: ["gram"],
      precision: ["f64"],
    } as const;
    expect("entries" in poolSpectrum({ count: 1, rows: 3, cols: 2 }, solved)).toBe(false);
    const entries = statisticsOf(gaussian(6), 3, 2);
    expect(poolSpectrum({ count: 1, rows: 3, cols: 2 }, { ...solved, entries }, 0.5).entries).toBe(entries);
  });
});
