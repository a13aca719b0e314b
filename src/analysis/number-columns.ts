import type { SpectrumColumn } from "./spectrum-columns.js";

/**
 * The columns of a layer that are a number, or null if it is not available, in the order of the rows. The type of
 * `LayerRecord` and the row of a layer without a spectrum follow from this list. spectrum-columns.ts lists those read
 * off the spectrum without a fit. report/columns/ defines each column: meaning, formula, range and unit.
 */
export const NUMBER_COLUMNS = {
  /**
   * Rows of the longer side and columns of the shorter side with a non-zero entry (means over the matrices of a stack),
   * and their ratio: the fits use these. Then E w^4/(E w^2)^2 over the live entries (3 for Gaussian ones), and the
   * share of all entries that are exactly zero.
   */
  entries: ["live_rows", "live_columns", "Q_live", "entry_kurtosis", "zero_share"],
  /** Power law of the tail [CSN09], as WeightWatcher fits it. */
  powerLaw: ["alpha", "D", "xmin", "xmax", "sigma", "num_pl_spikes"],
  /**
   * What is computed from alpha; Hill's estimator over the upper half of the spectrum, as TempBalance uses it; where
   * the power law begins compared with the trace-log (ERG) condition [SETOL25], with the mean eigenvalue scaled to 1;
   * the log-determinant of the tail on that scale.
   */
  alphas: ["alpha_weighted", "log_alpha_norm", "alpha_hill", "erg_delta_lambda_min", "erg_log_det"],
  /**
   * 95 % interval of alpha, which includes the choice of xmin (with `bootstrap` from resampled spectra), and P(an exact
   * power law fits worse).
   */
  alphaInterval: ["alpha_low", "alpha_high", "D_p"],
  /**
   * Extreme-value index of the upper tail with its 95 % interval, the number of excesses it was fitted to, and P(index
   * > 0.2, the index of alpha = 6).
   */
  tailIndex: ["tail_index", "tail_index_low", "tail_index_high", "tail_index_k", "tail_heavy_p"],
  /** The log-likelihood ratio of the power law to each other law, and its p-value, above one xmin (`laws_xmin`). */
  laws: [
    ...(["laws_xmin", "tpl_ratio", "tpl_p", "exp_ratio", "exp_p"] as const),
    ...(["s_exp_ratio", "s_exp_p", "log_n_ratio", "log_n_p"] as const),
  ],
  /**
   * The Marchenko-Pastur bulk on the scale of W'W. `bulk_p` is P(a true bulk of this size fits worse), `level_spacing`
   * the mean ratio of consecutive spacings of the bulk (0.531 in a random matrix).
   */
  bulk: [
    ...(["mp_soft_rank", "bulk_sigma", "bulk_sigma_se", "lambda_plus", "lambda_minus"] as const),
    ...(["bulk_ks", "bulk_p", "level_spacing", "level_spacing_se"] as const),
  ],
  /**
   * The spikes beyond the Tracy-Widom edge; the 1 % and 99 % points of the largest eigenvalue of a random matrix;
   * Spectrum's signal-to-noise ratio [Spectrum24], with its threshold and with our bulk edge.
   */
  edge: ["spikes", "tw_statistic", "tw_p", "tw_low", "tw_high", "snr_spectrum", "snr_mp"],
  phase: ["phase_confidence"],
  /** Eigenvalues at or below `resolved_floor` are rounding noise; `unresolved` counts them. */
  resolution: ["resolved_floor", "unresolved"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

type Listed = (typeof NUMBER_COLUMNS)[keyof typeof NUMBER_COLUMNS][number];

/** The columns that are a number, or null if it is not available. */
export type NumberColumns = { readonly [Name in Listed | SpectrumColumn]: number | null };
