import { describe, expect, it } from "vitest";
import { createRng } from "#eigenscope/numeric/index.js";
import { fitPowerLaw } from "#eigenscope/tails/index.js";
import { MAX_CURVE_POINTS, xminCurve } from "#eigenscope/tails/xmin-curve.js";

/** Pareto values with exponent `alpha`, ascending. */
function pareto(n: number, alpha: number, seed = 1): Float64Array {
  const rng = createRng(seed);
  return Float64Array.from({ length: n }, () => (1 - rng()) ** (-1 / (alpha - 1))).sort();
}

/** alpha and D above index i, straight from [CSN09] eq. 3.1 and WeightWatcher's distance. */
function fitAbove(x: Float64Array, i: number): { alpha: number; D: number } {
  const tail = x.subarray(i);
  const alpha = 1 + tail.length / tail.reduce((sum, value) => sum + Math.log(value / x[i]), 0);
  const gaps = Array.from(tail, (value, j) => Math.abs(1 - (value / x[i]) ** (1 - alpha) - j / tail.length));
  return { alpha, D: alpha > 1 ? Math.max(...gaps) : 1 };
}

describe("the curve of alpha and D against xmin", () => {
  it("has the fit itself at its chosen point, exactly", () => {
    for (const [n, seed] of [
      [20, 1],
      [300, 2],
      [2000, 3],
    ]) {
      const x = pareto(n, 2.5, seed);
      const fit = fitPowerLaw(x)!;
      const { xmin, alpha, D, chosen } = xminCurve(x, fit);
      expect([xmin[chosen], alpha[chosen], D[chosen]]).toEqual([fit.xmin, fit.alpha, fit.ks]);
    }
  });

  it("has at every other point what a fit above that eigenvalue has, to the digits that it keeps", () => {
    const x = pareto(500, 3);
    const { xmin, alpha, D, chosen } = xminCurve(x, fitPowerLaw(x)!);
    expect(xmin.length).toBeGreaterThan(20);
    xmin.forEach((at, k) => {
      if (k === chosen) return;
      const i = x.findIndex((value) => Number(value.toPrecision(4)) === at);
      const exact = fitAbove(x, i);
      // Three decimals are kept.
      expect(Math.abs(alpha[k] - exact.alpha)).toBeLessThan(0.00051);
      expect(Math.abs(D[k] - exact.D)).toBeLessThan(0.00051);
    });
  });

  it("has no D below the chosen one: the fit is the minimum", () => {
    const x = pareto(800, 2.2, 7);
    const { D, chosen } = xminCurve(x, fitPowerLaw(x)!);
    // The others are rounded by at most half a unit of the third decimal.
    for (const d of D) expect(d).toBeGreaterThanOrEqual(D[chosen] - 0.0005);
  });

  it("is ascending in xmin, without repetitions, and bounded however many eigenvalues there are", () => {
    for (const n of [3, 31, 32, 33, 34, 5000]) {
      const x = pareto(n, 2.5, n);
      const { xmin, alpha, D } = xminCurve(x, fitPowerLaw(x)!);
      expect(xmin.every((value, k) => k === 0 || value > xmin[k - 1])).toBe(true);
      expect(xmin.length).toBeLessThanOrEqual(MAX_CURVE_POINTS);
      expect([alpha.length, D.length]).toEqual([xmin.length, xmin.length]);
    }
  });

  it("has the chosen point once where its neighbour rounds to it", () => {
    let tried = 0;
    for (let seed = 1; seed <= 20; seed++) {
      // Each value, of three digits, and a twin that rounds to it.
      const values = [...pareto(14, 2.5, seed)].map((value) => Number(value.toPrecision(3)));
      const x = Float64Array.from(new Set(values.flatMap((value) => [value, value * (1 + 1e-6)]))).sort();
      const fit = fitPowerLaw(x)!;
      const { xmin, chosen } = xminCurve(x, fit);
      expect(xmin[chosen]).toBe(fit.xmin);
      expect(xmin.every((value, k) => k === 0 || value > xmin[k - 1])).toBe(true);
      if (values.includes(fit.xmin)) tried++;
    }
    expect(tried).toBeGreaterThan(5);
  });

  it("has all candidates where they are few, and spaces them evenly in the logarithm where they are many", () => {
    const few = Float64Array.from({ length: 32 }, (_, i) => 1.5 ** i);
    expect(xminCurve(few, fitPowerLaw(few)!).xmin).toHaveLength(31);
    const drawn = pareto(32, 2.5, 4);
    const { xmin: all, chosen } = xminCurve(drawn, fitPowerLaw(drawn)!);
    expect(all).toHaveLength(31);
    expect(chosen).toBeGreaterThan(0);
    expect(chosen).toBeLessThan(30);
    const many = Float64Array.from({ length: 3000 }, (_, i) => 1 + i);
    const { xmin } = xminCurve(many, fitPowerLaw(many)!);
    expect(xmin[0]).toBe(1);
    expect(xmin.at(-1)).toBe(2999);
    const steps = xmin.slice(10).map((value, k) => Math.log(value / xmin[9 + k]));
    // log(2999)/30 = 0.267 between neighbours; the chosen point lies between two.
    for (const step of steps) expect(step).toBeLessThan(0.3);
  });

  it("counts equal eigenvalues once, at their smallest index, and has no infinite alpha", () => {
    const x = Float64Array.from([1, 1, 1, 2, 2, 3, 5, 5, 5]);
    const fit = fitPowerLaw(x)!;
    const { xmin, alpha } = xminCurve(x, fit);
    // From 5 on all values are equal: there is no exponent.
    expect(xmin).toEqual([1, 2, 3]);
    expect(alpha.every(Number.isFinite)).toBe(true);
    expect(alpha[1]).toBeCloseTo(fitAbove(x, 3).alpha, 3);
  });

  it("leaves out what the fit leaves out: eigenvalues up to 1e-5", () => {
    const x = Float64Array.from([0, 1e-6, 1e-5, ...pareto(100, 2.5)]);
    const fit = fitPowerLaw(x)!;
    expect(xminCurve(x, fit)).toEqual(xminCurve(x.subarray(3), fit));
    expect(xminCurve(x, fit).xmin[0]).toBeGreaterThan(1e-5);
  });
});
