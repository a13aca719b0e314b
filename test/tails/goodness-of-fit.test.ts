import { describe, expect, it } from "vitest";
import { createRng, deriveSeed } from "#eigenscope/numeric/index.js";
import {
  goodnessFromDistances,
  powerLawGoodness,
  powerLawGoodnessAbove,
  replicateDistances,
} from "#eigenscope/tails/index.js";
import { firstCloseCandidate, scanPowerLaw } from "#eigenscope/tails/power-law-scan.js";
import { humpAndTail, pareto, sample } from "./samples.js";

describe("powerLawGoodnessAbove", () => {
  it("is uniform under the null, whatever the alpha and the values below xmin", () => {
    const repetitions = 600;
    const p = Array.from({ length: repetitions }, (_, r) => {
      const seed = deriveSeed(31, r);
      return powerLawGoodnessAbove(sample(150, seed, humpAndTail(1.5 + (r % 4))), 1, { seed, replicates: 199 })!.p;
    }).sort((a, b) => a - b);
    const ks = p.reduce((most, value, i) => Math.max(most, value - i / repetitions, (i + 1) / repetitions - value), 0);
    // The 5 % point of Kolmogorov's law, and half a step of p = j/200.
    expect(ks).toBeLessThan(1.358 / Math.sqrt(repetitions) + 1 / 400);
  });

  it("fits alpha above the given xmin, and rejects an exponential tail", () => {
    const values = sample(500, 3, (rng) => 1 - Math.log(1 - rng()));
    const { p, alpha, nTail } = powerLawGoodnessAbove(values, 1, { seed: 1, replicates: 200 })!;
    expect(nTail).toBe(500);
    expect(alpha).toBeCloseTo(1 + 500 / values.reduce((sum, x) => sum + Math.log(x), 0), 12);
    expect(p).toBeLessThan(0.01);
  });

  it("is null where there is no tail, and refuses an xmin that is not positive", () => {
    expect(powerLawGoodnessAbove(Float64Array.of(1, 2, 3), 3, { seed: 1 })).toBeNull();
    expect(powerLawGoodnessAbove(Float64Array.of(3, 3, 3), 3, { seed: 1 })).toBeNull();
    expect(() => powerLawGoodnessAbove(Float64Array.of(1, 2), 0, { seed: 1 })).toThrow(
      "xmin must be a positive number, got 0",
    );
  });
});

