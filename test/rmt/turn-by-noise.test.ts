import { describe, expect, it } from "vitest";
import { createRng, normalSampler, symmetricEigen } from "#eigenscope/numeric/index.js";
import { turnByNoise, withSpectrum } from "#eigenscope/rmt/index.js";

const [N, M, LEADING] = [60, 24, 3];
/** Three strong directions, two of them close together, over a bulk. */
const EIGENVALUES = Float64Array.from({ length: M }, (_, j) =>
  j < M - LEADING ? 0.5 + j / M : [100, 104, 400][j - M + LEADING],
);

/** Squared sines of the leading singular vectors of W against the leading subspace of W + E, right and left. */
function drawTurns(sigma: number, seed: number): { readonly right: number[]; readonly left: number[] } {
  const rng = createRng(seed);
  const normal = normalSampler(rng);
  const W = withSpectrum({ N, M }, EIGENVALUES, rng);
  const noisy = W.map((value) => value + sigma * normal());
  const sines = (of: (matrix: Float64Array) => Float64Array[]): number[] => {
    const [before, after] = [of(W), of(noisy)];
    return before.map((u) => 1 - after.reduce((sum, v) => sum + u.reduce((dot, x, i) => dot + x * v[i], 0) ** 2, 0));
  };
  return {
    right: sines((matrix) => leading(matrix, N, M)),
    left: sines((matrix) => leading(transposed(matrix), M, N)),
  };
}

function transposed(matrix: Float64Array): Float64Array {
  return Float64Array.from({ length: N * M }, (_, k) => matrix[(k % N) * M + Math.floor(k / N)]);
}

/** Right singular vectors of a rows x cols matrix, the leading ones, largest first. */
function leading(matrix: Float64Array, rows: number, cols: number): Float64Array[] {
  const gram = new Float64Array(cols * cols);
  for (let r = 0; r < rows; r++)
    for (let i = 0; i < cols; i++)
      for (let j = 0; j < cols; j++) gram[i * cols + j] += matrix[r * cols + i] * matrix[r * cols + j];
  const { vectors } = symmetricEigen(gram, cols);
  return Array.from({ length: LEADING }, (_, k) => vectors.slice((cols - 1 - k) * cols, (cols - k) * cols));
}

const DRAWS = 200;

describe("turnByNoise", () => {
  it("has the simulated mean and spread of the squared sine, on both sides, for noise that is small", () => {
    const sigma = 0.1;
    const drawn = Array.from({ length: DRAWS }, (_, seed) => drawTurns(sigma, seed + 1));
    for (let index = 0; index < LEADING; index++) {
      const expected = turnByNoise({ eigenvalues: EIGENVALUES, index, leading: LEADING, N, sigma2: sigma ** 2 });
      for (const [side, { mean, sd }] of [
        ["right", expected.smaller],
        ["left", expected.larger],
      ] as const) {
        const sines = drawn.map((draw) => draw[side][index]);
        const average = sines.reduce((sum, sine) => sum + sine, 0) / DRAWS;
        const spread = Math.sqrt(sines.reduce((sum, sine) => sum + (sine - average) ** 2, 0) / (DRAWS - 1));
        // Four standard errors, and 2 % for the second order (mean squared sine below 0.01).
        expect(Math.abs(average / mean - 1), `${side} ${index}`).toBeLessThan(
          0.02 + (4 * sd) / mean / Math.sqrt(DRAWS),
        );
        // The relative error of a standard deviation is about 1/sqrt(2 DRAWS) = 5 %.
        expect(Math.abs(spread / sd - 1), `${side} ${index}`).toBeLessThan(0.25);
      }
    }
  });

  it("grows with the noise's variance, and is infinite where the leading ones do not end at a gap", () => {
    const direction = { eigenvalues: EIGENVALUES, index: 0, leading: LEADING, N };
    const [one, four] = [turnByNoise({ ...direction, sigma2: 1 }), turnByNoise({ ...direction, sigma2: 4 })];
    expect(four.smaller.mean).toBeCloseTo(4 * one.smaller.mean, 12);
    expect(four.larger.sd).toBeCloseTo(4 * one.larger.sd, 12);
    const equal = Float64Array.of(1, 5, 5);
    expect(turnByNoise({ eigenvalues: equal, index: 0, leading: 1, N: 4, sigma2: 1e-9 }).smaller.mean).toBe(Infinity);
  });

  it("is 0 without noise", () => {
    const { smaller, larger } = turnByNoise({ eigenvalues: EIGENVALUES, index: 2, leading: 3, N, sigma2: 0 });
    expect([smaller, larger]).toEqual([
      { mean: 0, sd: 0 },
      { mean: 0, sd: 0 },
    ]);
  });
});
