import { describe, expect, it } from "vitest";
import { normalSurvival } from "#eigenscope/numeric/index.js";
import { ASPECT_RATIOS, MISFIT_QUANTILES, POOLED, SIDES, SURVIVAL } from "#eigenscope/rmt/bulk-goodness-table.js";
import { bulkMisfit } from "#eigenscope/rmt/bulk-misfit.js";
import { edgeNull } from "#eigenscope/rmt/edge-null.js";
import { EDGE_OFFSETS, EDGE_SURVIVAL } from "#eigenscope/rmt/edge-null-table.js";
import { edgeStatistic } from "#eigenscope/rmt/edge-test.js";
import { edgeMove, fourthMoment, movedByFourthMoment, unmovedByFourthMoment } from "#eigenscope/rmt/fourth-moment.js";
import { placeInGrid } from "#eigenscope/rmt/grid.js";
import {
  type BulkFit,
  bulkGoodness,
  edgeScale,
  fitBulk,
  marchenkoPasturCdf,
  marchenkoPasturEdges,
  marchenkoPasturQuantiles,
  spectralWidth,
  testEdge,
  tracyWidomQuantile,
  tracyWidomSurvival,
} from "#eigenscope/rmt/index.js";
import { widthOverLaw } from "#eigenscope/rmt/spectral-width.js";
import { WIDTH_MOMENTS } from "#eigenscope/rmt/spectral-width-table.js";
import { spikeQuantile } from "#eigenscope/rmt/spike-quantile.js";

/** Quantiles of a bulk of `rf` N x M matrices of variance 1 and entries of that kurtosis, on the scale of W'W. */
function bulkOf({
  N,
  M,
  rf = 1,
  kurtosis = 3,
}: {
  N: number;
  M: number;
  rf?: number;
  kurtosis?: number;
}): Float64Array {
  const fourth = fourthMoment(kurtosis, { N, M });
  return marchenkoPasturQuantiles(M * rf, N / M).map((x) => N * movedByFourthMoment(x, fourth));
}

describe("the rules of fitBulk", () => {
  const shape = { N: 200, M: 100 };

  it.each([
    { rf: 1, kurtosis: 3 },
    { rf: 1, kurtosis: 6 },
    { rf: 2, kurtosis: 3 },
  ])(
    "take an eigenvalue for a spike beyond the 1 % point of the largest of $rf bulks of kurtosis $kurtosis, " +
      "not below it",
    ({ rf, kurtosis }) => {
      const values = bulkOf({ ...shape, rf, kurtosis });
      // The others tell the variance, 1: they are the quantiles of the law with one place more.
      const { centre, scale } = edgeScale(shape.N, shape.M);
      const move = shape.N * edgeMove(fourthMoment(kurtosis, shape));
      const edge = centre + move + scale * tracyWidomQuantile(0.99 ** (1 / rf));
      for (const [factor, above] of [
        [1 - 1e-6, 0],
        [1 + 1e-6, 1],
      ]) {
        values[values.length - 1] = factor * edge;
        const fit = fitBulk(values, { ...shape, rf, kurtosis })!;
        expect([fit.above, fit.bulkSize]).toEqual([above, values.length - above]);
        // It takes a row and a column of its matrix with it.
        expect(fit.N).toBe(200 - above / rf);
        expect(fit.Q).toBeCloseTo((200 - above / rf) / (100 - above / rf), 12);
      }
    },
  );

  it(
    "begin with the variance that the median implies, so that a third that fell, or that stands apart, is not " +
      "taken for the bulk",
    () => {
      const moved = (from: number, to: number, factor: number): Float64Array =>
        bulkOf(shape)
          .map((value, i) => (i >= from && i < to ? factor * value : value))
          .sort();
      // 35 of 100, which hold the lower quartile or the upper one, and not the median.
      expect(fitBulk(moved(0, 35, 0.01), shape)!.above).toBe(0);
      expect(fitBulk(moved(65, 100, 100), shape)!.above).toBe(35);
    },
  );

  it(
    "let spikes have up to half of what is above zero: a power law whose bulk keeps half has one, a steeper " +
      "one has none",
    () => {
      const law = (index: number) => Float64Array.from({ length: 100 }, (_, i) => (1 - (i + 0.5) / 100) ** -index);
      expect(fitBulk(law(1.4), { N: 800, M: 100 })!.above).toBe(50);
      expect(fitBulk(law(1.5), { N: 800, M: 100 })).toBeNull();
    },
  );

  it("need five eigenvalues, and count those at zero out of the side of each matrix", () => {
    expect(fitBulk(bulkOf({ N: 10, M: 5 }), { N: 10, M: 5 })).not.toBeNull();
    const two = Float64Array.of(...new Float64Array(40), ...bulkOf({ N: 200, M: 30, rf: 2 }));
    expect(fitBulk(two, { N: 200, M: 50, rf: 2 })).toMatchObject({
      zero: 40,
      bulkSize: 60,
      Q: 200 / 30,
      sigma2: expect.closeTo(1, 9),
    });
    // At the floor is zero, above it not.
    const values = bulkOf(shape);
    expect(fitBulk(values, { ...shape, floor: values[9] })!.zero).toBe(10);
  });

  it("move both edges, and the law that the distance is taken to, by the kurtosis", () => {
    const values = bulkOf({ ...shape, kurtosis: 6 });
    const fourth = fourthMoment(6, shape);
    const { minus, plus } = marchenkoPasturEdges({ Q: 2 });
    const fit = fitBulk(values, { ...shape, kurtosis: 6 })!;
    // Quantiles of one law, each solved to 1e-12.
    expect(fit.lambdaMinus).toBeCloseTo(200 * movedByFourthMoment(minus, fourth), 8);
    expect(fit.lambdaPlus).toBeCloseTo(200 * movedByFourthMoment(plus, fourth), 8);
    expect(fit.ks).toBeCloseTo(0.5 / 100, 9);
  });

  it("take the distance to the law on both sides of each step", () => {
    const values = bulkOf(shape);
    // Twenty at the place of the tenth, or of the thirtieth: the steps lie above the law, or below it.
    for (const place of [9, 29]) {
      const moved = values.map((value, i) => (i >= 10 && i < 30 ? values[place] : value)).sort();
      const { sigma2, ks } = fitBulk(moved, shape)!;
      const distance = Math.max(
        ...Array.from(moved, (value, i) => {
          const F = marchenkoPasturCdf(unmovedByFourthMoment(value / (200 * sigma2), fourthMoment(3, shape)), { Q: 2 });
          return Math.max(F - i / 100, (i + 1) / 100 - F);
        }),
      );
      expect(ks).toBeCloseTo(distance, 12);
      expect(ks).toBeGreaterThan(0.18);
    }
  });
});

