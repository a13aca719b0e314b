import { describe, expect, it } from "vitest";
import { clipFingers, fitFromPeak, fitPowerLaw, fitWithoutLargest, peakRange } from "#eigenscope/tails/index.js";
import { humpAndTail, pareto, sample } from "./samples.js";
import { weightWatcherRuns } from "./weightwatcher-runs.js";

/** Sums of n logarithms on both sides: relative differences of a few n eps. */
const close = (value: number | undefined, golden: number) => expect(Math.abs(value! / golden - 1)).toBeLessThan(1e-11);

describe("clipFingers", () => {
  it.each(weightWatcherRuns("clip_xmax"))("gives WeightWatcher's digits for $name", ({ eigenvalues, row }) => {
    const { fit, dropped, numFingers, rawAlpha } = clipFingers(eigenvalues)!;
    expect(numFingers).toBe(row.num_fingers);
    expect(fit.nTail + dropped).toBe(row.num_pl_spikes);
    close(rawAlpha, row.raw_alpha);
    close(fit.alpha, row.alpha);
    close(fit.xmin, row.xmin);
    close(fit.xmax, row.xmax);
    close(fit.ks, row.D);
    close(fit.sigma, row.sigma);
  });

  it("is null without a fit", () => {
    expect(clipFingers(Float64Array.of(2, 2, 2))).toBeNull();
  });
});

describe("fitWithoutLargest", () => {
  it.each(weightWatcherRuns("xmax_-3"))(
    "gives WeightWatcher's digits for xmax = -3 of $name",
    ({ eigenvalues, row }) => {
      const fit = fitWithoutLargest(eigenvalues, 3)!;
      expect(fit.nTail).toBe(row.num_pl_spikes);
      close(fit.alpha, row.alpha);
      close(fit.xmax, row.xmax);
      close(fit.ks, row.D);
    },
  );

  it("has nothing to fit when everything is dropped, and refuses what is no count", () => {
    expect(fitWithoutLargest(Float64Array.of(1, 2, 3), 3)).toBeNull();
    expect(() => fitWithoutLargest(Float64Array.of(1, 2, 3), -1)).toThrow(/integer >= 0, got -1/);
  });
});

describe('fitPowerLaw with xmax "force"', () => {
  it.each(weightWatcherRuns("PL_powerlaw_force"))(
    "gives the powerlaw package's digits for $name",
    ({ eigenvalues, row }) => {
      const fit = fitPowerLaw(eigenvalues, { xmax: "force" })!;
      expect(fit.nTail).toBe(row.num_pl_spikes);
      close(fit.alpha, row.alpha);
      close(fit.xmin, row.xmin);
      close(fit.ks, row.D);
    },
  );
});

describe("peakRange", () => {
  it.each(weightWatcherRuns("xmin_peak"))("gives WeightWatcher's xmin_peak for $name", ({ eigenvalues, row }) => {
    const fit = fitPowerLaw(eigenvalues, { xminRange: peakRange(eigenvalues)! });
    // WeightWatcher's -1: fewer than two candidates below 1.5 of the peak.
    if (row.alpha === -1) return expect(fit).toBeNull();
    expect(fit?.nTail).toBe(row.num_pl_spikes);
    close(fit?.alpha, row.alpha);
    close(fit?.xmin, row.xmin);
    close(fit?.ks, row.D);
  });

  it("has numpy's range for equal values, and none without values", () => {
    // One value: bins over [log10 x - 1/2, log10 x + 1/2], the value on the left edge of bin 50.
    expect(peakRange(Float64Array.of(10, 10))![1]).toBeCloseTo(15, 10);
    expect(peakRange(new Float64Array())).toBeNull();
  });
});

describe("fitFromPeak", () => {
  it("finds the power law that begins at the peak of the spectrum", () => {
    for (const seed of [1, 2, 3]) {
      // Density e^(2u) below the peak at 1, e^(-1.5u) above.
      const values = sample(3000, seed, (rng) => (rng() < 3 / 7 ? rng() ** (1 / 2) : pareto(rng, 2.5)));
      const fit = fitFromPeak(values)!;
      expect(Math.abs(fit.alpha - 2.5)).toBeLessThan(4 * fit.sigma);
      expect(fit.xmin).toBeGreaterThan(0.6);
      expect(fit.xmin).toBeLessThan(1.8);
    }
  });

  it("scales with the values", () => {
    const values = sample(500, 4, humpAndTail(2.5));
    const [a, b] = [fitFromPeak(values)!, fitFromPeak(values.map((value) => value * 4096))!];
    expect(b.nTail).toBe(a.nTail);
    expect(b.xmin).toBe(a.xmin * 4096);
  });

  it("is null for too few values", () => {
    expect(fitFromPeak(Float64Array.of(1))).toBeNull();
    expect(fitFromPeak(Float64Array.of(2, 2, 2))).toBeNull();
  });
});
