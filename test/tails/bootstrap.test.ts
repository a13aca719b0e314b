import { describe, expect, it } from "vitest";
import { deriveSeed } from "#eigenscope/numeric/index.js";
import { bootstrapPowerLaw, fitPowerLaw, powerLawUncertainty, resamplePowerLaw } from "#eigenscope/tails/index.js";
import { humpAndTail, pareto, sample } from "./samples.js";

describe("bootstrapPowerLaw", () => {
  it(
    "covers the truth about as often as it says, xmin chosen by the scan (reduced; " +
      "scripts/calibrate-tail-coverage.mjs is the whole)",
    () => {
      const repetitions = 200;
      for (const draw of [(rng: () => number) => pareto(rng, 2.5), humpAndTail(2.5)]) {
        let [covers, naive] = [0, 0];
        for (let r = 0; r < repetitions; r++) {
          const seed = deriveSeed(41, r);
          const values = sample(100, seed, draw);
          const fit = fitPowerLaw(values)!;
          const { low, high } = bootstrapPowerLaw(values, fit, { seed, replicates: 60 })!.alpha;
          if (low < 2.5 && 2.5 < high) covers++;
          if (Math.abs(fit.alpha - 2.5) < 1.96 * fit.sigma) naive++;
        }
        // Binomial standard error of 0.95 over 200: 0.0154; three of them.
        expect(Math.abs(covers / repetitions - 0.95)).toBeLessThan(0.046);
        // What sigma, which takes xmin for known, leaves out.
        expect(covers).toBeGreaterThan(naive);
      }
    },
  );

  it("covers xmin where the data show it", () => {
    const values = sample(1000, 3, humpAndTail(2.5));
    const { xmin } = bootstrapPowerLaw(values, fitPowerLaw(values)!, { seed: 1, replicates: 100 })!;
    expect(xmin.low).toBeLessThan(1.05);
    expect(xmin.high).toBeGreaterThan(0.95);
  });

  it("gives the same numbers however the replicates are split over workers, and others for another seed", () => {
    const values = sample(120, 5, (rng) => pareto(rng, 2.2));
    const whole = resamplePowerLaw(values, { seed: 9, to: 30 });
    const parts = [
      [20, 30],
      [0, 7],
      [7, 20],
    ].map(([from, to]) => ({ from, ...resamplePowerLaw(values, { seed: 9, from, to }) }));
    for (const { from, alpha, xmin } of parts) {
      expect(whole.alpha.slice(from, from + alpha.length)).toEqual(alpha);
      expect(whole.xmin.slice(from, from + xmin.length)).toEqual(xmin);
    }
    expect(resamplePowerLaw(values, { seed: 10, to: 30 }).alpha).not.toEqual(whole.alpha);
  });

  it("does not depend on the scale of the values", () => {
    const values = sample(100, 6, (rng) => pareto(rng, 2.2));
    const scaled = values.map((value) => value * 256);
    const [a, b] = [values, scaled].map(
      (data) => bootstrapPowerLaw(data, fitPowerLaw(data)!, { seed: 2, replicates: 40 })!,
    );
    // The logarithms are rounded at another place: candidates of the same distance to 12 digits may change places,
    // which none does here.
    expect(Math.abs(b.alpha.low - a.alpha.low)).toBeLessThan(1e-9);
    expect(Math.abs(b.xmin.high / a.xmin.high - 256)).toBeLessThan(1e-9 * 256);
  });

  it("widens with the level and narrows with n as 1/sqrt(n)", () => {
    const width = (n: number, level: number) => {
      const values = sample(n, 8, humpAndTail(2.5));
      const { low, high } = bootstrapPowerLaw(values, fitPowerLaw(values)!, { seed: 3, replicates: 200, level })!.alpha;
      return Math.log((high - 1) / (low - 1));
    };
    expect(width(400, 0.99) / width(400, 0.95)).toBeCloseTo(2.5758 / 1.96, 3);
    // 16 times the values: 4, with the luck of two samples.
    expect(width(100, 0.95) / width(1600, 0.95)).toBeGreaterThan(2.5);
    expect(width(100, 0.95) / width(1600, 0.95)).toBeLessThan(6.5);
  });

  it("has no interval from fewer than 20 refits", () => {
    const values = sample(100, 6, (rng) => pareto(rng, 2.2));
    const fit = fitPowerLaw(values)!;
    expect(powerLawUncertainty(fit, resamplePowerLaw(values, { seed: 1, to: 19 }))).toBeNull();
    // Two values, drawn as one of them twice half of the time: those have no fit and are not counted.
    const two = Float64Array.of(1, 2);
    const refits = resamplePowerLaw(two, { seed: 1, to: 100 });
    expect(powerLawUncertainty(fitPowerLaw(two)!, refits)!.replicates).toBe(
      refits.alpha.filter((alpha) => !Number.isNaN(alpha)).length,
    );
  });
});
