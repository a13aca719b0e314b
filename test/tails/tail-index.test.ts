import { describe, expect, it } from "vitest";
import { createRng, type Rng } from "#eigenscope/numeric/index.js";
import { wishartSpectrum } from "#eigenscope/rmt/index.js";
import { bulkTailIndex, tailIndex, tailIndexAbove } from "#eigenscope/tails/index.js";
import { defaultExcesses } from "#eigenscope/tails/tail-index.js";
import { pareto, sample } from "./samples.js";

const gpd =
  (xi: number) =>
  (rng: Rng): number =>
    xi === 0 ? -Math.log(1 - rng()) : Math.expm1(-xi * Math.log(1 - rng())) / xi;

/**
 * Published indices: Pareto of density exponent alpha 1/(alpha - 1), exponential 0, uniform -1, generalised Pareto xi
 * [DEdH89].
 */
const KNOWN: readonly (readonly [name: string, xi: number, law: (rng: Rng) => number])[] = [
  ["Pareto, alpha 2", 1, (rng) => pareto(rng, 2)],
  ["Pareto, alpha 3", 0.5, (rng) => pareto(rng, 3)],
  ["generalised Pareto -0.5", -0.5, gpd(-0.5)],
  ["exponential", 0, gpd(0)],
  ["uniform", -1, (rng) => rng()],
  ["generalised Pareto 3", 3, gpd(3)],
];

describe("tailIndex", () => {
  it.each(KNOWN)("covers the index of %s in 95 % of samples, with as many misses above as below", (_, truth, law) => {
    for (const k of [20, 100]) {
      let [below, above] = [0, 0];
      const found: number[] = [];
      for (let seed = 0; seed < 600; seed++) {
        const { xi, low, high } = tailIndex(sample(5 * k, seed, law), { k, independent: true })!;
        // At -1.5, the end of the table, they meet.
        expect(low).toBeLessThanOrEqual(xi);
        expect(xi).toBeLessThanOrEqual(high);
        if (high < truth) below++;
        if (low > truth) above++;
        found.push(xi);
      }
      // 15 are expected on each side; four binomial standard deviations.
      for (const misses of [below, above]) expect(Math.abs(misses - 15)).toBeLessThan(4 * Math.sqrt(15));
      // The share of estimates below the truth is a half: median-unbiased.
      expect(Math.abs(found.filter((xi) => xi < truth).length - 300)).toBeLessThan(4 * Math.sqrt(150));
    }
  });

  it("gives P(index > threshold) as the share of samples of that index with a smaller estimate", () => {
    // The confidence distribution at the truth is uniform: its mean is a half, its variance a twelfth.
    const chances = Array.from({ length: 600 }, (_, seed) =>
      tailIndexAbove(tailIndex(sample(200, seed, gpd(0.2)), { k: 40, independent: true })!, 0.2),
    );
    expect(Math.abs(chances.reduce((sum, p) => sum + p, 0) / 600 - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / 600));
    expect(Math.abs(chances.filter((p) => p < 0.1).length - 60)).toBeLessThan(4 * Math.sqrt(54));
    const index = tailIndex(sample(500, 3, gpd(0.5)))!;
    expect(tailIndexAbove(index, -1)).toBeGreaterThan(0.999);
    expect(tailIndexAbove(index, 3)).toBeLessThan(0.001);
    // The ends of the interval are its 2.5 and 97.5 % points; linear interpolation between tabulated indices costs a
    // little.
    expect(tailIndexAbove(index, index.low)).toBeCloseTo(0.975, 2);
    expect(tailIndexAbove(index, index.xi)).toBeCloseTo(0.5, 1);
    expect(tailIndexAbove(index, index.high)).toBeCloseTo(0.025, 2);
  });

  it("is the same on any scale and after any shift", () => {
    const values = sample(300, 8, gpd(0.4));
    const { xi, low, high, k } = tailIndex(values)!;
    for (const other of [
      values.map((value) => 1e-12 * value),
      values.map((value) => 1e9 * value),
      values.map((value) => 5 + value),
    ]) {
      const found = tailIndex(other)!;
      expect(found.k).toBe(k);
      // A shift rounds the values by 1e-16 of 5.
      for (const [a, b] of [
        [found.xi, xi],
        [found.low, low],
        [found.high, high],
      ])
        expect(Math.abs(a - b)).toBeLessThan(1e-9);
    }
  });

  it("takes a fifth of the values above the floor, at least 10, at most half", () => {
    expect([16, 18, 20, 50, 55, 300].map(defaultExcesses)).toEqual([8, 9, 10, 10, 11, 60]);
    const values = sample(200, 1, gpd(0));
    expect(tailIndex(values)!.k).toBe(40);
    const floor = values[99];
    expect(tailIndex(values, { floor })!.k).toBe(20);
    expect(tailIndex(Float64Array.from([...new Float64Array(100), ...values]))!.k).toBe(40);
  });

  it("leaves out spikes above a gap, and takes alone a group that is large enough to have a tail", () => {
    const bulk = wishartSpectrum({ N: 600, M: 300 }, createRng(2));
    const plain = tailIndex(bulk)!;
    expect(plain).toMatchObject({ dropped: 0, applies: true, k: 60 });
    const edge = bulk[299];
    const spiked = Float64Array.from([...bulk, 2 * edge, 2.2 * edge, 2.5 * edge]);
    const below = tailIndex(spiked)!;
    expect(below.dropped).toBe(3);
    expect(below.applies).toBe(true);
    expect(Math.abs(below.xi - plain.xi)).toBeLessThan(0.02);
    // Two levels: 40 of 340 eigenvalues form a bulk of their own.
    const upper = wishartSpectrum({ N: 80, M: 40 }, createRng(3)).map((value) => 2 * edge + 10 * value);
    const two = tailIndex(Float64Array.from([...bulk, ...upper]))!;
    expect(two).toMatchObject({ k: 39, dropped: 0, applies: true });
    expect(two.high).toBeLessThan(0);
  });

  it("moves k for a gap between independent values only where the gap is a thousandth as likely", () => {
    const parted = (independent: boolean) =>
      Array.from({ length: 300 }, (_, seed) => tailIndex(sample(250, seed, gpd(0.5)), { k: 50, independent })!).filter(
        ({ dropped, k }) => dropped > 0 || k < 50,
      ).length;
    // 1 in 1000 against 1 in 10 of independent samples, less what the fit takes up.
    expect(parted(true)).toBeLessThan(4);
    expect(parted(false)).toBeGreaterThan(6);
  });

  it("finds one law in nine in ten power-law spectra, whose largest eigenvalues lie far apart", () => {
    const whole = Array.from(
      { length: 100 },
      (_, seed) =>
        tailIndex(
          sample(250, seed, (rng) => pareto(rng, 2)),
          { k: 50 },
        )!,
    ).filter(({ dropped, k }) => dropped === 0 && k === 50);
    // A gap among independent values is found in 1 case of 10 at most: four binomial standard deviations.
    expect(whole.length).toBeGreaterThan(90 - 12);
  });

  it(
    "narrows the interval of a spectrum that ends at an edge to what repelling eigenvalues spread, and leaves " +
      "that of a heavy one",
    () => {
      const bulks = Array.from({ length: 60 }, (_, seed) => wishartSpectrum({ N: 400, M: 200 }, createRng(seed)));
      const indices = bulks.map((values) => tailIndex(values)!);
      const mean = indices.reduce((sum, { xi }) => sum + xi, 0) / 60;
      const sd = Math.sqrt(indices.reduce((sum, { xi }) => sum + (xi - mean) ** 2, 0) / 59);
      for (const [i, { se, low, high, repulsion }] of indices.entries()) {
        expect(repulsion).toBeLessThan(0.5);
        // On the safe side, by no more than half; as independent values the error would be twice as large and more.
        expect(se / sd).toBeGreaterThan(0.9);
        expect(se / sd).toBeLessThan(2);
        expect(tailIndexAbove(indices[i], low)).toBeCloseTo(0.975, 1);
        const free = tailIndex(bulks[i], { independent: true })!;
        expect((high - low) / (free.high - free.low)).toBeCloseTo(repulsion, 6);
      }
      const heavy = sample(300, 2, (rng) => pareto(rng, 2.5));
      expect(tailIndex(heavy)).toMatchObject({ repulsion: 1, low: tailIndex(heavy, { independent: true })!.low });
    },
  );

  it("is null for fewer than 8 excesses and for equal values", () => {
    expect(tailIndex(Float64Array.from({ length: 16 }, (_, i) => i + 1))).not.toBeNull();
    expect(tailIndex(Float64Array.from({ length: 15 }, (_, i) => i + 1))).toBeNull();
    expect(tailIndex(new Float64Array(100).fill(2))).toBeNull();
    expect(tailIndex(new Float64Array(100))).toBeNull();
    expect(tailIndex(new Float64Array())).toBeNull();
  });
});

