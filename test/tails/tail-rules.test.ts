import { describe, expect, it } from "vitest";
import { ASPECT_RATIOS, BULK_INDICES, SHARES, SIDES } from "#eigenscope/tails/bulk-tail-index-table.js";
import { standardExponential } from "#eigenscope/tails/generalised-pareto.js";
import {
  alphaInterval,
  bulkTailIndex,
  compareTailLaws,
  fitGeneralisedPareto,
  fitPowerLaw,
  powerLawP,
  tailIndex,
  tailIndexAbove,
} from "#eigenscope/tails/index.js";
import { DISTANCE_SURVIVAL, DISTANCES, ERRORS, TAILS } from "#eigenscope/tails/power-law-pivots-table.js";
import { firstCloseCandidate, scanPowerLaw } from "#eigenscope/tails/power-law-scan.js";
import { scaleFreeTail } from "#eigenscope/tails/scale-free-tail.js";
import { EXCESSES, LEVELS, RAW_QUANTILES, SHAPES } from "#eigenscope/tails/tail-index-table.js";
import { pareto, sample } from "./samples.js";

/** Mid-point quantiles of the generalised Pareto law of scale 1. */
function points(xi: number, n: number): Float64Array {
  const quantile = (p: number): number => (xi === 0 ? -Math.log1p(-p) : Math.expm1(-xi * Math.log1p(-p)) / xi);
  return Float64Array.from({ length: n }, (_, i) => quantile((i + 0.5) / n));
}
const together = (...groups: readonly ArrayLike<number>[]): Float64Array =>
  Float64Array.from(groups.flatMap((group) => Array.from(group))).sort();
const mix = (a: number, b: number, share: number): number => a + share * (b - a);

