import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { chiSquaredSurvival, erfc, logNormalSurvival, normalSampler } from "#eigenscope/numeric/index.js";
import { compareTailLaws, fitPowerLaw, fitTailLaw, TAIL_LAWS } from "#eigenscope/tails/index.js";
import { GOLDENS } from "../goldens/weightwatcher.js";
import { pareto, sample, truncated } from "./samples.js";

interface StoredComparison {
  readonly R_normalized: number;
  readonly p: number;
  readonly loglikelihood: number;
  readonly params: readonly number[];
}
const STORED: Record<string, { compare: Record<string, StoredComparison>; loglikelihood_power_law: number }> =
  JSON.parse(readFileSync(new URL("../goldens/powerlaw/comparisons.json", import.meta.url), "utf8"));
const PACKAGE_NAMES = {
  TPL: "truncated_power_law",
  EXP: "exponential",
  S_EXP: "stretched_exponential",
  LOG_N: "lognormal",
} as const;
const CASES = Object.keys(STORED).flatMap((name) =>
  (Object.keys(PACKAGE_NAMES) as (keyof typeof PACKAGE_NAMES)[]).map((law) => ({ name, law })),
);

/**
 * The package's normaliser of the lognormal underflows to a denormal number there (z = 38.2): its likelihood is
 * rounding.
 */
const UNDERFLOWN = "pareto_mu2_1000x500 LOG_N";

function compared(name: string) {
  const { eigenvalues } = GOLDENS.find((golden) => golden.name === name)!;
  const fit = fitPowerLaw(eigenvalues)!;
  return { eigenvalues, fit, comparison: compareTailLaws(eigenvalues, fit)! };
}

