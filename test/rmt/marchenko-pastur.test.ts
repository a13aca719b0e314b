import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gaussLegendre } from "#eigenscope/numeric/index.js";
import {
  marchenkoPasturCdf,
  marchenkoPasturDensity,
  marchenkoPasturEdges,
  marchenkoPasturQuantile,
  marchenkoPasturQuantiles,
} from "#eigenscope/rmt/index.js";

const law = fc.record({
  Q: fc.oneof(fc.constant(1), fc.double({ min: 1, max: 100, noNaN: true })),
  sigma2: fc.double({ min: 1e-8, max: 1e8, noNaN: true }),
});

/**
 * int f(x) rho(x) dx over [from, lambda+], with x = mid + half cos(t), which takes the square roots away from both
 * edges.
 */
function integrate(f: (x: number) => number, { Q, sigma2 }: { Q: number; sigma2: number }, below = 1): number {
  const { minus, plus } = marchenkoPasturEdges({ Q, sigma2 });
  const { nodes, weights } = gaussLegendre(400);
  let sum = 0;
  for (let i = 0; i < nodes.length; i++) {
    const t = Math.PI * (1 - below + (below * (nodes[i] + 1)) / 2);
    const x = (plus + minus) / 2 + ((plus - minus) / 2) * Math.cos(t);
    sum +=
      weights[i] *
      f(x) *
      marchenkoPasturDensity(x, { Q, sigma2 }) *
      ((plus - minus) / 2) *
      Math.sin(t) *
      ((Math.PI * below) / 2);
  }
  return sum;
}

