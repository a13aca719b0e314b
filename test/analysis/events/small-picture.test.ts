import { describe, expect, it } from "vitest";
import { smallPicture } from "#eigenscope/analysis/small-picture.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import type { Spectrum } from "#eigenscope/spectra/index.js";
import { fitPowerLaw } from "#eigenscope/tails/index.js";
import { spectrumOf } from "../../spectrum-of.js";

/** What the picture reads of a spectrum. */
function of(eigenvalues: readonly number[], resolvedFloor = 0): Spectrum {
  return { eigenvalues: Float64Array.from(eigenvalues), resolvedFloor } as Spectrum;
}
const histogramOf = (eigenvalues: readonly number[], floor?: number) =>
  smallPicture(of(eigenvalues, floor), null).histogram!;

/** 1 to 10^3.6: bins of a tenth of a decade. */
const ENDS = [1, 10 ** 3.6];
const full = (bins: readonly number[]): number[] => bins.flatMap((level, k) => (level > 0 ? [k] : []));

describe("the histogram of a small picture", () => {
  it("has its edges at both ends of the spectrum, rounded outwards to hundredths of a decade", () => {
    expect(histogramOf(ENDS)).toMatchObject({ start: 0, end: 3.6, below: 0, peak: 1 });
    const { start, end } = histogramOf([10 ** 0.123, 10 ** 1.987]);
    expect([start, end]).toEqual([0.12, 1.99]);
    const negative = histogramOf([10 ** -3.121, 10 ** -0.001]);
    expect([negative.start, negative.end]).toEqual([-3.13, 0]);
  });

  it("counts a value just below an edge left of it, and one on or just above it right of it", () => {
    for (const k of [1, 7, 18, 35]) {
      const edge = (3.6 * k) / 36;
      for (const [shift, bin] of [
        [-1e-9, k - 1],
        [1e-9, k],
      ] as const) {
        const { bins } = histogramOf([1, 10 ** (edge + shift), 10 ** 3.6]);
        expect(full(bins)).toEqual([...new Set([0, bin, 35])].sort((a, b) => a - b));
      }
    }
    // Edges that a double holds exactly: 36 bins of a decade.
    const { bins } = histogramOf([1, 10, 100, 1e36]);
    expect(full(bins)).toEqual([0, 1, 2, 35]);
  });

  it("counts the smallest value in the first bin and the largest in the last", () => {
    const { bins } = histogramOf(ENDS);
    expect([bins[0], bins[35]]).toEqual([99, 99]);
    const normal = normalSampler(createRng(5));
    for (let draw = 0; draw < 200; draw++) {
      const values = Array.from({ length: 12 }, () => Math.exp(3 * normal())).sort((a, b) => a - b);
      const { start, end, below, bins: counts } = histogramOf(values);
      expect(below).toBe(0);
      expect(start).toBeLessThanOrEqual(Math.log10(values[0]));
      expect(end).toBeGreaterThanOrEqual(Math.log10(values[11]));
      expect([counts[0] > 0, counts[35] > 0]).toEqual([true, true]);
    }
  });

  it("scales counts so that the fullest bin has 99, rounds them, and shows every bin that is not empty", () => {
    const values = (count: number, decade: number): number[] => Array(count).fill(10 ** (0.05 + 0.1 * decade));
    // 99 n/1000 rounds down to 0 for n = 1 and to 49 for 499, and up to 50 for 501.
    const { peak, bins } = histogramOf([1, ...values(999, 0), ...values(499, 10), ...values(501, 20), 10 ** 3.6]);
    expect(peak).toBe(1000);
    expect([bins[0], bins[10], bins[20], bins[35], bins[5]]).toEqual([99, 49, 50, 1, 0]);
  });

  it("counts zeros at or below the floor apart, and tiny eigenvalues left of the range", () => {
    const main = Array.from({ length: 200 }, (_, i) => 1 + i / 100);
    const { zeros, count, histogram } = smallPicture(of([0, 1e-9, 1e-8, 1e-5, ...main], 1e-8), null);
    // The 1 % quantile is 1.01: the range begins a decade below it.
    expect([zeros, count, histogram!.below]).toEqual([3, 204, 1]);
    expect(histogram!.start).toBe(-1);
    const above = smallPicture(of([0, 1e-9, 1.0001e-8, 1e-5, ...main], 1e-8), null);
    expect([above.zeros, above.histogram!.below]).toEqual([2, 2]);
  });

  it("begins at the smallest eigenvalue if that is within a decade of the 1 % quantile", () => {
    const main = Array.from({ length: 200 }, (_, i) => 1 + i / 100);
    expect(histogramOf([10 ** -0.9, ...main])).toMatchObject({ start: -0.9, below: 0 });
    expect(histogramOf([10 ** -1.1, ...main])).toMatchObject({ start: -1, below: 1 });
  });

  it("has an axis for equal eigenvalues, and is null where none is above the floor", () => {
    const { start, end, bins, peak } = histogramOf([4, 4, 4]);
    expect(end).toBeGreaterThan(start);
    expect([bins.filter((level) => level > 0), peak]).toEqual([[99], 3]);
    const one = histogramOf([1, 1]);
    expect([one.start, one.end]).toEqual([0, 0.01]);
    expect(smallPicture(of([0, 0, 1e-12], 1e-12), null)).toEqual({ count: 3, zeros: 3, histogram: null, tail: null });
  });
});

describe("a small picture", () => {
  const normal = normalSampler(createRng(1));
  const spectrum = spectrumOf(Float64Array.from({ length: 700 * 512 }, normal), { N: 700, M: 512 });

  it("is plain JSON of about 150 bytes for the histogram and less than 900 for all", () => {
    const picture = smallPicture(spectrum, fitPowerLaw(spectrum.eigenvalues));
    const text = JSON.stringify(picture);
    expect(JSON.parse(text)).toEqual(picture);
    const { tail: _, ...head } = picture;
    expect(JSON.stringify(head).length).toBeLessThan(220);
    expect(text.length).toBeLessThan(900);
  });

  it("has the chosen xmin of the fit, and no curve without a fit", () => {
    const fit = fitPowerLaw(spectrum.eigenvalues)!;
    const { tail } = smallPicture(spectrum, fit);
    expect(tail!.xmin[tail!.chosen]).toBe(fit.xmin);
    expect(smallPicture(spectrum, null).tail).toBeNull();
  });
});
