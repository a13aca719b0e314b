import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { logNormalSurvival, logUpperGamma } from "#eigenscope/numeric/index.js";
import { familyMoments } from "#eigenscope/tails/family-moments.js";
import { fitPowerLaw, fitTailLaw, fitTruncatedPowerLaw, peakRange } from "#eigenscope/tails/index.js";
import { LOGNORMAL, TRUNCATED_POWER_LAW } from "#eigenscope/tails/tail-family.js";
import { pareto, sample, truncated } from "./samples.js";
import { weightWatcherRuns } from "./weightwatcher-runs.js";

/** ln p(x) of the truncated power law above xmin, summed, with the normaliser from the incomplete gamma function. */
function logLikelihood(tail: Float64Array, { alpha, Lambda }: { alpha: number; Lambda: number }): number {
  const logZ = (alpha - 1) * Math.log(Lambda) + logUpperGamma(1 - alpha, Lambda * tail[0]);
  return tail.reduce((sum, x) => sum - alpha * Math.log(x) - Lambda * x - logZ, 0);
}

/** Values from `xmin` up, of those that WeightWatcher fits. */
const above = (values: Float64Array, xmin: number) =>
  values.filter((value) => value > 1e-5 && value >= xmin * (1 - 1e-12));

const RUNS = [
  ...weightWatcherRuns("TPL").map((run) => ({ ...run, option: "TPL" })),
  ...weightWatcherRuns("E_TPL").map((run) => ({ ...run, option: "E_TPL" })),
];
const fitAs = (option: string, values: Float64Array) =>
  fitTruncatedPowerLaw(values, option === "TPL" ? {} : { xminRange: peakRange(values)! });

describe("fitTruncatedPowerLaw", () => {
  it.each(RUNS.filter(({ row }) => row.alpha > 1.01))(
    "finds WeightWatcher's $option of $name, where its optimum is inside",
    ({ option, eigenvalues, row }) => {
      const fit = fitAs(option, eigenvalues)!;
      expect(fit.converged).toBe(true);
      expect(fit.nTail).toBe(row.num_pl_spikes);
      expect(Math.abs(fit.xmin / row.xmin - 1)).toBeLessThan(1e-12);
      // WeightWatcher's search stops when its simplex is 1e-4 wide: parameters to 1e-4 of their size, the distance to
      // as much.
      expect(Math.abs(fit.alpha - row.alpha)).toBeLessThan(1e-4 * row.alpha);
      expect(Math.abs(fit.Lambda - row.Lambda)).toBeLessThan(1e-4 * row.Lambda);
      expect(Math.abs(fit.ks - row.D)).toBeLessThan(1e-4);
    },
  );

  it.each(RUNS.filter(({ row }) => row.alpha > 0))(
    "is at least as likely as WeightWatcher's $option of $name, at its xmin",
    ({ eigenvalues, row }) => {
      const tail = above(eigenvalues, row.xmin);
      const ours = fitTailLaw("TPL", tail, { alpha: 2, xmin: tail[0], nTail: tail.length })!;
      const theirs = logLikelihood(tail, { alpha: row.alpha, Lambda: row.Lambda });
      // Both are sums of nTail logarithms: rounding of a few nTail eps.
      expect(ours.logLikelihood).toBeGreaterThan(theirs - 1e-12 * tail.length);
      // And its distance is WeightWatcher's at WeightWatcher's parameters, so that both speak of the same law.
      const { alpha, Lambda } = row;
      const whole = logUpperGamma(1 - alpha, Lambda * tail[0]);
      const ks = tail.reduce(
        (most, x, j) =>
          Math.max(most, Math.abs(1 - Math.exp(logUpperGamma(1 - alpha, Lambda * x) - whole) - j / tail.length)),
        0,
      );
      expect(Math.abs(ks / row.D - 1)).toBeLessThan(1e-9);
    },
  );

  it("has no fit where WeightWatcher's E_TPL failed: fewer than two candidates below 1.5 of the peak", () => {
    const { eigenvalues } = RUNS.find(({ option, row }) => option === "E_TPL" && row.alpha === -1)!;
    expect(fitAs("E_TPL", eigenvalues)).toBeNull();
  });

  it.each([
    [1.5, 0.05],
    [2, 0.2],
    [2.5, 0.02],
  ])("recovers alpha = %d, Lambda = %d of seeded samples within 3.5 of its own standard errors", (alpha, Lambda) => {
    for (const seed of [1, 2, 3]) {
      const values = sample(3000, seed, truncated(alpha, Lambda));
      const fit = fitTruncatedPowerLaw(values, { xminRange: [0, values[1]] })!;
      expect(fit.converged).toBe(true);
      expect(Math.abs(fit.alpha - alpha)).toBeLessThan(3.5 * fit.sigma!);
      expect(Math.abs(fit.Lambda - Lambda)).toBeLessThan(3.5 * fit.LambdaSigma!);
    }
  });

  it("comes down to the power law where no cut-off helps, and says so", () => {
    // A Pareto sample with its largest value moved far out: a tail longer than any power law's.
    const values = sample(500, 4, (rng) => pareto(rng, 3.5));
    values[values.length - 1] *= 1000;
    const fit = fitTruncatedPowerLaw(values)!;
    const power = fitPowerLaw(values)!;
    expect(fit).toMatchObject({ LambdaAtBound: true, Lambda: 0, LambdaSigma: null, xmin: power.xmin });
    expect(Math.abs(fit.alpha - power.alpha)).toBeLessThan(1e-10);
    expect(Math.abs(fit.ks - power.ks)).toBeLessThan(1e-10);
  });

  it("says that alpha is on its bound where the tail is exponential or shorter", () => {
    const fit = fitTruncatedPowerLaw(sample(500, 5, (rng) => 1 + rng()))!;
    expect(fit).toMatchObject({ alphaAtBound: true, alpha: 1, sigma: null });
  });

  it("scales: lambda -> c lambda leaves alpha and the distance, divides Lambda by c", () => {
    const values = sample(200, 6, truncated(2, 0.1));
    const a = fitTruncatedPowerLaw(values)!;
    fc.assert(
      fc.property(fc.integer({ min: -10, max: 60 }), (power) => {
        const b = fitTruncatedPowerLaw(values.map((value) => value * 2 ** power))!;
        expect(b.nTail).toBe(a.nTail);
        // The maximum is found to 1e-12 standard errors of one value, from other starting points by rounding only.
        expect(Math.abs(b.alpha - a.alpha)).toBeLessThan(1e-9);
        expect(Math.abs(b.Lambda * 2 ** power - a.Lambda)).toBeLessThan(1e-9);
        expect(Math.abs(b.ks - a.ks)).toBeLessThan(1e-9);
      }),
      { numRuns: 20, seed: 5 },
    );
  });

  it("takes the smallest distance of all candidates, as a plain search over them finds it", () => {
    const values = sample(80, 7, truncated(1.8, 0.05));
    const distances = Array.from({ length: values.length - 1 }, (_, i) => {
      const tail = values.subarray(i);
      const law = fitTailLaw("TPL", tail, { alpha: 2, xmin: tail[0], nTail: tail.length })!;
      const { alpha, Lambda } = law.parameters;
      const survival = (x: number) =>
        Lambda > 0
          ? Math.exp(logUpperGamma(1 - alpha, Lambda * x) - logUpperGamma(1 - alpha, Lambda * tail[0]))
          : (x / tail[0]) ** (1 - alpha);
      return tail.reduce((most, x, j) => Math.max(most, Math.abs(1 - survival(x) - j / tail.length)), 0);
    });
    const fit = fitTruncatedPowerLaw(values)!;
    expect(Math.abs(fit.ks - Math.min(...distances))).toBeLessThan(1e-9);
    expect(values.length - fit.nTail).toBe(distances.indexOf(Math.min(...distances)));
  });

  it("has no fit, rather than a number, for nothing, one value or equal values", () => {
    expect(fitTruncatedPowerLaw(new Float64Array())).toBeNull();
    expect(fitTruncatedPowerLaw(Float64Array.of(3))).toBeNull();
    expect(fitTruncatedPowerLaw(Float64Array.of(2, 2, 2, 2))).toBeNull();
    expect(fitTruncatedPowerLaw(Float64Array.of(1, 2, 3), { xminRange: [10, 20] })).toBeNull();
  });
});

