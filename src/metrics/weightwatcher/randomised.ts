import type { Spectrum } from "../../spectra/index.js";
import { type WeightWatcherBulk, weightWatcherBulk } from "./mp-fit.js";
import { vectorDistance } from "./vector-distance.js";

/** WeightWatcher's columns of randomised weights (its option `randomize`), under its names. */
export type WeightWatcherRandomised = {
  readonly max_rand_eval: number;
  readonly rand_distance: number | null;
  readonly ww_softrank: number;
  readonly ww_maxdist: number;
} & { readonly [Column in keyof WeightWatcherBulk as `rand_${Column}`]: WeightWatcherBulk[Column] | null };

/**
 * WeightWatcher's two randomisations: one for the columns of the bulk (several pooled for a small layer), one for the
 * distances.
 */
export interface WeightWatcherRandomSpectra {
  /**
   * Eigenvalues, ascending, of the randomised weights; for fewer than 100 eigenvalues, several randomisations pooled.
   */
  readonly first: Float64Array;
  /** Eigenvalues of one more randomisation, as many as the layer has. */
  readonly second: Float64Array;
}

/**
 * Layers with fewer eigenvalues than this are randomised five times for `WeightWatcherRandomSpectra.first`, and others
 * once.
 */
const MIN_UNPOOLED_SIZE = 100;

/** The number of randomisations that WeightWatcher pools for a layer of `count` eigenvalues. */
export function weightWatcherReplicates(count: number): number {
  return count < MIN_UNPOOLED_SIZE ? 5 : 1;
}

/**
 * WeightWatcher's `randomize` columns, given the randomised spectra. null if a Marchenko-Pastur fit or the distance is
 * not possible (WeightWatcher has -1).
 */
export function weightWatcherRandomised(
  { eigenvalues, M, Q }: Pick<Spectrum, "eigenvalues" | "M" | "Q">,
  { first, second }: WeightWatcherRandomSpectra,
): WeightWatcherRandomised {
  const bulk = weightWatcherBulk({ eigenvalues: first, M, Q });
  const largest = eigenvalues[eigenvalues.length - 1];
  const largestRandom = second[second.length - 1];
  return {
    max_rand_eval: first[first.length - 1],
    rand_distance: vectorDistance(eigenvalues, second),
    ww_softrank: largestRandom / largest,
    ww_maxdist: largest - largestRandom,
    rand_num_spikes: bulk?.num_spikes ?? null,
    rand_sigma_mp: bulk?.sigma_mp ?? null,
    rand_mp_softrank: bulk?.mp_softrank ?? null,
    rand_W_scale: bulk?.W_scale ?? null,
    rand_bulk_max: bulk?.bulk_max ?? null,
    rand_bulk_min: bulk?.bulk_min ?? null,
  };
}