describe("the rules of bulkGoodness", () => {
  /** A bulk of that shape whose misfit is given. */
  const bulk = (m: number, Q: number, rf: number, misfit: number): BulkFit =>
    ({ ks: (misfit * Math.log(m)) / m, bulkSize: m * rf, Q }) as BulkFit;
  const found = (m: number, Q: number, rf: number, misfit: number) => bulkGoodness(bulk(m, Q, rf, misfit), rf);
  const cell = (rf: number, Q: number, m: number) => MISFIT_QUANTILES[`${rf}/${Q}/${m}`];

  it("give the probabilities of the table at its quantiles, in units of its median, for every cell", () => {
    for (const rf of POOLED)
      for (const Q of ASPECT_RATIOS)
        for (const m of SIDES.filter((side) => cell(rf, Q, side) !== undefined)) {
          for (const [column, quantile] of cell(rf, Q, m).entries()) {
            expect(found(m, Q, rf, quantile).p).toBeCloseTo(SURVIVAL[column], 9);
            expect(found(m, Q, rf, quantile).misfit).toBeCloseTo(quantile / cell(rf, Q, m)[1], 9);
          }
        }
  });

  it("interpolate the quantiles in ln m, in 1/sqrt(Q) and in ln rf, on the right side", () => {
    const median = (m: number, Q: number, rf: number): number => 1 / found(m, Q, rf, 1).misfit;
    const mix = (a: number, b: number, share: number): number => a + share * (b - a);
    const [a, b] = [cell(1, 1, 32)[1], cell(1, 1, 64)[1]];
    expect(median(32 * 2 ** 0.25, 1, 1)).toBeCloseTo(mix(a, b, 0.25), 9);
    const share = (1 - 1 / Math.sqrt(1.3)) / (1 - 1 / Math.sqrt(2));
    expect(median(64, 1.3, 1)).toBeCloseTo(mix(b, cell(1, 2, 64)[1], share), 9);
    // In logarithms over the number of matrices; 4^0.25 = sqrt 2 of them.
    expect(median(64, 1, Math.SQRT2)).toBeCloseTo(b ** 0.75 * cell(4, 1, 64)[1] ** 0.25, 9);
  });

  it(
    "interpolate ln p between quantiles, go on so beyond the last down to 1e-6, and have a log-normal law " +
      "below the first",
    () => {
      const row = cell(1, 2, 128);
      const at = (misfit: number) => found(128, 2, 1, misfit).p;
      expect(at(row[4] + 0.25 * (row[5] - row[4]))).toBeCloseTo(0.05 ** 0.75 * 0.025 ** 0.25, 9);
      expect(at(row[8] + (row[8] - row[7]))).toBeCloseTo(0.002 * (0.002 / 0.005), 9);
      expect(at(5)).toBe(1e-6);
      // The quarter of the normal law is at 0.6745 deviations: twice as far down lies its survival at -1.349.
      expect(at(row[1] * (row[0] / row[1]) ** 2)).toBeCloseTo(normalSurvival(-2 * 0.6744897501960817), 9);
    },
  );

  it("take the misfit in units of ln m/m of one matrix, and of 1/m below e", () => {
    expect(bulkMisfit({ ks: 0.02, bulkSize: 300 }, 3)).toBeCloseTo((0.02 * 100) / Math.log(100), 12);
    expect(bulkMisfit({ ks: 0.5, bulkSize: 4 }, 2)).toBe(1);
  });
});