describe("the Marchenko-Pastur law", () => {
  it.each([1.0001, 1.5, 2, 10, 100])("has mass 1, mean sigma2 and second moment sigma2^2 (1 + 1/Q) at Q = %d", (Q) => {
    const params = { Q, sigma2: 1.7 };
    // 400 nodes on an analytic integrand; for Q near 1 its pole comes close to the interval.
    const tolerance = Q < 1.01 ? 1e-2 : 1e-10;
    expect(Math.abs(integrate(() => 1, params) - 1)).toBeLessThan(tolerance);
    expect(Math.abs(integrate((x) => x, params) - 1.7)).toBeLessThan(1e-10);
    expect(Math.abs(integrate((x) => x * x, params) - 1.7 ** 2 * (1 + 1 / Q))).toBeLessThan(1e-9);
  });

  it("is the quarter-circle law of singular values at Q = 1", () => {
    // rho(nu) = sqrt(4 - nu^2)/pi on [0, 2], F(nu) = (nu sqrt(4 - nu^2)/2 + 2 asin(nu/2))/pi.
    for (const nu of [0.01, 0.3, 1, 1.7, 1.999]) {
      expect(marchenkoPasturDensity(nu * nu, { Q: 1 }) * 2 * nu).toBeCloseTo(Math.sqrt(4 - nu * nu) / Math.PI, 12);
      expect(marchenkoPasturCdf(nu * nu, { Q: 1 })).toBeCloseTo(
        (nu * Math.sqrt(4 - nu * nu)) / 2 / Math.PI + (2 / Math.PI) * Math.asin(nu / 2),
        12,
      );
    }
  });

  it.each([1, 1.3, 2, 10.667])("has a distribution function that is the integral of its density, Q = %d", (Q) => {
    const { minus, plus } = marchenkoPasturEdges({ Q });
    for (const below of [0.1, 0.35, 0.6, 0.9]) {
      const x = (plus + minus) / 2 + ((plus - minus) / 2) * Math.cos(Math.PI * (1 - below));
      const upTo = integrate(() => 1, { Q, sigma2: 1 }, below);
      if (Q > 1) expect(marchenkoPasturCdf(x, { Q })).toBeCloseTo(upTo, 9);
      // At Q = 1 the quadrature meets the pole at 0; the quarter-circle test covers it.
    }
    expect(marchenkoPasturCdf(minus - 1e-9, { Q })).toBe(0);
    expect(marchenkoPasturCdf(plus, { Q })).toBe(1);
  });

  it("has a quantile function that inverts the distribution function", () => {
    fc.assert(
      fc.property(law, fc.double({ min: 0, max: 1, noNaN: true }), (params, p) => {
        const x = marchenkoPasturQuantile(p, params);
        const { minus, plus } = marchenkoPasturEdges(params);
        expect(x).toBeGreaterThanOrEqual(minus * (1 - 1e-12) - 1e-15 * plus);
        expect(x).toBeLessThanOrEqual(plus * (1 + 1e-12));
        // 4 Q eps of the closed form, and the steepest ascent 1/sqrt(x) at Q = 1 times the error of x.
        expect(Math.abs(marchenkoPasturCdf(x, params) - p)).toBeLessThan(1e-7);
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it("scales: F(c x; c sigma2) = F(x; sigma2)", () => {
    fc.assert(
      fc.property(law, fc.double({ min: 0.01, max: 0.99, noNaN: true }), ({ Q, sigma2 }, p) => {
        const unit = marchenkoPasturQuantile(p, { Q });
        expect(Math.abs(marchenkoPasturQuantile(p, { Q, sigma2 }) / sigma2 - unit)).toBeLessThanOrEqual(
          4 * Number.EPSILON * Math.max(1, unit),
        );
      }),
      { numRuns: 200, seed: 2 },
    );
  });

  it.each([1, 2, 30])("gives the mid-point quantiles one by one as all at once, Q = %d", (Q) => {
    const all = marchenkoPasturQuantiles(101, Q);
    for (const i of [0, 1, 50, 99, 100])
      expect(Math.abs(all[i] - marchenkoPasturQuantile((i + 0.5) / 101, { Q }))).toBeLessThan(1e-11);
    for (let i = 1; i < 101; i++) expect(all[i]).toBeGreaterThan(all[i - 1]);
  });

  it("has quantiles as exact as an x can be, from p = 2^-52 to 1 - 2^-52", () => {
    for (const Q of [1, 1.0001, 2, 100, 1e4]) {
      const { plus } = marchenkoPasturEdges({ Q });
      const F = (x: number): number => marchenkoPasturCdf(x, { Q });
      for (let k = 0; k <= 52; k++) {
        for (const p of [2 ** -k, 1 - 2 ** -k]) {
          const x = marchenkoPasturQuantile(p, { Q });
          // The error of F in closed form, here and in the quantile, and what a rounding of x on the scale of plus is
          // in p.
          const rounding =
            16 * Q * Number.EPSILON + F(x + 4 * Number.EPSILON * plus) - F(x - 4 * Number.EPSILON * plus);
          expect(Math.abs(F(x) - p)).toBeLessThan(rounding);
        }
      }
    }
  });

  it("has quantiles that are exact relative to their distance from the upper edge", () => {
    // Q = 1: x = 4 cos^2(theta/2), and P(X > x) = (theta - sin theta)/pi, here by its series.
    for (let k = 14; k <= 40; k++) {
      const x = marchenkoPasturQuantile(1 - 2 ** -k, { Q: 1 });
      const theta = 2 * Math.asin(Math.sqrt(4 - x) / 2);
      const survival = (theta ** 3 / 6) * (1 - (theta ** 2 / 20) * (1 - (theta ** 2 / 42) * (1 - theta ** 2 / 72)));
      // Rounding of the closed form near 1, and of 4 - x.
      const rounding = 1e-12 + 8 * Number.EPSILON * (2 ** k + 1 / (4 - x));
      expect(Math.abs(survival / Math.PI / 2 ** -k - 1)).toBeLessThan(rounding);
    }
  });

  it.each([1, 2, 100])("has the edges as its quantiles at 0 and 1, Q = %d", (Q) => {
    const { minus, plus } = marchenkoPasturEdges({ Q });
    // Each is rounded once on the scale of plus.
    for (const [p, edge] of [
      [0, minus],
      [1, plus],
    ])
      expect(Math.abs(marchenkoPasturQuantile(p, { Q }) - edge)).toBeLessThanOrEqual(Number.EPSILON * plus);
  });

  it("gives quantiles that the caller may overwrite, however often and in whatever order they are asked for", () => {
    const shapes = Array.from({ length: 12 }, (_, i) => [40 + (i % 4), 1 + Math.floor(i / 4)] as const);
    const first = shapes.map(([count, Q]) => marchenkoPasturQuantiles(count, Q));
    expect(first.map(({ length }) => length)).toEqual(shapes.map(([count]) => count));
    const copies = first.map((quantiles) => quantiles.slice());
    for (const quantiles of first) quantiles.fill(0);
    for (const [i, [count, Q]] of [...shapes.entries()].reverse()) {
      const again = marchenkoPasturQuantiles(count, Q);
      expect(again).toEqual(copies[i]);
      again.fill(-1);
      expect(marchenkoPasturQuantiles(count, Q)).toEqual(copies[i]);
    }
  });

  it("refuses what is no law", () => {
    expect(() => marchenkoPasturEdges({ Q: 0.5 })).toThrow(/Q must be at least 1, got 0.5/);
    expect(() => marchenkoPasturDensity(1, { Q: 2, sigma2: -1 })).toThrow(/sigma2 must be positive/);
    expect(() => marchenkoPasturQuantile(1.5, { Q: 2 })).toThrow(/p must lie in/);
  });
});