describe("the rules of tailIndex", () => {
  it.each([
    [false, 0.1],
    [true, 0.001],
  ])("independent %s: part off a value whose gap has p below %d, not above", (independent, level) => {
    const base = points(-0.5, 199);
    const k = 40;
    const found = (top: number) => tailIndex(together(base, [top]), { k, independent })!;
    /** P(the widest of k normalised spacings of exponential values is as wide), from the fit of all k. */
    const p = (top: number): number => {
      const values = together(base, [top]);
      const excesses = values.slice(-k).map((value) => value - values[values.length - k - 1]);
      const fit = fitGeneralisedPareto(excesses)!;
      const E = [0, ...Array.from(excesses, (y) => standardExponential(fit, y))];
      const widest = Math.max(...excesses.map((_, i) => (k - i) * (E[i + 1] - E[i])));
      return 1 - (1 - Math.exp(-widest)) ** k;
    };
    let [low, high] = [base[198] + 0.01, 1e6];
    expect([found(low).dropped, found(high).dropped]).toEqual([0, 1]);
    for (let step = 0; step < 60; step++) {
      const middle = Math.sqrt(low * high);
      if (found(middle).dropped === 0) low = middle;
      else high = middle;
    }
    // 1 - (1 - x)^k loses the digits of x.
    expect(p(low)).toBeCloseTo(level, 9);
  });

  it("take a group alone that holds half of the tail and eight excesses, and leave out a smaller one", () => {
    const found = (group: number, n: number, k: number) => {
      const upper = points(-0.5, group).map((value) => 20 + value);
      return tailIndex(together(points(-0.5, n - group), upper), { k })!;
    };
    expect(found(25, 250, 50)).toMatchObject({ k: 24, dropped: 0, applies: true });
    expect(found(24, 250, 50)).toMatchObject({ k: 50, dropped: 24, applies: true });
    expect(found(9, 80, 16)).toMatchObject({ k: 8, dropped: 0, applies: true });
    expect(found(8, 80, 16)).toMatchObject({ k: 16, dropped: 8, applies: true });
  });

  it("move k three times, and say of a fourth gap how many lie above it", () => {
    const found = (sizes: readonly number[], factor: number) => {
      const groups = sizes.map((size, g) =>
        Array.from({ length: size }, (_, i) => 2 * factor ** (g + 1) * (1 + (0.3 * i) / size)),
      );
      return tailIndex(together(points(-0.5, 200), ...groups), { k: 40 })!;
    };
    expect(found([2, 14, 9], 1000).applies).toBe(true);
    const parted = found([12, 15, 7, 3, 11], 100);
    expect(parted).toMatchObject({
      applies: false,
      reason: expect.stringMatching(/^a gap below the \d+ largest values/),
    });
    const above = Number(/\d+/.exec(parted.reason!)![0]);
    // The gaps lie below the 11, 14, 21, 36 and 48 largest.
    expect([11, 14, 21, 36, 48]).toContain(above);
    expect(above).toBeGreaterThanOrEqual(parted.dropped);
  });

  it("count what is dropped among those above a gap that stays", () => {
    // Three are left out; the next gap would leave fewer than 8 excesses.
    const values = together(points(-0.5, 8), [1000, 1020, 1040, 1060], [1e5, 1.02e5, 1.04e5]);
    const { reason, dropped, applies } = tailIndex(values, { k: 10 })!;
    expect(applies).toBe(false);
    expect(dropped).toBe(3);
    expect(reason).toMatch(/^a gap below the 7 largest values/);
  });

  it(
    "take eigenvalues to spread 0.4 of independent values below an index of -0.5, all of it above -0.1, and " +
      "linearly between",
    () => {
      for (const [shape, on] of [
        [-0.8, "below"],
        [-0.45, "between"],
        [-0.3, "between"],
        [-0.2, "between"],
        [0, "above"],
      ] as const) {
        const { xi, repulsion } = tailIndex(points(shape, 200), { k: 40 })!;
        expect(on).toBe(xi < -0.5 ? "below" : xi > -0.1 ? "above" : "between");
        expect(repulsion).toBeCloseTo(xi < -0.5 ? 0.4 : xi > -0.1 ? 1 : 0.4 + (0.6 * (xi + 0.5)) / 0.4, 12);
      }
    },
  );

  it("interpolate the distribution of the estimate in 1/sqrt(k), and shrink it alike beyond the last k", () => {
    const [shape, median] = [SHAPES.indexOf(0.5), LEVELS.indexOf(0.5)];
    const at = (k: number): number => RAW_QUANTILES[EXCESSES.indexOf(k) * SHAPES.length + shape][median];
    const half = (raw: number, k: number): number => tailIndexAbove({ raw, k, repulsion: 1 }, 0.5);
    for (const k of [8, 100, 1000]) expect(half(at(k), k)).toBeCloseTo(0.5, 12);
    const between = mix(100 ** -0.5, 180 ** -0.5, 0.25) ** -2;
    expect(half(mix(at(100), at(180), 0.25), between)).toBeCloseTo(0.5, 9);
    for (const distance of [-0.05, 0.03])
      expect(half(0.5 + distance / 2, 4000)).toBeCloseTo(half(0.5 + distance, 1000), 12);
  });

  it("have for an error half of the width between the normal scores -1 and 1", () => {
    const { xi, se, raw, k } = tailIndex(points(0.5, 500), { k: 100, independent: true })!;
    // One standard error from the estimate the distribution has the survival of the normal law at 1; it is nearly even.
    const p = [xi - se, xi + se].map((threshold) => tailIndexAbove({ raw, k, repulsion: 1 }, threshold));
    expect(p[0]).toBeCloseTo(0.841, 1);
    expect(p[1]).toBeCloseTo(0.159, 1);
  });

  it("leave out values at the floor", () => {
    const values = together(
      [1, 1, 1],
      points(0.2, 100).map((value) => 2 + value),
    );
    expect(tailIndex(values, { floor: 1 })!.k).toBe(20);
    expect(tailIndex(values, { floor: 0.99 })!.k).toBe(21);
  });
});

describe("the rules of bulkTailIndex", () => {
  const cell = (M: number, Q: number, share: number) =>
    BULK_INDICES[SIDES.indexOf(M) * ASPECT_RATIOS.length + ASPECT_RATIOS.indexOf(Q)][SHARES.indexOf(share)];

  it("have the table at its cells, and between them by ln M, by 1/sqrt(Q) and by k/M", () => {
    for (const [M, Q, share] of [
      [128, 2, 0.5],
      [512, 4, 0.3],
      [1024, 40, 0.1],
    ]) {
      const found = bulkTailIndex({ N: Q * M, M, k: share * M });
      expect([found.xi, found.sd]).toEqual(cell(M, Q, share).map((value) => expect.closeTo(value, 12)));
    }
    const xi = (M: number, Q: number, share: number): number => bulkTailIndex({ N: Q * M, M, k: share * M }).xi;
    expect(xi(128 * 2 ** 0.25, 2, 0.2)).toBeCloseTo(mix(cell(128, 2, 0.2)[0], cell(256, 2, 0.2)[0], 0.25), 9);
    const part = (1 / Math.sqrt(2) - 1 / Math.sqrt(2.5)) / (1 / Math.sqrt(2) - 1 / Math.sqrt(4));
    expect(xi(256, 2.5, 0.2)).toBeCloseTo(mix(cell(256, 2, 0.2)[0], cell(256, 4, 0.2)[0], part), 9);
    expect(xi(256, 2, 0.35)).toBeCloseTo(mix(cell(256, 2, 0.3)[0], cell(256, 2, 0.5)[0], 0.25), 9);
  });

  it("count k over all matrices, whose deviation is 1/sqrt of their number", () => {
    const [one, nine] = [
      { k: 51, rf: 1 },
      { k: 9 * 51, rf: 9 },
    ].map((tail) => bulkTailIndex({ N: 512, M: 256, ...tail }));
    expect(nine.xi).toBeCloseTo(one.xi, 12);
    expect(nine.sd).toBeCloseTo(one.sd / 3, 12);
  });
});

