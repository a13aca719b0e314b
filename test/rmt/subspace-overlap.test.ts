import { describe, expect, it } from "vitest";
import { createRng, type Rng } from "#eigenscope/numeric/index.js";
import { orthonormal, overlapLaw, overlapSurvival, type SubspacePair } from "#eigenscope/rmt/index.js";

/** Sum of squared cosines between the first k axes and l random orthonormal vectors. */
function drawOverlap({ n, k, l }: SubspacePair, rng: Rng): number {
  return orthonormal(n, l, rng).reduce(
    (sum, v) => sum + v.subarray(0, k).reduce((square, value) => square + value * value, 0),
    0,
  );
}

const DRAWS = 20_000;
/** Draws of the sum over `pairs`, in ascending order. */
function draws(pairs: readonly SubspacePair[]): Float64Array {
  const rng = createRng(7);
  return Float64Array.from({ length: DRAWS }, () =>
    pairs.reduce((sum, pair) => sum + drawOverlap(pair, rng), 0),
  ).sort();
}

const SHAPES: readonly (readonly SubspacePair[])[] = [
  [{ n: 20, k: 1, l: 1 }],
  [{ n: 20, k: 1, l: 4 }],
  [{ n: 20, k: 2, l: 2 }],
  [{ n: 20, k: 3, l: 5 }],
  [{ n: 40, k: 8, l: 8 }],
  // Two directions are shared whatever the subspaces are.
  [{ n: 20, k: 12, l: 10 }],
  // A stack of matrices with different numbers of directions.
  [
    { n: 20, k: 1, l: 2 },
    { n: 20, k: 3, l: 3 },
    { n: 30, k: 2, l: 2 },
  ],
];

describe.each(SHAPES.map((pairs) => ({ pairs })))("the overlap of random subspaces, $pairs,", ({ pairs }) => {
  const sample = draws(pairs);
  const laws = pairs.map(overlapLaw);

  it("has the simulated mean and variance", () => {
    const mean = sample.reduce((sum, t) => sum + t, 0) / DRAWS;
    const variance = sample.reduce((sum, t) => sum + (t - mean) ** 2, 0) / (DRAWS - 1);
    const expected = laws.reduce((sum, law) => sum + law.variance, 0);
    // Four standard errors; that of the variance is at most sqrt(kurtosis/DRAWS) of it, the kurtosis below 15.
    expect(Math.abs(mean - laws.reduce((sum, law) => sum + law.mean, 0))).toBeLessThan(4 * Math.sqrt(expected / DRAWS));
    expect(Math.abs(variance / expected - 1)).toBeLessThan(4 * Math.sqrt(15 / DRAWS));
  });

  it("exceeds a value as often as simulated, to the stated error and four standard errors", () => {
    // The errors of the approximation at n = 20, from 400,000 draws each.
    for (const [p, error] of [
      [0.5, 0.015],
      [0.1, 0.02],
      [0.01, 0.16],
      [0.001, 0.61],
    ]) {
      const t = sample[Math.round(DRAWS * (1 - p))];
      const found = overlapSurvival(t, laws);
      expect(Math.abs(found - p), `p = ${p}: ${found}`).toBeLessThan(error * p + 4 * Math.sqrt(p / DRAWS));
    }
  });
});

describe("the overlap of random subspaces", () => {
  it("is the beta law with parameters l/2 and (n - l)/2 for one direction, in closed form for l = 2", () => {
    // P(beta(1, (n - 2)/2) > t) = (1 - t)^((n - 2)/2)
    for (const t of [0.01, 0.2, 0.6, 0.9])
      expect(overlapSurvival(t, [overlapLaw({ n: 12, k: 1, l: 2 })])).toBeCloseTo((1 - t) ** 5, 12);
  });

  it("is the same for the complements, shifted by what must be shared", () => {
    const [wide, narrow] = [overlapLaw({ n: 20, k: 19, l: 17 }), overlapLaw({ n: 20, k: 1, l: 3 })];
    expect(wide.low).toBe(16);
    expect(overlapSurvival(16.4, [wide])).toBeCloseTo(overlapSurvival(0.4, [narrow]), 12);
  });

  it("has p = 1 where it cannot vary, and tiny p for equal subspaces", () => {
    expect(overlapSurvival(3, [overlapLaw({ n: 8, k: 8, l: 3 })])).toBe(1);
    expect(overlapSurvival(4, [overlapLaw({ n: 100, k: 4, l: 4 })])).toBe(0);
    expect(overlapSurvival(3.9, [overlapLaw({ n: 100, k: 4, l: 4 })])).toBeLessThan(1e-100);
  });

  it("refuses dimensions outside the space", () => {
    expect(() => overlapLaw({ n: 5, k: 6, l: 1 })).toThrow(RangeError);
    expect(() => overlapLaw({ n: 5, k: 1, l: 0 })).toThrow(RangeError);
    expect(() => overlapLaw({ n: 5, k: 1.5, l: 2 })).toThrow(RangeError);
  });
});