describe("the rules of a table", () => {
  it("have the place of a value between two cells, ascending or descending, and the nearest end beyond them", () => {
    const places = (grid: readonly number[], values: readonly number[]) => values.map((x) => placeInGrid(grid, x));
    const ends = [
      { index: 0, share: 0 },
      { index: 0, share: 0.25 },
      { index: 1, share: 0.5 },
      { index: 1, share: 1 },
    ];
    expect(places([1, 3, 4], [0, 1.5, 3.5, 9])).toEqual(ends);
    expect(places([4, 3, 1], [9, 3.75, 2, 0])).toEqual(ends);
  });
});

describe("the rules of the edge", () => {
  it("have Johnstone's centre and scale of sides less a half", () => {
    // Roots 3 and 2: (3 + 2)^2 and (3 + 2) (1/3 + 1/2)^(1/3).
    const { centre, scale } = edgeScale(9.5, 4.5);
    expect([centre, scale]).toEqual([expect.closeTo(25, 12), expect.closeTo(5 * (5 / 6) ** (1 / 3), 12)]);
    expect(() => edgeScale(5, 0.5)).toThrow("N and M must be at least 1, got 5 and 0.5");
  });

  it.each([
    ["1/1/64", { M: 64, Q: 1, rf: 1 }],
    ["4/2/32", { M: 32, Q: 2, rf: 4 }],
    ["1/10/16", { M: 16, Q: 10, rf: 1 }],
  ])(
    "bring the statistic to the law by the offsets of the table at %s, by slope 1 beyond its ends, and back",
    (key, cell) => {
      const raw = EDGE_OFFSETS[key].map((offset, column) => spikeQuantile(EDGE_SURVIVAL[column], cell.rf) - offset);
      for (const [column, value] of raw.entries()) {
        const quantile = spikeQuantile(EDGE_SURVIVAL[column], cell.rf);
        expect(edgeNull(cell).toTracyWidom(value)).toBeCloseTo(quantile, 9);
        expect(edgeNull(cell).fromTracyWidom(quantile)).toBeCloseTo(value, 9);
      }
      const last = raw.length - 1;
      for (const [end, beyond] of [
        [raw[0], raw[0] - 3],
        [raw[last], raw[last] + 3],
      ])
        expect(edgeNull(cell).toTracyWidom(beyond) - edgeNull(cell).toTracyWidom(end)).toBeCloseTo(beyond - end, 9);
      const inner = raw[2] + 0.25 * (raw[3] - raw[2]);
      const [a, b] = [edgeNull(cell).toTracyWidom(raw[2]), edgeNull(cell).toTracyWidom(raw[3])];
      expect(edgeNull(cell).toTracyWidom(inner)).toBeCloseTo(a + 0.25 * (b - a), 9);
    },
  );

  it("rest on a table whose offsets leave the quantiles of the raw statistic in their order in every cell", () => {
    for (const [key, offsets] of Object.entries(EDGE_OFFSETS)) {
      const rf = Number(key.split("/")[0]);
      const raw = offsets.map((offset, column) => spikeQuantile(EDGE_SURVIVAL[column], rf) - offset);
      for (let column = 1; column < raw.length; column++)
        expect(raw[column] - raw[column - 1], key).toBeGreaterThan(0.1);
    }
  });

  it("interpolate the offsets in ln M and in 1/sqrt(Q), on the right side", () => {
    const column = 5;
    const quantile = spikeQuantile(EDGE_SURVIVAL[column], 1);
    const offset = (M: number, Q: number): number => quantile - edgeNull({ M, Q, rf: 1 }).fromTracyWidom(quantile);
    const at = (key: string): number => EDGE_OFFSETS[key][column];
    expect(offset(32 * 2 ** 0.25, 1)).toBeCloseTo(0.75 * at("1/1/32") + 0.25 * at("1/1/64"), 9);
    const share = (1 - 1 / Math.sqrt(1.3)) / (1 - 1 / Math.sqrt(2));
    expect(offset(64, 1.3)).toBeCloseTo((1 - share) * at("1/1/64") + share * at("1/2/64"), 9);
  });

  it("test the largest of several matrices by the side of one of them, and its p by all", () => {
    const [shape, rf] = [{ N: 80, M: 40 }, 9];
    const values = bulkOf({ ...shape, rf });
    const { centre, scale } = edgeScale(80, 40);
    values[values.length - 1] = centre + 1.5 * scale;
    const bulk = fitBulk(values, { ...shape, rf })!;
    const edge = testEdge(values, bulk, { rf });
    expect(edge.statistic).toBeCloseTo(
      edgeNull({ M: 40, Q: bulk.Q, rf }).toTracyWidom(edgeStatistic(values[values.length - 1], bulk)),
      12,
    );
    expect(edge.statistic).not.toBeCloseTo(
      edgeNull({ M: 360, Q: bulk.Q, rf }).toTracyWidom(edgeStatistic(values[values.length - 1], bulk)),
      2,
    );
    expect(edge.p).toBeCloseTo(1 - (1 - tracyWidomSurvival(edge.statistic)) ** rf, 12);
  });
});

