import type {
  Randomisation,
  WeightWatcherBulk,
  WeightWatcherRandomised,
  WeightWatcherTraceLog,
  WeightWatcherVectors,
} from "../metrics/index.js";
import type { PhaseName } from "../phases/phase.js";

type Nullable<T> = { readonly [Column in keyof T]: T[Column] | null };

/**
 * WeightWatcher's optional columns, with its names and values. Present only with the option `weightwatcher`. null where
 * WeightWatcher fails or the layer is too large.
 */
export type WeightWatcherColumns = Nullable<
  WeightWatcherBulk & WeightWatcherTraceLog & WeightWatcherRandomised & WeightWatcherVectors
>;

/** The layer compared with its own permuted entries. Present only with the option `randomize`. */
export type RandomisationColumns = Nullable<Randomisation>;

/**
 * Mean localisation of the eigenvectors of W'W in the bulk and beyond its Tracy-Widom edge. Present only with the
 * option `vectors`.
 */
export interface LocalisationColumns {
  readonly bulk_vector_entropy: number | null;
  readonly spike_vector_entropy: number | null;
  readonly bulk_localisation_ratio: number | null;
  readonly spike_localisation_ratio: number | null;
  readonly bulk_participation_ratio: number | null;
  readonly spike_participation_ratio: number | null;
  readonly porter_thomas_rejected: number | null;
}

/** Other laws fitted to the tail. Present only with the option `tails`. */
export interface TailColumns {
  readonly tpl_alpha: number | null;
  readonly tpl_alpha_se: number | null;
  readonly tpl_lambda: number | null;
  readonly tpl_xmin: number | null;
  readonly tpl_ks: number | null;
  readonly e_tpl_alpha: number | null;
  readonly e_tpl_lambda: number | null;
  readonly e_tpl_xmin: number | null;
  readonly e_tpl_ks: number | null;
  readonly alpha_xmax_forced: number | null;
  readonly alpha_from_peak: number | null;
  readonly num_fingers: number | null;
  readonly clipped_alpha: number | null;
  readonly mu: number | null;
  readonly mu_low: number | null;
  readonly mu_high: number | null;
  readonly universality_class: string | null;
}

/**
 * Uncertainty of the power law by resampling. Present only with the option `bootstrap`, which also replaces `alpha_low`
 * and `alpha_high` by those of resampled spectra.
 */
export interface BootstrapColumns {
  readonly alpha_se: number | null;
  readonly xmin_low: number | null;
  readonly xmin_high: number | null;
  readonly power_law_p: number | null;
}

/** The exponent without the bias of the aspect ratio. Present only with the option `farms`. */
export interface FarmsColumns {
  readonly farms_alpha: number | null;
  readonly farms_alpha_sd: number | null;
  readonly farms_windows: number | null;
}

/** The spectra of the heads of a projection of attention: one entry per head in each list, as in a layer's row. */
export interface HeadSpectra {
  /** Why a head has no spectrum or no power law; null if it has both. */
  readonly reason: readonly (string | null)[];
  readonly alpha: readonly (number | null)[];
  readonly alpha_valid: readonly boolean[];
  readonly alpha_low: readonly (number | null)[];
  readonly alpha_high: readonly (number | null)[];
  readonly lambda_max: readonly (number | null)[];
  readonly stable_rank: readonly (number | null)[];
  readonly norm: readonly (number | null)[];
  readonly spikes: readonly (number | null)[];
  readonly tail_index: readonly (number | null)[];
  readonly phase: readonly (PhaseName | null)[];
  readonly phase_confidence: readonly (number | null)[];
}

/**
 * The heads of a projection of attention, each measured like a layer. Present only with the option `heads`. null for a
 * layer without heads, or whose number of heads is not known.
 */
export interface HeadColumns {
  readonly head_count: number | null;
  readonly head_size: number | null;
  readonly head_alpha_median: number | null;
  readonly head_alpha_iqr: number | null;
  readonly head_stable_rank_median: number | null;
  readonly head_stable_rank_iqr: number | null;
  readonly heads: HeadSpectra | null;
}

/** Every column that is present only if an option asks for it. */
export type OptionalColumns = WeightWatcherColumns &
  RandomisationColumns &
  LocalisationColumns &
  TailColumns &
  BootstrapColumns &
  FarmsColumns &
  HeadColumns;

