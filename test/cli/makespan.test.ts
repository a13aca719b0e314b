import { describe, expect, it } from "vitest";
import { makespan, makespanBound, workersFor } from "#eigenscope/cli/makespan.js";
import { createRng } from "#eigenscope/numeric/index.js";

/** The shortest schedule, by trying all. */
function shortest(times: readonly number[], lanes: number): number {
  const loads = new Array<number>(lanes).fill(0);
  const tryFrom = (job: number): number => {
    if (job === times.length) return Math.max(...loads);
    let best = Number.POSITIVE_INFINITY;
    for (let lane = 0; lane < lanes; lane++) {
      loads[lane] += times[job];
      best = Math.min(best, tryFrom(job + 1));
      loads[lane] -= times[job];
    }
    return best;
  };
  return tryFrom(0);
}

/** Largest first, each to the lane with the least, by search. */
function listed(times: readonly number[], lanes: number): number {
  const loads = new Array<number>(lanes).fill(0);
  for (const time of times.toSorted((a, b) => b - a)) loads[loads.indexOf(Math.min(...loads))] += time;
  return Math.max(...loads);
}

const rng = createRng(7);
const CASES = Array.from({ length: 60 }, () => {
  const lanes = 1 + Math.floor(4 * rng());
  return { lanes, times: Array.from({ length: 1 + Math.floor(7 * rng()) }, () => Math.ceil(20 * rng() ** 2)) };
});

describe("makespan", () => {
  it("is list scheduling, between the bound and 4/3 of the shortest schedule", () => {
    for (const { times, lanes } of CASES) {
      const found = makespan(times, lanes);
      const best = shortest(times, lanes);
      expect(found).toBe(listed(times, lanes));
      expect(makespanBound(times, lanes)).toBeLessThanOrEqual(best);
      expect(found).toBeGreaterThanOrEqual(best);
      expect(found).toBeLessThanOrEqual((4 / 3 - 1 / (3 * lanes)) * best + 1e-9);
    }
  });

  it("is the sum on one lane, the largest on many, and the known worst case between", () => {
    expect(makespan([3, 1, 2], 1)).toBe(6);
    expect(makespan([3, 1, 2], 50)).toBe(3);
    expect(makespan([5, 5, 4, 4, 3, 3, 3], 3)).toBe(11);
    expect(shortest([5, 5, 4, 4, 3, 3, 3], 3)).toBe(9);
    expect(makespan([], 3)).toBe(0);
  });

  it("does not change its argument, and takes many jobs", () => {
    const times = [1, 3, 2];
    makespan(times, 2);
    expect(times).toEqual([1, 3, 2]);
    expect(makespan(new Float64Array(100_000).fill(1), 1000)).toBe(100);
  });
});

describe("makespanBound", () => {
  it("is an equal share, or the largest job, whose work some lanes may share", () => {
    expect(makespanBound([4, 4, 4], 2)).toBe(6);
    expect(makespanBound([10, 1, 1], 4)).toBe(10);
    expect(makespanBound([10, 1, 1], 4, 2)).toBe(5);
    expect(makespanBound([10, 1, 1], 4, 4)).toBe(3);
  });
});

describe("workersFor", () => {
  it("is the least number that ends in time, as trying all says", () => {
    for (const { times, lanes } of CASES)
      for (const deadline of [1, 5, 12, 30, 100]) {
        const all = Array.from({ length: times.length }, (_, k) => k + 1);
        const expected = all.find((workers) => makespan(times, workers * lanes) <= deadline - 0.5);
        expect(workersFor(deadline, times, { lanes, start: 0.5 })).toBe(expected);
      }
  });

  it("counts the start: a deadline that is just met, and one that is just missed", () => {
    expect(workersFor(7, [3, 3], { lanes: 1, start: 1 })).toBe(1);
    expect(workersFor(6.99, [3, 3], { lanes: 1, start: 1 })).toBe(2);
    expect(workersFor(4, [3, 3], { lanes: 1, start: 1 })).toBe(2);
    expect(workersFor(3.99, [3, 3], { lanes: 1, start: 1 })).toBeUndefined();
    expect(workersFor(0, [], { lanes: 2, start: 0 })).toBe(1);
  });
});
