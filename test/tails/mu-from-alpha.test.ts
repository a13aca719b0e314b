import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng } from "#eigenscope/numeric/index.js";
import { pareto } from "#eigenscope/rmt/index.js";
import { ALPHA_MU_CURVES, TABULATED_MU } from "#eigenscope/tails/alpha-mu-table.js";
import { fitPowerLaw, muFromAlpha } from "#eigenscope/tails/index.js";
import { spectrumOf } from "../spectrum-of.js";

describe("the table of alpha against mu", () => {
  it.each(ALPHA_MU_CURVES)(
    "follows alpha = 1 + mu/2 in the very heavy class, M = $M, Q = $Q, as [MM19] table 1 says for the limit",
    ({ alpha, spread, replicates }) => {
      for (const [k, mu] of TABULATED_MU.entries()) {
        if (mu > 1.25) continue;
        // Four standard errors of the mean, spreads estimated from few replicates taken as 0.1 at least; 5 % for what
        // finite size adds.
        const error = (4 * Math.max(spread[k], 0.1)) / Math.sqrt(replicates) + 0.1;
        expect(Math.abs(Math.log((alpha[k] - 1) / (mu / 2))), `mu = ${mu}`).toBeLessThan(error);
      }
    },
  );

  it.each(ALPHA_MU_CURVES)("rises through 2 and saturates above 3, M = $M, Q = $Q", ({ alpha }) => {
    const at = (mu: number) => alpha[TABULATED_MU.indexOf(mu)];
    expect(at(2.5)).toBeGreaterThan(at(2) + 0.5);
    expect(at(2)).toBeGreaterThan(at(1.5) + 0.3);
    expect(at(3)).toBeGreaterThan(5);
    expect(Math.min(at(4), at(5))).toBeGreaterThan(5);
  });
});

describe("muFromAlpha", () => {
  it("finds mu back from the tabulated alpha, below the saturation", () => {
    for (const { M, Q, alpha } of ALPHA_MU_CURVES) {
      for (const [k, mu] of TABULATED_MU.entries()) {
        if (mu > 2) continue;
        const found = muFromAlpha(alpha[k], { M, Q });
        // The step of the search, and the flat pieces where noise of the table was made to rise.
        expect(Math.abs(found.mu! - mu), `M ${M} Q ${Q} mu ${mu}`).toBeLessThan(0.06);
        expect(found.low).toBeLessThan(mu);
        expect(found.high!).toBeGreaterThan(mu);
        expect(found.extrapolated).toBe(false);
      }
    }
  });

  it("covers the mu of matrices that it has not seen", () => {
    const shape = { N: 300, M: 150 };
    const cases = [0.8, 1.3, 1.7].flatMap((mu) => [1, 2, 3, 4].map((seed) => ({ mu, seed })));
    const covered = cases.filter(({ mu, seed }) => {
      const { eigenvalues, resolvedFloor } = spectrumOf(pareto(shape, mu, createRng(100 * mu + seed)), shape);
      const fit = fitPowerLaw(eigenvalues.filter((value) => value > resolvedFloor))!;
      const { low, high } = muFromAlpha(fit.alpha, { M: 150, Q: 2 });
      return low < mu && (high === null || mu < high);
    });
    // 95 % asked; 2 of 12 or fewer missed with probability 0.98.
    expect(covered.length).toBeGreaterThanOrEqual(10);
  });

  it("tells the classes where it can, and no mu where alpha has saturated", () => {
    const shape = { M: 500, Q: 2 };
    expect(muFromAlpha(1.5, shape)).toMatchObject({ classes: ["very heavy-tailed"] });
    expect(muFromAlpha(1.1, shape)).toMatchObject({ classes: ["very heavy-tailed"], low: 0 });
    expect(muFromAlpha(1.1, shape).mu).toBeCloseTo(0.2, 10);
    const bulk = muFromAlpha(50, shape);
    expect(bulk).toMatchObject({ mu: null, high: null });
    expect(bulk.classes).toContain("weakly heavy-tailed");
    expect(muFromAlpha(8, shape)).toMatchObject({ mu: null, high: null });
    expect(muFromAlpha(8, shape).classes).not.toContain("very heavy-tailed");
  });

  it("rises with alpha, and its interval holds its estimate", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1.05, max: 30, noNaN: true }),
        fc.double({ min: 1.05, max: 30, noNaN: true }),
        fc.integer({ min: 50, max: 4000 }),
        fc.double({ min: 1, max: 30, noNaN: true }),
        (a, b, M, Q) => {
          const [lower, higher] = [muFromAlpha(Math.min(a, b), { M, Q }), muFromAlpha(Math.max(a, b), { M, Q })];
          expect(lower.mu ?? 5).toBeLessThanOrEqual((higher.mu ?? 5) + 1e-12);
          for (const { mu, low, high } of [lower, higher]) {
            if (mu === null) continue;
            expect(low).toBeLessThanOrEqual(mu);
            expect(high!).toBeGreaterThanOrEqual(mu);
          }
          expect(lower.extrapolated).toBe(M < 200 || M > 1000 || Q > 10);
        },
      ),
      { numRuns: 300, seed: 8 },
    );
  });

  it.each([
    [1, 100, 2],
    [2, 0, 2],
    [2, 100, 0.5],
    [Number.NaN, 100, 2],
  ])("refuses alpha = %d, M = %d, Q = %d", (alpha, M, Q) => {
    expect(() => muFromAlpha(alpha, { M, Q })).toThrow(/alpha > 1, M >= 1 and Q >= 1/);
  });
});
