import { describe, expect, it } from "vitest";
import { singularValuesInPlace } from "#eigenscope/spectra/bidiagonal-qr.js";

const ascending = (diagonal: number[], superdiagonal: number[]): number[] =>
  [...singularValuesInPlace(Float64Array.from(diagonal), Float64Array.from(superdiagonal))].sort((a, b) => a - b);

describe("singular values of a bidiagonal matrix", () => {
  it("are the absolute diagonal where nothing stands beside it", () => {
    expect(ascending([3, -1, 2], [0, 0, 0])).toEqual([1, 2, 3]);
  });

  it("follow the closed form of the second-difference matrix: 2 sin(k pi/(2n + 1)) for all ones", () => {
    const n = 50;
    // B = I + shift has B'B tridiagonal (1, 2, 1) but for one corner; its singular values are 2 cos(k pi / (2n + 1)),
    // k = 1 ... n.
    const expected = Array.from({ length: n }, (_, i) => 2 * Math.cos(((n - i) * Math.PI) / (2 * n + 1)));
    const found = ascending(Array(n).fill(1), Array(n).fill(1));
    // A few eps a QR sweep, svMax = 2.
    found.forEach((value, i) => {
      expect(Math.abs(value - expected[i])).toBeLessThan(20 * 2 ** -52 * 2);
    });
  });

  it("include a zero where the matrix is singular", () => {
    // Rows (1,1,0,0,0), (0,0,1,0,0), (0,0,2,1,0), (0,0,0,0,1), (0,0,0,0,3): rank 4.
    const found = ascending([1, 0, 2, 0, 3], [1, 1, 1, 1, 0]);
    // The zero may come out as a rounding error of the norm, about 3.
    expect(found.filter((value) => value < 4 * 2 ** -52)).toHaveLength(1);
  });

  it("keep tiny values apart from rounding of the large ones where the matrix is graded", () => {
    const found = ascending([1, 1e-8, 1e-16], [0.5, 0.5e-8, 0]);
    // det B = the product of the diagonal, an identity that holds to the error of each value.
    expect(found[0] * found[1] * found[2]).toBeCloseTo(1e-24, 36);
  });

  it("of zero are zero", () => {
    expect(ascending([0, 0, 0], [0, 0, 0])).toEqual([0, 0, 0]);
  });
});