describe("compareTailLaws", () => {
  it.each(CASES)("is at least as likely as the powerlaw package's $law of $name", ({ name, law }) => {
    const { comparison } = compared(name);
    const stored = STORED[name].compare[PACKAGE_NAMES[law]];
    const slack = `${name} ${law}` === UNDERFLOWN ? 0.04 : 1e-9;
    expect(comparison.laws[law].converged).toBe(true);
    expect(comparison.laws[law].logLikelihood).toBeGreaterThan(stored.loglikelihood - slack);
    expect(Math.abs(comparison.laws.PL.logLikelihood - STORED[name].loglikelihood_power_law)).toBeLessThan(1e-9);
  });

  it("beats the package's lognormal there too, when its parameters are evaluated without underflow", () => {
    const name = "pareto_mu2_1000x500";
    const { eigenvalues, fit, comparison } = compared(name);
    const [mu, sigma] = STORED[name].compare.lognormal.params;
    const tail = eigenvalues.filter((value) => value >= fit.xmin);
    const logSurvival = logNormalSurvival((Math.log(fit.xmin) - mu) / sigma);
    const likelihood = tail.reduce(
      (sum, x) =>
        sum - Math.log(x * sigma) - Math.log(2 * Math.PI) / 2 - ((Math.log(x) - mu) / sigma) ** 2 / 2 - logSurvival,
      0,
    );
    expect(comparison.laws.LOG_N.logLikelihood).toBeGreaterThan(likelihood);
  });

  // Where the package's optimiser has found the maximum (its likelihood is within 1e-3 of ours), the tests must agree.
  it.each(
    CASES.filter(
      ({ name, law }) =>
        compared(name).comparison.laws[law].logLikelihood <
        STORED[name].compare[PACKAGE_NAMES[law]].loglikelihood + 1e-3,
    ),
  )("has the package's ratio and p-value for $law of $name", ({ name, law }) => {
    if (`${name} ${law}` === UNDERFLOWN) return;
    const { ratio, p } = compared(name).comparison.againstPowerLaw[law];
    const stored = STORED[name].compare[PACKAGE_NAMES[law]];
    // Its parameters are good to 1e-3 (xtol of its search): the ratio to 1e-2, p to 0.8 times that. On the bound, R is
    // 0 and theirs noise.
    expect(Math.abs(ratio - stored.R_normalized)).toBeLessThan(0.01);
    expect(Math.abs(p - stored.p)).toBeLessThan(0.008);
  });

  it("has p = P(chi-squared_1 > 2 (L_TPL - L_PL)) for the nested law and Vuong's two-sided p for the others", () => {
    const { laws, againstPowerLaw } = compared("digits_b4_fc2").comparison;
    expect(againstPowerLaw.TPL.p).toBeCloseTo(
      chiSquaredSurvival(2 * (laws.TPL.logLikelihood - laws.PL.logLikelihood)),
      12,
    );
    expect(againstPowerLaw.LOG_N.p).toBeCloseTo(erfc(Math.abs(againstPowerLaw.LOG_N.ratio) / Math.SQRT2), 12);
  });

  it("names the law that made the data, or one that the data cannot tell from it", () => {
    const labels = (draw: Parameters<typeof sample>[2]) =>
      [1, 2, 3, 4].map((seed) => {
        const values = sample(2000, seed, draw);
        // Above their smallest value, so that the label is about the law and not about xmin.
        const u = values.reduce((sum, x) => sum + Math.log(x / values[0]), 0);
        return compareTailLaws(values, { alpha: 1 + 2000 / u, xmin: values[0], nTail: 2000 })!.best;
      });
    expect(labels((rng) => pareto(rng, 2.5)).filter((label) => label === "PL").length).toBeGreaterThanOrEqual(3);
    expect(labels(truncated(1.6, 0.3))).toEqual(["TPL", "TPL", "TPL", "TPL"]);
    expect(labels((rng) => 1 - Math.log(1 - rng())).filter((label) => label === "EXP").length).toBeGreaterThanOrEqual(
      3,
    );
    expect(labels((rng) => (1 - 3 * Math.log(1 - rng())) ** (1 / 1.8))).toEqual(["S_EXP", "S_EXP", "S_EXP", "S_EXP"]);
    expect(labels((rng) => Math.exp(0.5 * normalSampler(rng)() + 1))).toEqual(["LOG_N", "LOG_N", "LOG_N", "LOG_N"]);
  });

  it("is the same on any scale", () => {
    const values = sample(300, 9, truncated(2, 0.2));
    const fit = fitPowerLaw(values)!;
    const scaled = values.map((value) => value * 1000);
    const [a, b] = [compareTailLaws(values, fit)!, compareTailLaws(scaled, { ...fit, xmin: fit.xmin * 1000 })!];
    for (const law of ["TPL", "EXP", "S_EXP", "LOG_N"] as const) {
      expect(Math.abs(a.againstPowerLaw[law].ratio - b.againstPowerLaw[law].ratio)).toBeLessThan(1e-6);
      // Every density divides by 1000.
      expect(Math.abs(a.laws[law].logLikelihood - b.laws[law].logLikelihood - fit.nTail * Math.log(1000))).toBeLessThan(
        1e-8 * fit.nTail,
      );
    }
  });

  it("has no comparison for fewer than 3 values, or equal ones", () => {
    expect(compareTailLaws(Float64Array.of(1, 2), { alpha: 2, xmin: 1, nTail: 2 })).toBeNull();
    expect(compareTailLaws(Float64Array.of(2, 2, 2), { alpha: 2, xmin: 2, nTail: 3 })).toBeNull();
  });
});

describe("fitTailLaw", () => {
  it.each(TAIL_LAWS)("normalises %s: its density integrates to 1 above xmin", (name) => {
    const values = sample(400, 3, truncated(1.7, 0.4));
    const u = values.reduce((sum, x) => sum + Math.log(x / values[0]), 0);
    const tail = { alpha: 1 + 400 / u, xmin: values[0], nTail: 400 };
    const { parameters } = fitTailLaw(name, values, tail)!;
    const { alpha, Lambda, beta, mu, sigma } = parameters;
    // The density on a grid of ln x, up to a constant taken from the fit's own value at xmin.
    const shape: Record<string, (x: number) => number> = {
      PL: (x) => -alpha * Math.log(x),
      TPL: (x) => -alpha * Math.log(x) - Lambda * x,
      EXP: (x) => -Lambda * x,
      S_EXP: (x) => (beta - 1) * Math.log(x) - (Lambda * x) ** beta,
      LOG_N: (x) => -Math.log(x) - ((Math.log(x) - mu) / sigma) ** 2 / 2,
    };
    const atXmin = fitTailLaw(name, values, tail)!.logDensities[0] - shape[name](values[0]);
    const h = 1e-3;
    let mass = 0;
    for (let k = 0; k < 60_000; k++) {
      const x = values[0] * Math.exp((k + 0.5) * h);
      mass += Math.exp(shape[name](x) + atXmin) * x * h;
    }
    // The midpoint rule errs by h^2/24 times the slope at the end.
    expect(mass).toBeCloseTo(1, 5);
  });
});
