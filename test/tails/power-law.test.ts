import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng } from "#eigenscope/numeric/index.js";
import { compareTailLaws, fitPowerLaw, hill } from "#eigenscope/tails/index.js";
import { ALPHA_IS_NOISE, GOLDENS } from "../goldens/weightwatcher.js";

/** WeightWatcher's rule as it is written, O(n^2), without any short cut: the oracle for the search. */
function bruteForce(values: Float64Array) {
  const x = values.filter((value) => value > 1e-5);
  let best = { ks: Number.POSITIVE_INFINITY, alpha: Number.NaN, xmin: Number.NaN };
  for (let i = 0; i < x.length - 1; i++) {
    const k = x.length - i;
    let sum = 0;
    for (let j = i; j < x.length; j++) sum += Math.log(x[j] / x[i]);
    const alpha = 1 + k / sum;
    let ks = 0;
    for (let j = i; j < x.length; j++) ks = Math.max(ks, Math.abs(1 - (x[j] / x[i]) ** (1 - alpha) - (j - i) / k));
    if (!(alpha > 1 && alpha < Number.POSITIVE_INFINITY)) ks = 1;
    if (ks < best.ks) best = { ks, alpha, xmin: x[i] };
  }
  return best;
}

/** n exact Pareto values of density exponent alpha, xmin = 1. */
function paretoSample(n: number, alpha: number, seed: number): Float64Array {
  const rng = createRng(seed);
  return Float64Array.from({ length: n }, () => (1 - rng()) ** (-1 / (alpha - 1))).sort();
}

describe("fitPowerLaw", () => {
  it.each(GOLDENS.filter(({ name }) => !ALPHA_IS_NOISE.has(name)))(
    "gives WeightWatcher's digits for $name",
    ({ eigenvalues, row }) => {
      const fit = fitPowerLaw(eigenvalues);
      // Both sum n logarithms in f64: relative differences of a few n eps.
      const close = (value: number | undefined, golden: unknown) =>
        expect(Math.abs(value! / (golden as number) - 1)).toBeLessThan(1e-11);
      close(fit?.alpha, row.alpha);
      close(fit?.ks, row.D);
      close(fit?.xmin, row.xmin);
      close(fit?.xmax, row.xmax);
      close(fit?.sigma, row.sigma);
      expect(fit?.nTail).toBe(row.num_pl_spikes);
    },
  );

  it("finds the same minimum as the full search, on any data", () => {
    const values = fc.array(
      fc.oneof(
        fc.integer({ min: 1, max: 2 ** 20 }).map((k) => k / 1024),
        fc.constantFrom(0, 1e-6, 1e-5, 1, 2, 2.5),
      ),
      { minLength: 3, maxLength: 120 },
    );
    fc.assert(
      fc.property(values, (list) => {
        const sorted = Float64Array.from(list).sort();
        const fit = fitPowerLaw(sorted);
        const oracle = bruteForce(sorted);
        if (fit === null) {
          expect(
            oracle.ks >= 1 || sorted.filter((value) => value > 1e-5).every((value, _, all) => value === all[0]),
          ).toBe(true);
          return;
        }
        // Neighbours differ by 1e-6 of their size at least, so that sum ln x_j - k ln x_i keeps 10 digits of the
        // smallest logarithm.
        expect(Math.abs(fit.ks - oracle.ks)).toBeLessThan(1e-9);
      }),
      { numRuns: 500, seed: 3 },
    );
  });

  it.each([1.5, 2, 2.5, 3, 3.5])("recovers alpha = %d of exact Pareto samples within 3 sigma", (alpha) => {
    const pulls = [11, 12, 13, 14, 15].map((seed) => {
      const fit = fitPowerLaw(paretoSample(5000, alpha, seed))!;
      return (fit.alpha - alpha) / fit.sigma;
    });
    for (const pull of pulls) expect(Math.abs(pull)).toBeLessThan(3);
  });

  it("does not depend on the scale of the values, above WeightWatcher's absolute bound", () => {
    const values = paretoSample(400, 2.3, 4);
    const [a, b] = [fitPowerLaw(values)!, fitPowerLaw(values.map((value) => value * 1024))!];
    expect(b.nTail).toBe(a.nTail);
    expect(Math.abs(b.alpha - a.alpha)).toBeLessThan(1e-11);
    expect(b.xmin).toBe(a.xmin * 1024);
    // WeightWatcher's bound: everything at or below 1e-5 is gone.
    expect(fitPowerLaw(values.map((value) => value * 1e-12))).toBeNull();
  });

  it("has no fit, rather than a number, for nothing, one value or equal values", () => {
    expect(fitPowerLaw(new Float64Array())).toBeNull();
    expect(fitPowerLaw(Float64Array.of(3))).toBeNull();
    expect(fitPowerLaw(Float64Array.of(2, 2, 2, 2))).toBeNull();
    expect(fitPowerLaw(Float64Array.of(1e-6, 1e-5, 3))).toBeNull();
  });
});

