import { describe, expect, it } from "vitest";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { smallSvd, thinQr } from "#eigenscope/numeric/small-svd.js";

const gaussian = (length: number, seed: number): Float64Array =>
  Float64Array.from({ length }, normalSampler(createRng(seed)));

/** X (a x b) times Y (b x c), row-major. */
function times(x: Float64Array, y: Float64Array, b: number): Float64Array {
  const [a, c] = [x.length / b, y.length / b];
  const z = new Float64Array(a * c);
  for (let i = 0; i < a; i++)
    for (let j = 0; j < c; j++) for (let k = 0; k < b; k++) z[i * c + j] += x[i * b + k] * y[k * c + j];
  return z;
}

const farthest = (x: ArrayLike<number>, y: ArrayLike<number>): number =>
  Array.from(x).reduce((most, value, i) => Math.max(most, Math.abs(value - y[i])), 0);

describe("smallSvd", () => {
  it.each([1, 2, 7, 40])("gives back a Gaussian matrix of side %i, with orthonormal vectors", (n) => {
    const matrix = gaussian(n * n, n);
    const { values, left, right } = smallSvd(matrix, n);
    const transposed = Float64Array.from(left, (_, at) => left[(at % n) * n + Math.floor(at / n)]);
    const scaled = Float64Array.from(right, (value, at) => values[Math.floor(at / n)] * value);
    // Rounding of n products, and of about ten sweeps: 100 n eps |C|.
    const bound = 100 * n * Number.EPSILON * values[0];
    expect(farthest(times(transposed, scaled, n), matrix)).toBeLessThan(bound);
    for (const vectors of [left, right])
      for (let i = 0; i < n; i++)
        for (let j = 0; j <= i; j++) {
          let dot = 0;
          for (let k = 0; k < n; k++) dot += vectors[i * n + k] * vectors[j * n + k];
          expect(Math.abs(dot - (i === j ? 1 : 0))).toBeLessThan(100 * n * Number.EPSILON);
        }
    expect(Array.from(values)).toEqual(Array.from(values).sort((a, b) => b - a));
  });

  it("keeps the digits of a singular value of 1e-9 beside 1, which W'W would lose", () => {
    // Rotated diag(1, 1e-9).
    const [c, s] = [Math.cos(0.3), Math.sin(0.3)];
    const { values } = smallSvd(Float64Array.of(c, -s * 1e-9, s, c * 1e-9), 2);
    // The entries are rounded to 1e-16 of the largest: 1e-7 of the small value.
    expect(Math.abs(values[1] / 1e-9 - 1)).toBeLessThan(1e-6);
  });

  it("has zero values and no vectors for them in a matrix of lower rank, and zeros for a zero matrix", () => {
    const { values, left } = smallSvd(Float64Array.of(1, 2, 2, 4), 2);
    expect(values[0]).toBeCloseTo(5, 12);
    expect(values[1]).toBeLessThan(1e-15);
    expect(smallSvd(new Float64Array(9), 3).values).toEqual(new Float64Array(3));
    expect(Math.abs(left[0])).toBeCloseTo(1 / Math.sqrt(5), 12);
  });

  it("rotates columns of equal length, where the angle is 45 degrees", () => {
    const { values } = smallSvd(Float64Array.of(2, 1, 1, 2), 2);
    expect(values[0]).toBeCloseTo(3, 12);
    expect(values[1]).toBeCloseTo(1, 12);
  });

  it("refuses a matrix that is not square", () => {
    expect(() => smallSvd(new Float64Array(6), 2)).toThrow("found 6 entries, expected 2 x 2");
  });
});

describe("thinQr", () => {
  it.each([
    [30, 5],
    [5, 5],
  ])("gives back a %i x %i matrix with orthonormal columns", (m, r) => {
    const matrix = gaussian(m * r, 3);
    const { q, r: upper } = thinQr(matrix, r);
    expect(farthest(times(q, upper, r), matrix)).toBeLessThan(100 * Number.EPSILON * m);
    const transposed = Float64Array.from(q, (_, at) => q[(at % m) * r + Math.floor(at / m)]);
    const identity = Float64Array.from({ length: r * r }, (_, at) => (at % (r + 1) === 0 ? 1 : 0));
    expect(farthest(times(transposed, q, m), identity)).toBeLessThan(100 * Number.EPSILON);
    for (let i = 1; i < r; i++) for (let j = 0; j < i; j++) expect(upper[i * r + j]).toBe(0);
  });

  it("stays orthogonal for columns that are almost equal, where one pass would not", () => {
    const [m, base, noise] = [50, gaussian(50, 1), gaussian(50, 2)];
    const matrix = Float64Array.from({ length: 2 * m }, (_, at) => base[at >> 1] + (at % 2) * 1e-9 * noise[at >> 1]);
    const { q } = thinQr(matrix, 2);
    let dot = 0;
    for (let i = 0; i < m; i++) dot += q[2 * i] * q[2 * i + 1];
    expect(Math.abs(dot)).toBeLessThan(100 * Number.EPSILON);
  });

  it("has a zero column for one that depends on others, and for zeros", () => {
    const { q, r } = thinQr(Float64Array.of(1, 3, 0, 1, 3, 0), 3);
    expect([r[4], r[8]]).toEqual([0, 0]);
    expect([q[1], q[4], q[2], q[5]]).toEqual([0, 0, 0, 0]);
    expect(farthest(times(q, r, 3), Float64Array.of(1, 3, 0, 1, 3, 0))).toBeLessThan(1e-15);
  });
});
