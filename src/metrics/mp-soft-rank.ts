import type { BulkFit } from "../rmt/index.js";
import type { Spectrum } from "../spectra/index.js";
import { squaredSpectralNorm } from "./norms.js";

/**
 * Marchenko-Pastur soft rank R_mp = lambda+/lambda_max, at most 1: 1 for a pure bulk, closer to 0 the further a signal
 * or tail extends beyond it ([MM19] eq. 7). lambda+ is that of `fitBulk`. If lambda_max fluctuates below the edge, the
 * ratio is set to 1.
 */
export function mpSoftRank(spectrum: Pick<Spectrum, "eigenvalues">, bulk: Pick<BulkFit, "lambdaPlus">): number {
  return Math.min(1, bulk.lambdaPlus / squaredSpectralNorm(spectrum));
}
