import { describe, expect, it } from "vitest";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { SYMMETRIC_EIGEN_LIMIT, symmetricEigen } from "#eigenscope/numeric/symmetric-eigen.js";

/** Symmetric matrices of every kind that is awkward: row-major, n x n. */
const MATRICES: Readonly<Record<string, { readonly n: number; readonly entries: Float64Array }>> = {
  "1 x 1": matrixOf(1, () => -3),
  "2 x 2": matrixOf(2, (i, j) => [2, 1, -1][i + j]),
  zero: matrixOf(5, () => 0),
  diagonal: matrixOf(6, (i, j) => (i === j ? 6 - i : 0)),
  "the identity": matrixOf(7, (i, j) => (i === j ? 1 : 0)),
  "of rank one": matrixOf(20, (i, j) => (i + 1) * (j + 1)),
  "with two equal halves": matrixOf(
    12,
    (i, j) => (i % 6 === j % 6 ? 1 + (i % 6) : 0) + (Math.abs(i - j) === 6 ? 0.5 : 0),
  ),
  "Wilkinson's W21+": matrixOf(21, (i, j) => (i === j ? Math.abs(10 - i) : Math.abs(i - j) === 1 ? 1 : 0)),
  random: randomMatrix(60, 1),
  "random and large": randomMatrix(200, 2),
  "with entries of 1e200": randomMatrix(30, 3, 1e200),
  "with entries of 1e-200": randomMatrix(30, 4, 1e-200),
};

function matrixOf(n: number, at: (i: number, j: number) => number) {
  return { n, entries: Float64Array.from({ length: n * n }, (_, k) => at(Math.floor(k / n), k % n)) };
}

function randomMatrix(n: number, seed: number, scale = 1) {
  const normal = normalSampler(createRng(seed));
  const half = Array.from({ length: n * n }, () => normal() * scale);
  return matrixOf(n, (i, j) => half[i * n + j] + half[j * n + i]);
}

describe.each(Object.entries(MATRICES))("symmetricEigen of a matrix %s", (_, { n, entries }) => {
  const { values, vectors, converged } = symmetricEigen(entries, n);
  const row = (i: number) => vectors.subarray(i * n, (i + 1) * n);
  const largest = Math.max(Number.MIN_VALUE, ...values.map(Math.abs));

  it("has ascending eigenvalues whose sum is the trace, to n eps of the largest", () => {
    expect(converged).toBe(true);
    expect([...values]).toEqual([...values].sort((a, b) => a - b));
    let trace = 0;
    for (let i = 0; i < n; i++) trace += entries[i * n + i];
    expect(Math.abs(values.reduce((sum, value) => sum + value, 0) - trace)).toBeLessThanOrEqual(
      4 * n * Number.EPSILON * largest * n,
    );
  });

  it("has A v = lambda v for each, to 10 n eps of the largest", () => {
    for (let k = 0; k < n; k++) {
      for (let i = 0; i < n; i++) {
        let product = 0;
        for (let j = 0; j < n; j++) product += entries[i * n + j] * row(k)[j];
        expect(Math.abs(product - values[k] * row(k)[i])).toBeLessThanOrEqual(10 * n * Number.EPSILON * largest);
      }
    }
  });

  it("has orthonormal vectors, to 10 n eps", () => {
    for (let k = 0; k < n; k++) {
      for (let l = 0; l <= k; l++) {
        let product = 0;
        for (let j = 0; j < n; j++) product += row(k)[j] * row(l)[j];
        expect(Math.abs(product - (k === l ? 1 : 0))).toBeLessThanOrEqual(10 * n * Number.EPSILON);
      }
    }
  });
});

describe("symmetricEigen", () => {
  it("gives the eigenvalues of the second difference, 2 - 2 cos(k pi/(n + 1))", () => {
    const n = 50;
    const { values } = symmetricEigen(matrixOf(n, (i, j) => (i === j ? 2 : Math.abs(i - j) === 1 ? -1 : 0)).entries, n);
    values.forEach((value, k) => {
      expect(Math.abs(value - (2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1))))).toBeLessThan(n * Number.EPSILON * 4);
    });
  });

  it("leaves the matrix as it was", () => {
    const { n, entries } = randomMatrix(10, 5);
    const before = entries.slice();
    symmetricEigen(entries, n);
    expect(entries).toEqual(before);
  });

  it("refuses a side out of range and a wrong number of entries", () => {
    expect(() => symmetricEigen(new Float64Array(0), 0)).toThrow(/whole number from 1 to 1024, got 0/);
    expect(() => symmetricEigen(new Float64Array(1), SYMMETRIC_EIGEN_LIMIT + 1)).toThrow(RangeError);
    expect(() => symmetricEigen(new Float64Array(8), 3)).toThrow("found 8 entries, expected 3 x 3");
  });
});
