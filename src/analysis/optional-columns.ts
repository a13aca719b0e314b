import type { PeerBulk, PeerRandomised, PeerTraceLog, PeerVectors, Randomisation } from "../metrics/index.js";

type Nullable<T> = { readonly [Column in keyof T]: T[Column] | null };

/** WeightWatcher's optional columns, under its names and with its values; there only with the option `weightwatcher`. null where the peer fails or the layer is too large. */
export type PeerColumns = Nullable<PeerBulk & PeerTraceLog & PeerRandomised & PeerVectors>;

/** The layer against its own entries permuted; there only with the option `randomize`. */
export type RandomisationColumns = Nullable<Randomisation>;

/** Mean localisation of the eigenvectors of W'W in the bulk and beyond its Tracy-Widom edge; there only with the option `vectors`. */
export interface LocalisationColumns {
  readonly bulk_vector_entropy: number | null;
  readonly spike_vector_entropy: number | null;
  readonly bulk_localisation_ratio: number | null;
  readonly spike_localisation_ratio: number | null;
  readonly bulk_participation_ratio: number | null;
  readonly spike_participation_ratio: number | null;
}

/** Every column that is there only when it is asked for. */
export type OptionalColumns = PeerColumns & RandomisationColumns & LocalisationColumns;

export const PEER_COLUMNS: readonly (keyof PeerColumns)[] = [
  ...(["num_spikes", "sigma_mp", "mp_softrank", "W_scale", "bulk_max", "bulk_min"] as const),
  ...(["detX_num", "detX_val", "detX_val_unrescaled"] as const),
  ...(["max_rand_eval", "rand_distance", "ww_softrank", "ww_maxdist"] as const),
  ...(["rand_num_spikes", "rand_sigma_mp", "rand_mp_softrank", "rand_W_scale", "rand_bulk_max", "rand_bulk_min"] as const),
  ...(["bulk_mean_vec_entropy", "bulk_mean_loc_ratio", "bulk_mean_part_ratio"] as const),
  ...(["bulk_var_vec_entropy", "bulk_var_loc_ratio", "bulk_var_part_ratio"] as const),
  ...(["tail_mean_vec_entropy", "tail_mean_loc_ratio", "tail_mean_part_ratio"] as const),
  ...(["tail_var_vec_entropy", "tail_var_loc_ratio", "tail_var_part_ratio"] as const),
];

export const RANDOMISATION_COLUMNS: readonly (keyof RandomisationColumns)[] = [
  ...(["correlation_traps", "correlation_traps_sd", "rand_bulk_sigma", "rand_bulk_sigma_sd"] as const),
  ...(["rand_lambda_max", "rand_lambda_max_sd", "rand_kolmogorov", "rand_kolmogorov_sd"] as const),
  ...(["rand_wasserstein", "rand_wasserstein_sd", "rand_wasserstein_null"] as const),
];

export const LOCALISATION_COLUMNS: readonly (keyof LocalisationColumns)[] = [
  ...(["bulk_vector_entropy", "spike_vector_entropy", "bulk_localisation_ratio"] as const),
  ...(["spike_localisation_ratio", "bulk_participation_ratio", "spike_participation_ratio"] as const),
];

/** Columns of which nothing is known. */
export function unknown<Name extends string>(names: readonly Name[]): Readonly<Record<Name, null>> {
  return Object.fromEntries(names.map((name) => [name, null])) as Record<Name, null>;
}