describe("the rules of spectralWidth", () => {
  const cell = (Q: number, M: number) => WIDTH_MOMENTS[`${Q}/${M}`];
  const moments = (N: number, M: number) => {
    const values = bulkOf({ N, M });
    const { ratio, error } = spectralWidth([values], { N, M })!;
    // ratio = width/mean, error = deviation/mean.
    const mean = widthOverLaw(values, { N, M }) / ratio;
    return [M * (mean - 1), M * mean * error];
  };

  it("have the mean and the deviation of the table at its cells, and between them by ln M and by 1/sqrt(Q)", () => {
    for (const [Q, M] of [
      [1, 64],
      [2, 128],
      [10, 512],
    ])
      for (const [k, value] of moments(Q * M, M).entries()) expect(value).toBeCloseTo(cell(Q, M)[k], 8);
    const share = Math.log(80 / 64) / Math.log(2);
    for (const [k, value] of moments(160, 80).entries())
      expect(value).toBeCloseTo((1 - share) * cell(2, 64)[k] + share * cell(2, 128)[k], 8);
    const part = (1 - 1 / Math.sqrt(1.25)) / (1 - 1 / Math.sqrt(2));
    for (const [k, value] of moments(80, 64).entries())
      expect(value).toBeCloseTo((1 - part) * cell(1, 64)[k] + part * cell(2, 64)[k], 8);
  });

  it("take the middle between the 10 % and 90 % quantiles, over the median, of ascending mid-points", () => {
    // 1 ... 100: the quantiles at 0.1, 0.5 and 0.9 lie at 10.5, 50.5 and 90.5.
    const values = Float64Array.from({ length: 100 }, (_, i) => i + 1);
    const law = (p: number): number => {
      const quantiles = marchenkoPasturQuantiles(1000, 2);
      return (quantiles[Math.round(1000 * p) - 1] + quantiles[Math.round(1000 * p)]) / 2;
    };
    // The mean of two neighbours among a thousand quantiles is the one between them to 1e-5.
    expect(widthOverLaw(values, { N: 200, M: 100 })).toBeCloseTo(80 / 50.5 / ((law(0.9) - law(0.1)) / law(0.5)), 4);
  });

  it("are the mean over matrices, its error 1/sqrt of their number, p the chance of a narrower one", () => {
    const values = bulkOf({ N: 200, M: 100 });
    const narrow = values.map((value) => 200 + 0.5 * (value - 200));
    const [one, other] = [values, narrow].map((slice) => spectralWidth([slice], { N: 200, M: 100 })!);
    const both = spectralWidth([values, narrow], { N: 200, M: 100 })!;
    expect(both.ratio).toBeCloseTo((one.ratio + other.ratio) / 2, 12);
    expect(both.error).toBeCloseTo(one.error / Math.SQRT2, 12);
    expect(other.p).toBeLessThan(1e-6);
    expect(one.p).toBeCloseTo(normalSurvival((1 - one.ratio) / one.error), 12);
    const wide = spectralWidth([values.map((value) => 200 + 1.5 * (value - 200))], { N: 200, M: 100 })!;
    expect(wide.p).toBeGreaterThan(1 - 1e-6);
  });

  it("reckon with the kurtosis of the entries", () => {
    const values = bulkOf({ N: 200, M: 100, kurtosis: 6 });
    const plain = spectralWidth([bulkOf({ N: 200, M: 100 })], { N: 200, M: 100 })!.ratio;
    expect(spectralWidth([values], { N: 200, M: 100, kurtosis: 6 })!.ratio).toBeCloseTo(plain, 2);
    expect(spectralWidth([values], { N: 200, M: 100 })!.ratio).toBeGreaterThan(plain + 0.015);
  });
});