describe("familyMoments", () => {
  it("has the normaliser of the incomplete gamma function", () => {
    for (const [kappa, tau] of [
      [0, 1e-3],
      [0, 40],
      [0.8, 1e-6],
      [1.5, 0.05],
      [60, 0.4],
    ]) {
      const exact = kappa * Math.log(tau) + logUpperGamma(-kappa, tau) + tau;
      expect(Math.abs(familyMoments(TRUNCATED_POWER_LAW, { kappa, tau }).logZ - exact)).toBeLessThan(1e-12);
    }
  });

  it("has the normaliser and the mean of the normal law cut off at 0", () => {
    for (const [mean, sd] of [
      [0.5, 0.2],
      [3, 0.1],
      [-2, 1],
      [-800, 21],
      [0, 1],
    ]) {
      const { logZ, u } = familyMoments(LOGNORMAL, { kappa: -mean / sd ** 2, tau: 1 / sd ** 2 });
      const exact =
        Math.log(sd) + Math.log(2 * Math.PI) / 2 + mean ** 2 / (2 * sd ** 2) + logNormalSurvival(-mean / sd);
      // mean^2/(2 sd^2), at most 726, has been rounded.
      expect(Math.abs(logZ - exact)).toBeLessThan(1e-12 + 2e-15 * (mean / sd) ** 2);
      // E[u] = mean + sd phi(-mean/sd)/Q(-mean/sd), whose exponent has the same rounding.
      const hazard = Math.exp(-(mean ** 2) / (2 * sd ** 2) - Math.log(2 * Math.PI) / 2 - logNormalSurvival(-mean / sd));
      expect(Math.abs(u - (mean + sd * hazard))).toBeLessThan(1e-12 + 2e-15 * Math.abs(mean) * (mean / sd) ** 2);
    }
  });
});