describe("the rules of the power law's pivots", () => {
  it("give the p of the table at its points, in ln n between its rows, in ln p between its points", () => {
    const p = (n: number, scaled: number): number => powerLawP({ nTail: n, ks: scaled / Math.sqrt(n) });
    for (const [row, n] of TAILS.entries())
      for (const [column, point] of DISTANCES[row].entries())
        expect(p(n, point)).toBeCloseTo(DISTANCE_SURVIVAL[column], 9);
    const [a, b] = [DISTANCES[TAILS.indexOf(20)], DISTANCES[TAILS.indexOf(32)]];
    const share = Math.log(25 / 20) / Math.log(32 / 20);
    expect(p(25, mix(a[2], b[2], share))).toBeCloseTo(DISTANCE_SURVIVAL[2], 9);
    expect(p(20, mix(a[2], a[3], 0.25))).toBeCloseTo(0.25 ** 0.75 * 0.1 ** 0.25, 9);
    // From 1 at no distance to the first point in a straight line; beyond the last by its last slope.
    expect(p(20, a[0] / 2)).toBeCloseTo(1 - 0.5 * (1 - 0.75), 9);
    expect(p(20, 2 * a[6] - a[5])).toBeCloseTo(0.002 * (0.002 / 0.01), 9);
    // Outside its rows the nearest counts.
    expect([p(5, DISTANCES[0][3]), p(5000, DISTANCES[TAILS.length - 1][3])]).toEqual([
      expect.closeTo(0.1, 9),
      expect.closeTo(0.1, 9),
    ]);
  });

  it("give 1 + (alpha - 1) exp(-q/sqrt(n)) as ends of alpha's interval, the lower one by the upper q", () => {
    const q = ERRORS[TAILS.indexOf(128)];
    const { low, high } = alphaInterval({ alpha: 3, nTail: 128 });
    expect(low).toBeCloseTo(1 + 2 * Math.exp(-q[5] / Math.sqrt(128)), 12);
    expect(high).toBeCloseTo(1 + 2 * Math.exp(-q[1] / Math.sqrt(128)), 12);
  });
});

describe("the rules of the power law's scan", () => {
  it("find the first tail whose distance is below the bound over the root of its own size", () => {
    const logs = sample(60, 7, (rng) => (rng() < 0.4 ? 0.2 + 0.8 * rng() : pareto(rng, 2.5))).map(Math.log);
    /** sqrt(k) D of the tail from i on, both sides of each step, as it is written. */
    const scaled = (i: number): number => {
      const tail = logs.slice(i);
      const k = tail.length;
      const mean = tail.reduce((sum, log) => sum + log - tail[0], 0) / k;
      const distance = Math.max(
        ...tail.map((log, j) =>
          Math.max(1 - Math.exp((tail[0] - log) / mean) - j / k, (j + 1) / k - 1 + Math.exp((tail[0] - log) / mean)),
        ),
      );
      return Math.sqrt(k) * distance;
    };
    const all = Array.from({ length: 50 }, (_, i) => scaled(i));
    for (const i of [3, 9, 20, 30]) {
      const bound = all[i];
      const above = firstCloseCandidate(logs, 50, bound * (1 + 1e-9));
      expect(above?.best).toBe(all.findIndex((value) => value <= bound));
      const below = firstCloseCandidate(logs, 50, bound * (1 - 1e-9));
      expect(below?.best ?? -1).toBe(all.findIndex((value) => value < bound * (1 - 1e-9)));
    }
    expect(firstCloseCandidate(logs, 0, 10)).toBeNull();
  });

  it.each([
    [
      "with 3 in 10 of all values at the largest, whose last step is the furthest",
      300,
      (u: number) => (u < 0.7 ? 1 + u : 2),
    ],
    ["of a power law", 50, (u: number) => 1 / (1 - u)],
  ])("measure the distance at both sides of every step where that is asked for: %s", (_, n, quantile) => {
    const logs = Float64Array.from({ length: n }, (_, i) => Math.log(quantile((i + 0.5) / n)));
    // The first candidate alone: above 64 values a grid of steps is looked at before all of them.
    const { best, alpha, distance } = scanPowerLaw(logs, { step: 1, end: 1 })!;
    expect(best).toBe(0);
    const gaps = Array.from(logs, (log, j) => {
      const F = 1 - Math.exp((1 - alpha) * (log - logs[0]));
      return Math.max(F - j / n, (j + 1) / n - F);
    });
    expect(distance).toBeCloseTo(Math.max(...gaps), 12);
    if (n === 300) expect(gaps.indexOf(Math.max(...gaps))).toBe(n - 1);
  });
});