/** WeightWatcher's optional columns, by the option of its `analyze` that adds them. */
export const WEIGHTWATCHER_GROUPS = {
  mp_fit: ["num_spikes", "sigma_mp", "mp_softrank", "W_scale", "bulk_max", "bulk_min"],
  detX: ["detX_num", "detX_val", "detX_val_unrescaled"],
  randomize: [
    ...(["max_rand_eval", "rand_distance", "ww_softrank", "ww_maxdist"] as const),
    ...([
      "rand_num_spikes",
      "rand_sigma_mp",
      "rand_mp_softrank",
      "rand_W_scale",
      "rand_bulk_max",
      "rand_bulk_min",
    ] as const),
  ],
  vectors: [
    ...(["bulk_mean_vec_entropy", "bulk_mean_loc_ratio", "bulk_mean_part_ratio"] as const),
    ...(["bulk_var_vec_entropy", "bulk_var_loc_ratio", "bulk_var_part_ratio"] as const),
    ...(["tail_mean_vec_entropy", "tail_mean_loc_ratio", "tail_mean_part_ratio"] as const),
    ...(["tail_var_vec_entropy", "tail_var_loc_ratio", "tail_var_part_ratio"] as const),
  ],
} satisfies Record<string, readonly (keyof WeightWatcherColumns)[]>;

export const WEIGHTWATCHER_COLUMNS: readonly (keyof WeightWatcherColumns)[] =
  Object.values(WEIGHTWATCHER_GROUPS).flat();

/** The names that the option `weightwatcher` accepts: options of WeightWatcher, and single columns. */
export const WEIGHTWATCHER_NAMES: readonly string[] = [...Object.keys(WEIGHTWATCHER_GROUPS), ...WEIGHTWATCHER_COLUMNS];

/**
 * The columns that the option `weightwatcher` asks for, in the order of the report. Names are among
 * `WEIGHTWATCHER_NAMES`.
 */
export function weightWatcherColumnsOf(
  weightwatcher: boolean | readonly string[],
): readonly (keyof WeightWatcherColumns)[] {
  if (typeof weightwatcher === "boolean") return weightwatcher ? WEIGHTWATCHER_COLUMNS : [];
  const groups = Object.entries(WEIGHTWATCHER_GROUPS).flatMap(([group, columns]) =>
    weightwatcher.includes(group) ? columns : [],
  );
  return WEIGHTWATCHER_COLUMNS.filter((column) => weightwatcher.includes(column) || groups.includes(column as never));
}

export const RANDOMISATION_COLUMNS: readonly (keyof RandomisationColumns)[] = [
  ...(["correlation_traps", "correlation_traps_sd", "rand_bulk_sigma", "rand_bulk_sigma_sd"] as const),
  ...(["rand_lambda_max", "rand_lambda_max_sd", "rand_kolmogorov", "rand_kolmogorov_sd"] as const),
  ...(["rand_wasserstein", "rand_wasserstein_sd", "rand_wasserstein_null"] as const),
];

export const LOCALISATION_COLUMNS: readonly (keyof LocalisationColumns)[] = [
  ...(["bulk_vector_entropy", "spike_vector_entropy", "bulk_localisation_ratio"] as const),
  ...([
    "spike_localisation_ratio",
    "bulk_participation_ratio",
    "spike_participation_ratio",
    "porter_thomas_rejected",
  ] as const),
];

export const TAIL_COLUMNS: readonly (keyof TailColumns)[] = [
  ...(["tpl_alpha", "tpl_alpha_se", "tpl_lambda", "tpl_xmin", "tpl_ks"] as const),
  ...(["e_tpl_alpha", "e_tpl_lambda", "e_tpl_xmin", "e_tpl_ks"] as const),
  ...(["alpha_xmax_forced", "alpha_from_peak", "num_fingers", "clipped_alpha"] as const),
  ...(["mu", "mu_low", "mu_high", "universality_class"] as const),
];

export const BOOTSTRAP_COLUMNS: readonly (keyof BootstrapColumns)[] = [
  ...(["alpha_se", "xmin_low", "xmin_high", "power_law_p"] as const),
];

export const FARMS_COLUMNS: readonly (keyof FarmsColumns)[] = ["farms_alpha", "farms_alpha_sd", "farms_windows"];

export const HEAD_COLUMNS: readonly (keyof HeadColumns)[] = [
  ...(["head_count", "head_size", "head_alpha_median", "head_alpha_iqr"] as const),
  ...(["head_stable_rank_median", "head_stable_rank_iqr", "heads"] as const),
];

/** The columns with the value null. */
export function nullColumns<Name extends string>(names: readonly Name[]): Readonly<Record<Name, null>> {
  return Object.fromEntries(names.map((name) => [name, null])) as Record<Name, null>;
}
