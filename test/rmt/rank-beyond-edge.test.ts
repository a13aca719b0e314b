import { describe, expect, it } from "vitest";
import { createRng } from "#eigenscope/numeric/index.js";
import { criticalStrength, fitBulk, rankBeyondEdge, spiked, testEdge } from "#eigenscope/rmt/index.js";
import { createReferenceEngine } from "#eigenscope/spectra/index.js";

const SHAPE = { N: 120, M: 60 };

function eigenvaluesOf(W: Float64Array, { N, M }: typeof SHAPE): Float64Array {
  const task = createReferenceEngine().begin({ count: 1, rows: N, cols: M });
  task.push(W);
  return task.finish().eigenvalues;
}

/** The rank of noise with signals of these multiples of the critical strength. */
function rankOf(multiples: readonly number[], seed: number) {
  const critical = criticalStrength(SHAPE);
  const W = spiked(
    SHAPE,
    multiples.map((multiple) => multiple * critical),
    createRng(seed),
  );
  const eigenvalues = eigenvaluesOf(W, SHAPE);
  const bulk = fitBulk(eigenvalues, SHAPE)!;
  return { ...rankBeyondEdge(eigenvalues, bulk), spikes: testEdge(eigenvalues, bulk).spikes };
}

const SEEDS = Array.from({ length: 100 }, (_, k) => k + 1);

describe("rankBeyondEdge", () => {
  it("finds the rank of strong signals, with an interval around it, and counts as the edge test does", () => {
    for (const rank of [1, 3, 8]) {
      const found = rankOf(new Array(rank).fill(3), rank);
      expect(found).toMatchObject({ rank, low: rank, spikes: rank });
      expect(found.high).toBeGreaterThanOrEqual(rank);
      expect(found.high).toBeLessThanOrEqual(rank + 4);
    }
  });

  it("covers the rank of signals of any strength beyond the transition in at least 95 of 100 draws", () => {
    // From just beyond the transition to twice its strength; the interval has 99 %.
    const covered = SEEDS.filter((seed) => {
      const { low, high } = rankOf([1.05, 1.2, 1.4, 2], seed);
      return low <= 4 && 4 <= high;
    });
    expect(covered.length).toBeGreaterThanOrEqual(95);
  });

  it("has a low end of 0 for pure noise in at least 97 of 100 draws", () => {
    const found = SEEDS.map((seed) => rankOf([], seed));
    expect(found.filter(({ low }) => low === 0).length).toBeGreaterThanOrEqual(97);
    // The largest eigenvalue of noise itself is above the lower end of its own law.
    expect(found.filter(({ high }) => high >= 1).length).toBeGreaterThanOrEqual(97);
    expect(Math.max(...found.map(({ high }) => high))).toBeLessThanOrEqual(5);
  });

  it("has ends on both sides of its count, and signals below the transition do not raise the low one", () => {
    for (const seed of SEEDS.slice(0, 20)) {
      const { low, rank, high } = rankOf([0.5, 0.5, 0.5], seed);
      expect(low).toBeLessThanOrEqual(rank);
      expect(rank).toBeLessThanOrEqual(high);
      expect(low).toBeLessThanOrEqual(1);
    }
  });
});