describe("powerLawGoodness", () => {
  it("is uniform under the null (reduced; scripts/calibrate-tail-coverage.mjs is the whole)", () => {
    const repetitions = 200;
    const p = Array.from({ length: repetitions }, (_, r) => {
      const seed = deriveSeed(23, r);
      return powerLawGoodness(sample(100, seed, humpAndTail(2.5)), { seed, replicates: 59 })!.p;
    }).sort((a, b) => a - b);
    const ks = p.reduce((most, value, i) => Math.max(most, value - i / repetitions, (i + 1) / repetitions - value), 0);
    // The 1 % point of Kolmogorov's law, and half a step of p = j/60.
    expect(ks).toBeLessThan(1.628 / Math.sqrt(repetitions) + 1 / 120);
  });

  it("rejects more rarely than it says where the power law holds down to the smallest value", () => {
    const rejected = Array.from({ length: 100 }, (_, r) => {
      const seed = deriveSeed(29, r);
      return powerLawGoodness(
        sample(100, seed, (rng) => pareto(rng, 2.5)),
        { seed, replicates: 49 },
      )!.p;
    }).filter((p) => p <= 0.1).length;
    // 10 expected of an exact test, standard deviation 3.
    expect(rejected).toBeLessThan(19);
  });

  it("rejects what has no power-law tail", () => {
    // A uniform law: every tail of it is bounded.
    expect(
      powerLawGoodness(
        sample(1000, 1, (rng) => 1 + 9 * rng()),
        { seed: 1, replicates: 100 },
      )!.p,
    ).toBeLessThan(0.1);
  });

  it("gives the same numbers however the replicates are split over workers", () => {
    const values = sample(120, 5, humpAndTail(2.2));
    const whole = replicateDistances(values, { seed: 9, to: 30 });
    const parts = [
      replicateDistances(values, { seed: 9, to: 11 }),
      replicateDistances(values, { seed: 9, from: 11, to: 30 }),
    ];
    expect(Float64Array.from(parts.flatMap((part) => [...part]))).toEqual(whole);
    expect(goodnessFromDistances(values, whole)).toEqual(powerLawGoodness(values, { seed: 9, replicates: 30 }));
  });

  it("takes the two-sided distance of the data", () => {
    const values = sample(60, 7, (rng) => pareto(rng, 2.5));
    const { ks, alpha, xmin, nTail } = powerLawGoodness(values, { seed: 1, replicates: 1 })!;
    const tail = values.filter((value) => value >= xmin);
    expect(tail.length).toBe(nTail);
    const distance = tail.reduce((most, x, j) => {
      const F = 1 - (x / xmin) ** (1 - alpha);
      return Math.max(most, F - j / nTail, (j + 1) / nTail - F);
    }, 0);
    expect(Math.abs(ks - distance)).toBeLessThan(1e-12);
  });

  it("draws its replicates from the first xmin above which sqrt(k) D is below 0.65, and below it from the data", () => {
    const first = (logs: Float64Array, scaled: number) =>
      firstCloseCandidate(logs, scanPowerLaw(logs, { step: 1 })!.best, scaled)?.best;
    /** One replicate as [CSN09] section 4.1 has it, in the order in which the random numbers are drawn. */
    const replicate = (logs: Float64Array, best: number, seed: number): number => {
      const rng = createRng(seed);
      const n = logs.length;
      const drawn = Array.from({ length: n }, () => Math.floor(rng() * n));
      const below = drawn.filter((j) => j < best).map((j) => logs[j]);
      const tail = logs.subarray(best);
      const rate = tail.length / tail.reduce((sum, log) => sum + log - tail[0], 0);
      let value = logs[best];
      const above = Array.from(
        { length: n - below.length },
        (_, i) => (value -= Math.log(1 - rng()) / ((n - below.length - i) * rate)),
      );
      return scanPowerLaw(Float64Array.from([...below, ...above]).sort(), { step: 1 })!.distance;
    };
    // Samples in which another bound, a tenth off on either side, would take another xmin.
    let [lower, upper] = [0, 0];
    for (let seed = 0; seed < 200 && (lower === 0 || upper === 0); seed++) {
      const values = sample(80, seed, humpAndTail(2.2));
      const logs = values.map(Math.log);
      const best = first(logs, 0.65);
      if (best === undefined) continue;
      const [tighter, looser] = [first(logs, 0.65 / 1.1) !== best, first(logs, 0.65 * 1.1) !== best];
      if (!tighter && !looser) continue;
      if (tighter) lower++;
      if (looser) upper++;
      const found = replicateDistances(values, { seed: 5, to: 3 });
      // The exponent of the tail from its sum, in another order.
      for (const [r, distance] of found.entries())
        expect(distance).toBeCloseTo(replicate(logs, best, deriveSeed(5, r)), 9);
    }
    expect([lower > 0, upper > 0]).toEqual([true, true]);
  });

  it("counts replicates that lie as far as the data among those that lie further", () => {
    const values = sample(60, 7, (rng) => pareto(rng, 2.5));
    const { ks } = goodnessFromDistances(values, Float64Array.of(1))!;
    expect(goodnessFromDistances(values, Float64Array.of(ks, ks * 1.01, ks * 0.99, Number.NaN))).toMatchObject({
      p: 3 / 4,
      replicates: 3,
    });
  });

  it("is null where there is nothing to fit", () => {
    expect(powerLawGoodness(Float64Array.of(2, 2, 2), { seed: 1, replicates: 10 })).toBeNull();
    expect(powerLawGoodness(new Float64Array(), { seed: 1, replicates: 10 })).toBeNull();
  });
});
