import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createRng } from "#eigenscope/numeric/index.js";
import { MIN_EXCESSES } from "#eigenscope/tails/generalised-pareto.js";
import { fitGeneralisedPareto } from "#eigenscope/tails/index.js";

interface Golden {
  readonly laws: readonly {
    readonly shape: number;
    readonly p: readonly number[];
    readonly quantile: readonly number[];
  }[];
  readonly fits: readonly {
    readonly shape: number;
    readonly n: number;
    readonly mleShape: number;
    readonly mleScale: number;
  }[];
}
const SCIPY: Golden = JSON.parse(readFileSync(new URL("../goldens/scipy/genpareto.json", import.meta.url), "utf8"));

/** Quantile function of the generalised Pareto law of scale 1. */
const quantile = (xi: number, p: number): number =>
  xi === 0 ? -Math.log1p(-p) : Math.expm1(-xi * Math.log1p(-p)) / xi;
const points = (xi: number, n: number): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => quantile(xi, (i + 0.5) / n));

describe("fitGeneralisedPareto", () => {
  it("is tested on scipy's law", () => {
    for (const { shape, p, quantile: expected } of SCIPY.laws) {
      // Both are closed forms.
      for (const [i, level] of p.entries())
        expect(Math.abs(quantile(shape, level) / expected[i] - 1)).toBeLessThan(1e-12);
    }
  });

  it.each(SCIPY.fits)("lies near scipy's maximum likelihood at shape $shape", ({ shape, n, mleShape, mleScale }) => {
    const { xi, theta } = fitGeneralisedPareto(points(shape, n))!;
    // (1 + xi)/sqrt n is the standard error of the maximum likelihood; a posterior mean differs from it by O(1/n), more
    // where the end of the support decides.
    const error = ((1 + shape) / Math.sqrt(n)) * (shape < 0 ? 4 : 1);
    expect(Math.abs(xi - mleShape)).toBeLessThan(error / 4);
    expect(Math.abs(theta - mleShape / mleScale)).toBeLessThan(error / 2);
  });

  it("depends on neither the scale of the values, from 1e-200 to 1e200, nor their spread at the top", () => {
    const y = points(1, 60);
    const { xi } = fitGeneralisedPareto(y)!;
    for (const scale of [1e-200, 1e-3, 1e200])
      expect(fitGeneralisedPareto(y.map((value) => value * scale))!.xi).toBeCloseTo(xi, 10);
    expect(fitGeneralisedPareto(points(6, 400))!.xi).toBeCloseTo(6, 0);
  });

  it("has zero for exponential points and the end of the support for uniform ones", () => {
    expect(Math.abs(fitGeneralisedPareto(points(0, 2000))!.xi)).toBeLessThan(0.01);
    const { xi, theta } = fitGeneralisedPareto(points(-1, 2000))!;
    expect(Math.abs(xi + 1)).toBeLessThan(0.05);
    // -1/theta is the end, 1.
    expect(-1 / theta).toBeCloseTo(1, 1);
  });

  it("has no fit for fewer than 8 excesses, for equal ones and where a lower quantile is zero", () => {
    expect(fitGeneralisedPareto(points(0.5, MIN_EXCESSES))).not.toBeNull();
    expect(fitGeneralisedPareto(points(0.5, MIN_EXCESSES - 1))).toBeNull();
    expect(fitGeneralisedPareto(new Float64Array(20).fill(3))).toBeNull();
    expect(fitGeneralisedPareto(new Float64Array(20))).toBeNull();
    expect(fitGeneralisedPareto(Float64Array.from({ length: 20 }, (_, i) => (i < 18 ? 0 : i)))).toBeNull();
    expect(
      fitGeneralisedPareto(Float64Array.from({ length: 20 }, (_, i) => (i === 19 ? Number.POSITIVE_INFINITY : i + 1))),
    ).toBeNull();
  });

  it("has the asymptotic spread of the maximum likelihood, 1 + xi over sqrt k", () => {
    const rng = createRng(5);
    const found = Float64Array.from(
      { length: 400 },
      () => fitGeneralisedPareto(Float64Array.from({ length: 400 }, () => quantile(0.5, rng())).sort())!.xi,
    );
    const mean = found.reduce((sum, xi) => sum + xi, 0) / 400;
    const sd = Math.sqrt(found.reduce((sum, xi) => sum + (xi - mean) ** 2, 0) / 399);
    // 1.5/20 = 0.075; four standard errors of a standard deviation of 400 values.
    expect(Math.abs(sd / 0.075 - 1)).toBeLessThan(4 / Math.sqrt(800));
  });
});
