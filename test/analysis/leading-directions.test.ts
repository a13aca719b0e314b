import { describe, expect, it } from "vitest";
import {
  directionsObjection,
  isTurned,
  leadingDirections,
  MAX_LEADING,
  MIN_TURN,
  MIN_TURN_OVER_NOISE,
} from "#eigenscope/analysis/compare/leading-directions.js";
import { Pace } from "#eigenscope/bytes/pace.js";
import type { MatrixSource } from "#eigenscope/layers/index.js";
import { createRng } from "#eigenscope/numeric/index.js";
import { createWasmEngine, inPlacePool } from "#eigenscope/spectra/index.js";
import { lowRank, type Matrix, noise, plus } from "./compared.js";

const pool = inPlacePool(createWasmEngine(), { yields: false });

/** Matrices of one shape as a stack that is read in blocks of some rows. */
function stack(matrices: readonly Matrix[], rowsPerBlock = 7): MatrixSource {
  const [{ rows, cols }] = matrices;
  return {
    count: matrices.length,
    rows,
    cols,
    async *blocks() {
      for (const { values } of matrices)
        for (let at = 0; at < values.length; at += rowsPerBlock * cols)
          yield values.slice(at, Math.min(values.length, at + rowsPerBlock * cols));
    },
  };
}

const NO_EDGE = { edgeA: null, edgeB: null, sigma2: 0 };

describe("leadingDirections", () => {
  it("have a p below 5 % in 5 % of pairs of unrelated matrices, on both sides, for stacks too", async () => {
    const rng = createRng(5);
    const PAIRS = 300;
    let [left, right] = [0, 0];
    for (let pair = 0; pair < PAIRS; pair++) {
      const make = () => stack([noise(30, 20, 1, rng), noise(30, 20, 1, rng)]);
      const found = await leadingDirections([make(), make()], NO_EDGE, { pool });
      if (found.left.p < 0.05) left++;
      if (found.right.p < 0.05) right++;
    }
    // Binomial with a standard deviation of 1.3 %: three of them.
    for (const count of [left, right]) expect(Math.abs(count / PAIRS - 0.05)).toBeLessThan(0.038);
  });

  it("of a stack are those of its matrices together", async () => {
    const rng = createRng(6);
    const [first, second] = [1, 2].map((k) => plus(noise(40, 24, 0.02, rng), lowRank(40, 24, [3, 2].slice(0, k), rng)));
    const [firstB, secondB] = [first, second].map((matrix) => plus(matrix, noise(40, 24, 0.2, rng)));
    const request = { edgeA: 1, edgeB: null, sigma2: 0.04 };
    const ofBoth = await leadingDirections([stack([first, second]), stack([firstB, secondB])], request, { pool });
    const one = await leadingDirections([stack([first]), stack([firstB])], request, { pool });
    const two = await leadingDirections([stack([second]), stack([secondB])], request, { pool });
    expect([one.leading, two.leading, ofBoth.leading]).toEqual([1, 2, 3]);
    expect(ofBoth.left.cos2).toBeCloseTo((one.left.cos2 + 2 * two.left.cos2) / 3, 12);
    expect(ofBoth.right.angle).toBeCloseTo(Math.max(one.right.angle, two.right.angle), 9);
    expect(ofBoth.right.chance).toBeCloseTo((1 / 24 + 2 * (2 / 24)) / 3, 12);
  });

  it("look for A's directions among more of B's, if B has more above its edge", async () => {
    const rng = createRng(7);
    const background = noise(60, 40, 0.02, rng);
    const own = lowRank(60, 40, [2, 1.5], rng);
    // A stronger direction takes the first place in B; A's are the second and the third.
    const B = plus(background, own, lowRank(60, 40, [6], rng));
    const sources = [stack([plus(background, own)]), stack([B])] as const;
    const three = await leadingDirections(sources, { edgeA: 1, edgeB: 1, sigma2: 0 }, { pool });
    expect(three.leading).toBe(2);
    expect(three.left.cos2).toBeGreaterThan(0.9);
    expect(three.left.chance).toBeCloseTo(3 / 60, 12);
    const two = await leadingDirections(sources, { edgeA: 1, edgeB: null, sigma2: 0 }, { pool });
    expect(two.left.cos2).toBeLessThan(0.6);
    expect(two.left.chance).toBeCloseTo(2 / 60, 12);
  });

  it("are not turned by chance: noise turns one with a close neighbour outside in 1 of 200 draws", async () => {
    const rng = createRng(11);
    const sigma2 = 0.001;
    // sin^2 is 0.05 on average, of one degree of freedom: more than twice that and than MIN_TURN in 16 % of draws.
    const A = lowRank(60, 40, [2, 1.9], rng);
    let turned = 0;
    let far = 0;
    for (let draw = 0; draw < 80; draw++) {
      const B = plus(A, noise(60, 40, Math.sqrt(sigma2), rng));
      const found = await leadingDirections([stack([A]), stack([B])], { edgeA: 3.8, edgeB: null, sigma2 }, { pool });
      turned += found.turned;
      if (Math.sin((found.left.angle * Math.PI) / 180) ** 2 > MIN_TURN) far++;
    }
    expect(far).toBeGreaterThan(8);
    expect(turned).toBeLessThanOrEqual(2);
  });

  it("find a direction that B has lost at 90 degrees, and the other where it was", async () => {
    const rng = createRng(8);
    const [kept, lost] = [lowRank(30, 20, [2], rng), lowRank(30, 20, [1], rng)];
    const sources = [stack([plus(kept, lost)]), stack([kept])] as const;
    const found = await leadingDirections(sources, { edgeA: 0.5, edgeB: null, sigma2: 0 }, { pool });
    expect(found).toMatchObject({ leading: 2, turned: 1 });
    expect(found.left.angle).toBeCloseTo(90, 4);
    expect(found.right.cos2).toBeLessThanOrEqual(0.5 + 1e-9);
  });

  it.each([
    [2048, 256],
    [256, 2048],
  ])("of %d x %d give the event loop turns, and end at the turn in which they are aborted", async (rows, cols) => {
    const source = stack([noise(rows, cols, 1, createRng(9))], 100);
    const controller = new AbortController();
    const pace = (abortAt?: number): Pace => {
      const counted: Pace = new Pace({
        limited: false,
        signal: controller.signal,
        nextTurn: async () => {
          if (counted.turns === abortAt) controller.abort(new Error("enough"));
        },
      });
      return counted;
    };
    const request = { edgeA: 0, edgeB: null, sigma2: 0 };
    const free = pace();
    await leadingDirections([source, source], request, { pool, pace: free });
    // 128 directions of both, rows x cols multiplications each, one turn per 2^24 of them.
    expect(free.turns).toBe((2 * MAX_LEADING * rows * cols) / 2 ** 24);
    const stopped = pace(3);
    await expect(leadingDirections([source, source], request, { pool, pace: stopped })).rejects.toThrow("enough");
    expect(stopped.turns).toBe(3);
  });

  it("are at most so many of a matrix", async () => {
    const source = stack([noise(200, 150, 1, createRng(10))]);
    const found = await leadingDirections([source, source], { edgeA: 0, edgeB: null, sigma2: 0 }, { pool });
    expect(found).toMatchObject({ leading: MAX_LEADING, turned: 0 });
    expect(found.left.cos2).toBeCloseTo(1, 9);
  });

  it("are compared up to a smaller side of 2048", () => {
    expect(directionsObjection({ rows: 2048, cols: 2048 })).toBeNull();
    expect(directionsObjection({ rows: 2049, cols: 2049 })).toMatch(/2049 is above 2048/);
  });
});

