import { describe, expect, it } from "vitest";
import { hill, hillPlot, pooledHill } from "#eigenscope/tails/index.js";
import { pareto, sample } from "./samples.js";

describe("hill with k", () => {
  it("is the closed form on the k largest", () => {
    // ln x = 0..7; k = 3: alpha = 1 + 3/(0 + 1 + 2).
    const values = Float64Array.from({ length: 8 }, (_, i) => Math.exp(i));
    expect(hill(values, { k: 3 })?.alpha).toBeCloseTo(2, 12);
    expect(hill(values, { k: 4 })).toEqual(hill(values));
  });

  it("is null for a k that the values do not have", () => {
    const values = Float64Array.of(1, 2, 3);
    for (const k of [0, 1, 4, 2.5]) expect(hill(values, { k })).toBeNull();
  });
});

describe("hillPlot", () => {
  it("holds hill() at every k", () => {
    const values = sample(60, 1, (rng) => pareto(rng, 2.5));
    const plot = hillPlot(values);
    expect(plot.map(({ nTail }) => nTail)).toEqual(Array.from({ length: 59 }, (_, i) => i + 2));
    for (const point of plot) {
      const single = hill(values, { k: point.nTail })!;
      expect(point.xmin).toBe(single.xmin);
      // Running against fresh sums: k ln x_i - sum loses a few k eps of the logarithms.
      expect(Math.abs(point.alpha / single.alpha - 1)).toBeLessThan(1e-10);
    }
  });

  it("stays within its standard errors for an exact power law", () => {
    const plot = hillPlot(sample(5000, 2, (rng) => pareto(rng, 2.2)));
    for (const { alpha, sigma, nTail } of plot.filter(({ nTail }) => nTail > 200 && nTail % 100 === 0)) {
      expect(Math.abs(alpha - 2.2), `k = ${nTail}`).toBeLessThan(4 * sigma);
    }
  });

  it("ends where the values stop being positive, and leaves out stretches of equal values", () => {
    const plot = hillPlot(Float64Array.of(-1, 0, 1, 5, 5, 5));
    expect(plot.map(({ nTail }) => nTail)).toEqual([4]);
    expect(hillPlot(new Float64Array())).toEqual([]);
  });
});

describe("pooledHill", () => {
  it("is hill() of all values together, with the spread over the spectra", () => {
    const spectra = [1, 2, 3, 4].map((seed) => sample(200, seed, (rng) => pareto(rng, 2.5)));
    const pooled = pooledHill(spectra)!;
    const all = hill(Float64Array.from(spectra.flatMap((spectrum) => [...spectrum])).sort())!;
    expect(pooled.alpha).toBe(all.alpha);
    expect(pooled.spectra).toBe(4);
    // Overlapping sub-matrices may know no more than one of them.
    expect(pooled.sigma).toBeCloseTo(all.sigma * 2, 12);
    expect(Math.abs(pooled.meanAlpha! - 2.5)).toBeLessThan(4 * pooled.sigma);
    expect(pooled.alphaSpread).toBeGreaterThan(0);
  });

  it("has no spread of one spectrum and no estimate of none", () => {
    const values = sample(50, 1, (rng) => pareto(rng, 2));
    expect(pooledHill([values])).toMatchObject({ ...hill(values)!, meanAlpha: hill(values)!.alpha, alphaSpread: null });
    expect(pooledHill([])).toBeNull();
  });
});
