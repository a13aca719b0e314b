import { describe, expect, it } from "vitest";
import { countAbove, energyShare, randomPart } from "#eigenscope/analysis/compare/random-part.js";
import { createRng, normalSampler, type Rng } from "#eigenscope/numeric/index.js";
import { createWasmEngine, poolSpectrum } from "#eigenscope/spectra/index.js";
import { lowRank, type Matrix, noise, plus } from "./compared.js";

const [ROWS, COLS] = [120, 60];
const engine = createWasmEngine();

function partOf({ rows, cols, values }: Matrix, floor = 0) {
  const task = engine.begin({ count: 1, rows, cols });
  task.push(values);
  return randomPart(poolSpectrum({ count: 1, rows, cols }, task.finish()), floor);
}

/** Independent entries of kurtosis 9: products of two normal numbers. */
function heavyNoise(rng: Rng): Matrix {
  const normal = normalSampler(rng);
  return { rows: ROWS, cols: COLS, values: Float64Array.from({ length: ROWS * COLS }, () => normal() * normal()) };
}

describe("the random part of a difference", () => {
  it("has the edge that belongs to the kurtosis of its entries: no rank in noise of a kurtosis of 9", () => {
    const ranks = Array.from({ length: 60 }, (_, seed) => partOf(heavyNoise(createRng(seed + 1))).rank);
    // 2 of these 60 draws have some; by the edge of Gaussian entries it is 8.
    expect(ranks.filter((rank) => rank > 0).length).toBeLessThanOrEqual(4);
  });

  it("is not moved by the kurtosis of a strong direction", () => {
    // A direction of two normal vectors has a kurtosis of 9 too. Three others are 1.4 times the critical strength.
    const critical = (ROWS * COLS) ** 0.25;
    let found = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const rng = createRng(seed);
      const change = plus(
        noise(ROWS, COLS, 1, rng),
        lowRank(ROWS, COLS, [20 * critical, 1.4 * critical, 1.4 * critical, 1.4 * critical], rng),
      );
      found += partOf(change).rank;
    }

    expect(found / 40).toBeGreaterThan(2.25);
  });

  it("has a rank of all eigenvalues above the floor, at least half of them sure, if there is no bulk", () => {
    // Sixty directions, each 1.5 times as strong as the next.
    const singular = Array.from({ length: COLS }, (_, k) => 1.5 ** -k);
    const part = partOf(lowRank(ROWS, COLS, singular, createRng(3)), 1.5 ** -81);
    expect(part).toMatchObject({ bulk: null, sigma2: null, edge: null, rank: 41, rankLow: 21, rankHigh: 41 });
  });

  it("counts as zero what is at the floor or below", () => {
    const values = Float64Array.of(1, 2, 2, 5);
    expect([0, 1, 2, 5].map((bound) => countAbove(values, bound))).toEqual([4, 3, 1, 0]);
    expect(energyShare(values, 1)).toBe(0.5);
    expect(energyShare(values, 0)).toBe(0);
    expect(energyShare(new Float64Array(3), 2)).toBe(0);
  });
});
