import { normalSurvival } from "../numeric/index.js";
import { fourthMoment, movedByFourthMoment } from "./fourth-moment.js";
import { marchenkoPasturQuantile } from "./marchenko-pastur-quantiles.js";
import { nullTable } from "./null-table.js";
import { WIDTH_ASPECT_RATIOS, WIDTH_MOMENTS, WIDTH_SIDES } from "./spectral-width-table.js";

/** The width of the middle of a spectrum, relative to the Marchenko-Pastur law of its shape. */
export interface SpectralWidth {
  /**
   * (x_0.9 - x_0.1)/x_0.5 of the eigenvalues, divided by that of the law and by the mean of this quotient for a true
   * bulk of this size: 1 for a random matrix, 0 if all eigenvalues are equal.
   */
  readonly ratio: number;
  /** Standard deviation of the ratio for a true bulk of this size. */
  readonly error: number;
  /** P(a true bulk of this size is narrower), by the normal law. */
  readonly p: number;
}

export interface WidthShape {
  /** Live sides of one matrix. */
  readonly N: number;
  readonly M: number;
  /** Default 3. */
  readonly kurtosis?: number;
  /** Eigenvalues at or below it are ignored. Default 0. */
  readonly floor?: number;
}

/** With fewer live eigenvalues per matrix no width is measured. */
const MIN_SIDE = 16;

/**
 * The width of a spectrum: is it narrower than that of random numbers? Orthogonal matrices have ratio 0. Spikes and
 * tails do not change it, because only the middle 80 % counts. `slices` are the spectra of single matrices, ascending;
 * the ratio is their mean. null below 16 eigenvalues above the floor.
 */
export function spectralWidth(
  slices: readonly Float64Array[],
  { N, M, kurtosis = 3, floor = 0 }: WidthShape,
): SpectralWidth | null {
  const ratios: number[] = [];
  let errors = 0;
  for (const slice of slices) {
    const live = slice.subarray(slice.findIndex((value) => value > floor));
    if (!(live[live.length - 1] > floor) || live.length < MIN_SIDE) continue;
    const m = Math.min(live.length, M);
    const { mean, deviation } = momentsOf(m, Math.max(1, N / m));
    ratios.push(width((p) => quantileOf(live, p)) / lawWidth({ N, M: m, kurtosis }) / mean);
    errors += (deviation / mean) ** 2;
  }
  if (ratios.length === 0) return null;
  const ratio = ratios.reduce((sum, value) => sum + value, 0) / ratios.length;
  const error = Math.sqrt(errors) / ratios.length;
  return { ratio, error, p: normalSurvival((1 - ratio) / error) };
}

/**
 * The width of a spectrum's middle, divided by that of the law. Used above and by
 * `scripts/tabulate-spectral-width.mjs`.
 */
export function widthOverLaw(eigenvalues: Float64Array, { N, M, kurtosis = 3 }: WidthShape): number {
  return width((p) => quantileOf(eigenvalues, p)) / lawWidth({ N, M, kurtosis });
}

function lawWidth({ N, M, kurtosis }: { readonly N: number; readonly M: number; readonly kurtosis: number }): number {
  const law = { Q: Math.max(1, N / M) };
  const fourth = fourthMoment(kurtosis, { N, M });
  return width((p) => movedByFourthMoment(marchenkoPasturQuantile(p, law), fourth));
}

function width(quantile: (p: number) => number): number {
  return (quantile(0.9) - quantile(0.1)) / quantile(0.5);
}

/** The quantile of ascending values, linear between the mid-points (i + 1/2)/n. */
function quantileOf(ascending: Float64Array, p: number): number {
  const x = p * ascending.length - 0.5;
  const i = Math.max(0, Math.min(ascending.length - 2, Math.floor(x)));
  return ascending[i] + (x - i) * (ascending[i + 1] - ascending[i]);
}

/** M (mean - 1) and M deviation of `widthOverLaw` for a true bulk: both shrink like 1/M. */
const nullMoments = nullTable({
  pooled: [1],
  aspectRatios: WIDTH_ASPECT_RATIOS,
  sides: WIDTH_SIDES,
  cells: Object.fromEntries(Object.entries(WIDTH_MOMENTS).map(([key, moments]) => [`1/${key}`, moments])),
});

function momentsOf(M: number, Q: number): { readonly mean: number; readonly deviation: number } {
  const [mean, deviation] = nullMoments({ M, Q, rf: 1 });
  return { mean: 1 + mean / M, deviation: deviation / M };
}
