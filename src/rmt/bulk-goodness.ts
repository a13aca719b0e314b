import { normalSurvival } from "../numeric/index.js";
import type { BulkFit } from "./bulk-fit.js";
import { ASPECT_RATIOS, MISFIT_QUANTILES, POOLED, SIDES, SURVIVAL } from "./bulk-goodness-table.js";
import { bulkMisfit } from "./bulk-misfit.js";
import { geometric, nullTable } from "./null-table.js";

/** How well a bulk follows its Marchenko-Pastur law. */
export interface BulkGoodness {
  /**
   * `bulkMisfit` divided by its median for a true bulk of the same side, aspect ratio and number of matrices: 1 is
   * typical, a true bulk rarely exceeds 1.6.
   */
  readonly misfit: number;
  /**
   * P(the fit to a true Gaussian bulk of this size has a larger misfit). Relative accuracy about 10 % down to 0.002,
   * extrapolated below, at least 1e-6.
   */
  readonly p: number;
}

/**
 * Goodness of fit of a bulk. The null distribution of the misfit (including the fit) is tabulated from seeded Wishart
 * spectra over side, aspect ratio and number of pooled matrices. It is interpolated in ln m, in 1/sqrt(Q) and in ln rf.
 * Beyond the tabulated tail ln p is extrapolated linearly.
 */
export function bulkGoodness(bulk: BulkFit, rf = 1): BulkGoodness {
  const misfit = bulkMisfit(bulk, rf);
  const quantiles = nullQuantiles({ M: bulk.bulkSize / rf, Q: bulk.Q, rf });
  return { misfit: misfit / quantiles[MEDIAN], p: survival(misfit, quantiles) };
}

const MEDIAN = SURVIVAL.indexOf(0.5);

/**
 * The misfits that a true bulk exceeds with the probabilities SURVIVAL. Averaging over matrices shrinks the misfit like
 * a power of their number, so the interpolation over matrices is linear in logarithms.
 */
const nullQuantiles = nullTable(
  { pooled: POOLED, aspectRatios: ASPECT_RATIOS, sides: SIDES, cells: MISFIT_QUANTILES },
  geometric,
);

/** The smallest p that is returned. */
const MIN_P = 1e-6;

/** The standard normal quantile at 3/4. */
const UPPER_QUARTILE = 0.6744897501960817;

/**
 * ln p is close to linear in the misfit between and beyond the tabulated points; below the first, the misfit is close
 * to log-normal.
 */
function survival(misfit: number, quantiles: readonly number[]): number {
  if (misfit <= quantiles[0]) {
    const spread = Math.log(quantiles[MEDIAN] / quantiles[0]) / UPPER_QUARTILE;
    return normalSurvival(Math.log(misfit / quantiles[MEDIAN]) / spread);
  }
  let k = 0;
  while (k < quantiles.length - 2 && misfit > quantiles[k + 1]) k++;
  const share = (misfit - quantiles[k]) / (quantiles[k + 1] - quantiles[k]);
  return Math.max(MIN_P, Math.exp(Math.log(SURVIVAL[k]) * (1 - share) + Math.log(SURVIVAL[k + 1]) * share));
}