describe("bulkTailIndex", () => {
  it.each([
    { N: 400, M: 200, rf: 1 },
    { N: 96, M: 96, rf: 1 },
    { N: 800, M: 80, rf: 1 },
    { N: 128, M: 64, rf: 9 },
  ])("is what the index of seeded Wishart spectra has at N = $N, M = $M, $rf pooled", ({ N, M, rf }) => {
    const rng = createRng(N + rf);
    const k = Math.round(0.2 * M * rf);
    const found = Float64Array.from({ length: 200 }, () => {
      const pooled = new Float64Array(M * rf);
      for (let slice = 0; slice < rf; slice++) pooled.set(wishartSpectrum({ N, M }, rng), slice * M);
      return tailIndex(pooled.sort(), { k })!.xi;
    }).sort();
    const { xi, sd } = bulkTailIndex({ N, M, k, rf });
    const spread = (found[168] - found[31]) / 2;
    // Four standard errors of a median of 200 values, and a tenth of a spread for the interpolation; pooling widens by
    // what the sides of the slices share.
    expect(Math.abs(found[100] - xi)).toBeLessThan((rf > 1 ? 2.5 : 0.5) * sd);
    expect(spread / sd).toBeGreaterThan(0.7);
    expect(spread / sd).toBeLessThan(1.4);
  });

  it(
    "lies near the square-root edge, -2/3, the nearer the smaller the share of the tail, and spreads less than " +
      "independent values",
    () => {
      const at = (share: number) => bulkTailIndex({ N: 1024, M: 512, k: Math.round(share * 512) });
      expect(at(0.1).xi).toBeLessThan(at(0.2).xi);
      expect(at(0.2).xi).toBeLessThan(at(0.5).xi);
      expect(Math.abs(at(0.1).xi + 2 / 3)).toBeLessThan(0.1);
      // Independent values with xi = -2/3 have 0.8 (test above; docs/decisions/0018).
      expect(at(0.2).sd * Math.sqrt(102)).toBeLessThan(0.4);
    },
  );
});