describe("the rules of scaleFreeTail", () => {
  it(
    "keep WeightWatcher's fit where all that is above the floor is above 1e-5, and fit anew from that value " +
      "itself",
    () => {
      const rest = sample(100, 5, (rng) => pareto(rng, 2.5));
      const tail = fitPowerLaw(rest)!;
      expect(scaleFreeTail(together([1.0001e-5], rest), tail, 0)).toBe(tail);
      expect(scaleFreeTail(together([1e-5], rest), tail, 0)).not.toBe(tail);
      // What is zero is not looked at.
      expect(scaleFreeTail(together([1e-9, 1e-9], rest), tail, 1e-9)).toBe(tail);
      expect(scaleFreeTail(new Float64Array(5), tail, 0)).toBe(tail);
    },
  );

  it("give the fit of the same values on a larger scale, scaled back, with the number of all values", () => {
    const values = sample(100, 5, (rng) => pareto(rng, 2.5));
    const [plain, small] = [
      fitPowerLaw(values)!,
      scaleFreeTail(
        together(
          [0, 0],
          values.map((value) => value * 2 ** -40),
        ),
        null,
        0,
      )!,
    ];
    expect(small).toMatchObject({
      xmin: plain.xmin * 2 ** -40,
      xmax: plain.xmax * 2 ** -40,
      n: 102,
      nTail: plain.nTail,
    });
    expect(small.alpha).toBeCloseTo(plain.alpha, 10);
  });
});

describe("the label of compareTailLaws", () => {
  it("is PL exactly where no other law is better at the 5 % level", () => {
    let [inside, outside] = [0, 0];
    for (let seed = 0; seed < 500; seed++) {
      const values = sample(40, seed, (rng) => 1 - Math.log(1 - rng()));
      const u = values.reduce((sum, x) => sum + Math.log(x / values[0]), 0);
      const { best, againstPowerLaw } = compareTailLaws(values, { alpha: 1 + 40 / u, xmin: values[0], nTail: 40 })!;
      const p = Math.min(...Object.values(againstPowerLaw).map((law) => (law.ratio < 0 ? law.p : 1)));
      expect(best === "PL").toBe(p > 0.05);
      if (p > 0.05 && p < 0.055) outside++;
      if (p <= 0.05 && p > 0.045) inside++;
    }
    // Seeds near the level, on both sides of it: else this holds nothing.
    expect([inside > 0, outside > 0]).toEqual([true, true]);
  });
});

describe("fitGeneralisedPareto", () => {
  it.each([-0.7, -0.2, 0.3, 1.5])(
    "is Zhang's estimator [Zha10] as it is written, with a prior of shape 1, at xi = %d",
    (shape) => {
      for (const k of [8, 41, 100]) {
        const y = points(shape, k);
        // His X/(X - k) notation: b for -theta, k for -xi.
        const quantile = (p: number): number => y[Math.floor((k * Math.round(100 * p)) / 100)];
        const scales = [3, 4, 5, 6, 7, 8, 9].map((tenths) => {
          const p = tenths / 10;
          const exponent = Math.log(quantile(1 - p * p) / quantile(1 - p) - 1) / Math.log(p);
          return (exponent * quantile(1 - p)) / (1 - p ** exponent);
        });
        const scale = scales.sort((a, b) => a - b)[3];
        const m = 20 + Math.round(Math.sqrt(k));
        const b = Array.from(
          { length: m },
          (_, j) => (k - 1) / (k + 1) / y[k - 1] - (1 / ((j + 0.5) / m) - 1) / (2 * scale),
        );
        const xiOf = (theta: number): number => y.reduce((sum, value) => sum + Math.log1p(-theta * value), 0) / k;
        const logLikelihood = b.map((theta) => k * (Math.log(-theta / xiOf(theta)) - xiOf(theta) - 1));
        const most = Math.max(...logLikelihood);
        const weights = logLikelihood.map((value) => Math.exp(value - most));
        const estimate =
          weights.reduce((sum, weight, j) => sum + weight * b[j], 0) / weights.reduce((sum, weight) => sum + weight, 0);
        const found = fitGeneralisedPareto(y)!;
        // The same sums in another order.
        expect(found.xi).toBeCloseTo(xiOf(estimate), 9);
        expect(found.theta).toBeCloseTo(-estimate, 9);
      }
    },
  );
});
