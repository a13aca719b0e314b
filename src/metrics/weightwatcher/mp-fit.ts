import type { Spectrum } from "../../spectra/index.js";
import { nelderMead } from "./nelder-mead.js";
import { triangularDensity } from "./triangular-density.js";

/** WeightWatcher's Marchenko-Pastur columns (its option `mp_fit`), under its names. */
export interface WeightWatcherBulk {
  /** sqrt(n/sum lambda): the factor that scales W to a mean eigenvalue of 1. */
  readonly W_scale: number;
  /** Fitted width of the bulk, on that scale. */
  readonly sigma_mp: number;
  /** Eigenvalues beyond the edge and its Tracy-Widom width. */
  readonly num_spikes: number;
  /** Edge divided by the largest eigenvalue; may exceed 1. */
  readonly mp_softrank: number;
  /** Edges of the bulk on the scale of the eigenvalues. */
  readonly bulk_max: number;
  readonly bulk_min: number;
}

/** Grid points with a lower density are ignored. */
const MIN_DENSITY = 0.01;
/** Every residual of a width whose bulk does not contain the peak of the density. */
const INFEASIBLE_RESIDUAL = 1000;
/**
 * The grid of widths, as multiples of the width whose upper edge is the largest eigenvalue: 0.05, 0.06, ... below 2.
 */
const GRID = { from: 0.05, step: 0.01, count: 195 } as const;

/**
 * WeightWatcher's Marchenko-Pastur fit (`mp_fit`; [WW], NOTATION.md): with r = lambda n/sum lambda, least squares
 * between the density of the law and a kernel estimate on a fixed grid. The width is searched on a grid and then by
 * Nelder and Mead. `rand_...` columns are the same on randomised eigenvalues. For Q = 1 the density is that of sqrt(r)
 * and the model is a quarter circle of fixed support, in which the width is only an amplitude: a bug that is kept here.
 * null if the spectrum is zero, or so wide that the estimate is negligible everywhere (WeightWatcher has -1). Our own
 * fit is `fitBulk`, which does not depend on a grid and is robust to spikes.
 */
export function weightWatcherBulk({
  eigenvalues,
  M,
  Q,
}: Pick<Spectrum, "eigenvalues" | "M" | "Q">): WeightWatcherBulk | null {
  const n = eigenvalues.length;
  const total = eigenvalues.reduce((sum, lambda) => sum + lambda, 0);
  if (!(total > 0)) return null;
  const W_scale = Math.sqrt(n / total);
  const r = eigenvalues.map((lambda) => lambda * W_scale * W_scale);
  const largest = r[n - 1];

  // The kernel estimate does not depend on the width, so compute it once.
  const { x, density } = triangularDensity(Q === 1 ? r.map(Math.sqrt) : r);
  const kept = Array.from(x.keys()).filter((i) => density[i] > MIN_DENSITY);
  if (kept.length === 0) return null;
  const target: Target = { x: kept.map((i) => x[i]), density: kept.map((i) => density[i]), Q };
  const misfit = (sigma: number): number => squaredResiduals(target, sigma);

  const unit = Math.sqrt(largest) / (1 + 1 / Math.sqrt(Q));
  let start = Number.NaN;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < GRID.count; i++) {
    const sigma = unit * (GRID.from + i * GRID.step);
    const found = misfit(sigma);
    if (found < least) [start, least] = [sigma, found];
  }
  const sigma_mp = nelderMead(misfit, start);

  const { minus, plus } = edges(Q, sigma_mp);
  const width = Math.sqrt((1 / Math.sqrt(Q)) * plus ** (2 / 3) * M ** (-2 / 3));
  return {
    W_scale,
    sigma_mp,
    num_spikes: r.reduce((count, value) => count + (value > plus + width ? 1 : 0), 0),
    mp_softrank: plus / largest,
    bulk_max: plus / (W_scale * W_scale),
    bulk_min: minus / (W_scale * W_scale),
  };
}

function edges(Q: number, sigma: number): { readonly minus: number; readonly plus: number } {
  return { minus: sigma ** 2 * (1 - 1 / Math.sqrt(Q)) ** 2, plus: sigma ** 2 * (1 + 1 / Math.sqrt(Q)) ** 2 };
}

/** The kernel estimate that the law is fitted to, at the points where it is not negligible. */
interface Target {
  readonly x: readonly number[];
  readonly density: readonly number[];
  readonly Q: number;
}

function squaredResiduals({ x, density, Q }: Target, sigma: number): number {
  const { minus, plus } = edges(Q, sigma);
  const peak = x[density.indexOf(Math.max(...density))];
  const feasible = Q === 1 || (minus <= peak && peak <= plus && plus <= x[x.length - 1]);
  if (!feasible) return x.length * INFEASIBLE_RESIDUAL ** 2;
  return x.reduce((sum, at, i) => sum + (modelDensity(at, Q, sigma) - density[i]) ** 2, 0);
}

function modelDensity(x: number, Q: number, sigma: number): number {
  if (Q === 1) return Math.sqrt(Math.max(0, 4 - x * x)) / (Math.PI * sigma ** 2);
  const { minus, plus } = edges(Q, sigma);
  const inside = (plus - x) * (x - minus);
  return inside > 0 ? (Q / (2 * Math.PI * sigma ** 2 * x)) * Math.sqrt(inside) : 0;
}