describe("whether a direction turned", () => {
  const sure = { mean: 0.01, sd: 0.001 };

  it("asks for more than a tenth of its length", () => {
    expect(isTurned(MIN_TURN + 0.001, sure, 1e-4)).toBe(true);
    expect(isTurned(MIN_TURN - 0.001, sure, 1e-4)).toBe(false);
  });

  it("asks for more than twice what noise gives", () => {
    const noise = { mean: 0.2, sd: 0.001 };
    expect(isTurned(MIN_TURN_OVER_NOISE * 0.2 + 0.001, noise, 1e-4)).toBe(true);
    expect(isTurned(MIN_TURN_OVER_NOISE * 0.2 - 0.001, noise, 1e-4)).toBe(false);
  });

  it("asks for a probability below the level: of chi-squared with one degree of freedom, the normal law's", () => {
    // Mean 1/20 and one degree of freedom: P(x^2 > 3.2905^2) = 0.001 at 0.5414.
    const one = { mean: 0.05, sd: Math.SQRT2 * 0.05 };
    const at = 0.05 * 3.2905 ** 2;
    expect(isTurned(at * 1.01, one, 0.001)).toBe(true);
    expect(isTurned(at * 0.99, one, 0.001)).toBe(false);
  });

  it("needs no more than the length without noise", () => {
    expect(isTurned(0.2, { mean: 0, sd: 0 }, 1e-9)).toBe(true);
    expect(isTurned(0.05, { mean: 0, sd: 0 }, 1e-9)).toBe(false);
    expect(isTurned(0.9, { mean: Number.POSITIVE_INFINITY, sd: Number.POSITIVE_INFINITY }, 1e-9)).toBe(false);
  });
});