describe("hill", () => {
  it("is the closed form on the upper half", () => {
    // ln x = 0, 1, 2, 3 | 4, 5, 6, 7: alpha = 1 + 4/(0 + 1 + 2 + 3).
    const values = Float64Array.from({ length: 8 }, (_, i) => Math.exp(i));
    expect(hill(values)?.alpha).toBeCloseTo(1 + 4 / 6, 12);
    expect(hill(values)?.nTail).toBe(4);
  });

  it("recovers alpha of exact Pareto samples within 3 sigma", () => {
    for (const seed of [1, 2, 3, 4]) {
      const fit = hill(paretoSample(4000, 2.5, seed))!;
      expect(Math.abs(fit.alpha - 2.5)).toBeLessThan(3 * fit.sigma);
    }
  });

  it("is null where the upper half is not positive, or constant", () => {
    expect(hill(Float64Array.of(0, 0, 0))).toBeNull();
    expect(hill(Float64Array.of(1, 1, 1, 1))).toBeNull();
    expect(hill(new Float64Array())).toBeNull();
  });
});

describe("a power law against an exponential", () => {
  const stored: Record<
    string,
    { alpha: number; xmin: number; compare: { exponential: { R_normalized: number; loglikelihood: number } } }
  > = JSON.parse(readFileSync(new URL("../goldens/powerlaw/comparisons.json", import.meta.url), "utf8"));

  it.each(Object.keys(stored))("has the normalised ratio of the powerlaw package for %s", (name) => {
    const { eigenvalues } = GOLDENS.find((golden) => golden.name === name)!;
    const { compare } = stored[name];
    const comparison = compareTailLaws(eigenvalues, fitPowerLaw(eigenvalues)!)!.againstPowerLaw.EXP;
    // The package finds the exponential's rate by an optimiser that stops early; ours is the closed form, so its
    // likelihood is at least as high.
    expect(Math.abs(comparison.ratio / compare.exponential.R_normalized - 1)).toBeLessThan(2e-3);
    expect(comparison.logLikelihoodOther).toBeGreaterThan(
      compare.exponential.loglikelihood - 1e-6 * Math.abs(compare.exponential.loglikelihood),
    );
  });

  it("prefers the law that made the data", () => {
    const rng = createRng(6);
    const exponential = Float64Array.from({ length: 2000 }, () => 1 - Math.log(1 - rng())).sort();
    const fit = { alpha: 2, xmin: exponential[0], xmax: 0, sigma: 0, ks: 0, nTail: 2000, n: 2000 };
    expect(compareTailLaws(exponential, fit)!.againstPowerLaw.EXP.ratio).toBeLessThan(-3);
    const power = paretoSample(2000, 2.5, 7);
    expect(compareTailLaws(power, fitPowerLaw(power)!)!.againstPowerLaw.EXP.ratio).toBeGreaterThan(3);
  });
});
