import type { LayerOrder } from "../layers/order.js";
import type { Role } from "../layers/role.js";
import type { Phase, PhaseEvidence, PhaseName, Step } from "../phases/phase.js";
import type { DecidedLaw } from "../tails/index.js";
import type { OptionalColumns } from "./optional-columns.js";
import type { Verdict } from "./verdict.js";

/** Version of the JSON report. The major number changes when a field changes its meaning or is removed. */
export const SCHEMA_VERSION = "2.0.0";

/**
 * One row of the report. The columns of the CSV and the fields of the JSON have the same names. If WeightWatcher has
 * the column, name and value are WeightWatcher's (NOTATION.md lists the exceptions). null means "not available";
 * `reason`, `alpha_reason` or `phase_reason` says why. Eigenvalues are those of W'W (convolution slices scaled by 1/2),
 * not of W'W/N. optional-columns.ts has the columns that options add.
 */
export interface LayerRecord extends Partial<OptionalColumns> {
  readonly layer_id: number;
  readonly name: string;
  readonly longname: string;
  readonly layer_type: string;
  /** Shape of the stored tensor, its type on disk, and whether W is its transpose. */
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly transposed: boolean;
  /**
   * Index of the repeated block that holds the layer, and the layer's role in it, both read from its name. null if the
   * name does not say.
   */
  readonly block: number | null;
  readonly role: Role | null;
  readonly N: number;
  readonly M: number;
  readonly Q: number;
  readonly rf: number;
  readonly num_evals: number;
  /**
   * Rows of the longer side and columns of the shorter side with a non-zero entry (means over the matrices of a stack),
   * and their ratio. The fits use these.
   */
  readonly live_rows: number | null;
  readonly live_columns: number | null;
  readonly Q_live: number | null;
  /**
   * E w^4/(E w^2)^2 over the live entries (3 for Gaussian ones), and the share of all entries that are exactly zero.
   */
  readonly entry_kurtosis: number | null;
  readonly zero_share: number | null;

  /**
   * "success", or "failed" with `reason` (non-finite weights, all zero, constant, unreadable, power law not fitted
   * ...).
   */
  readonly status: "success" | "failed";
  readonly reason: string | null;

  /** Power law of the tail [CSN09], as WeightWatcher fits it. */
  readonly alpha: number | null;
  readonly D: number | null;
  readonly xmin: number | null;
  readonly xmax: number | null;
  readonly sigma: number | null;
  readonly num_pl_spikes: number | null;
  /**
   * False if a power law does not describe the tail. Then alpha and everything computed from it must not be read or
   * averaged.
   */
  readonly alpha_valid: boolean;
  /** Why alpha is not valid; null if it is. */
  readonly alpha_reason: string | null;
  readonly alpha_weighted: number | null;
  readonly log_alpha_norm: number | null;
  /** Hill estimator over the upper half of the spectrum, as TempBalance uses it. */
  readonly alpha_hill: number | null;
  /**
   * Where the power law begins, compared with the trace-log (ERG) condition [SETOL25], with the mean eigenvalue scaled
   * to 1; and the log-determinant of the tail on that scale.
   */
  readonly erg_delta_lambda_min: number | null;
  readonly erg_log_det: number | null;
  /**
   * WeightWatcher's label, from alpha alone ("over-trained" below 2, "under-trained" above 6, else ""). It means
   * nothing if `alpha_valid` is false.
   */
  readonly warning: string;
  /**
   * 95 % interval of alpha, which includes the choice of xmin, and P(an exact power law fits worse). With `bootstrap`
   * the interval comes from resampled spectra.
   */
  readonly alpha_low: number | null;
  readonly alpha_high: number | null;
  readonly D_p: number | null;
  /**
   * Extreme-value index of the upper tail with its 95 % interval, the number of excesses it was fitted to, and P(index
   * > 0.2, the index of alpha = 6).
   */
  readonly tail_index: number | null;
  readonly tail_index_low: number | null;
  readonly tail_index_high: number | null;
  readonly tail_index_k: number | null;
  readonly tail_heavy_p: number | null;
  /**
   * The law that describes the tail best, and the log-likelihood ratio of the power law to each other law above one
   * xmin (`laws_xmin`).
   */
  readonly best_law: DecidedLaw | null;
  readonly laws_xmin: number | null;
  readonly tpl_ratio: number | null;
  readonly tpl_p: number | null;
  readonly exp_ratio: number | null;
  readonly exp_p: number | null;
  readonly s_exp_ratio: number | null;
  readonly s_exp_p: number | null;
  readonly log_n_ratio: number | null;
  readonly log_n_p: number | null;

  readonly lambda_max: number | null;
  readonly lambda_min: number | null;
  readonly sv_max: number | null;
  readonly sv_min: number | null;
  readonly norm: number | null;
  readonly log_norm: number | null;
  readonly spectral_norm: number | null;
  readonly log_spectral_norm: number | null;
  readonly stable_rank: number | null;
  readonly matrix_rank: number | null;
  readonly rank_loss: number | null;
  readonly weak_rank_loss: number | null;
  readonly entropy: number | null;

  /**
   * eigenscope's own: the paper's hard rank and matrix entropy, the Marchenko-Pastur bulk on the scale of W'W, and the
   * spikes beyond the Tracy-Widom edge.
   */
  readonly hard_rank: number | null;
  readonly matrix_entropy: number | null;
  readonly mp_soft_rank: number | null;
  readonly bulk_sigma: number | null;
  readonly bulk_sigma_se: number | null;
  readonly lambda_plus: number | null;
  readonly lambda_minus: number | null;
  readonly bulk_ks: number | null;
  /**
   * P(a true bulk of this size fits worse), and the mean ratio of consecutive spacings of the bulk with its standard
   * error (0.531 in a random matrix).
   */
  readonly bulk_p: number | null;
  readonly level_spacing: number | null;
  readonly level_spacing_se: number | null;
  readonly spikes: number | null;
  readonly tw_statistic: number | null;
  readonly tw_p: number | null;
  /** Spectrum's signal-to-noise ratio [Spectrum24], with its threshold and with our bulk edge. */
  readonly snr_spectrum: number | null;
  readonly snr_mp: number | null;

  /** "undecided" if no phase describes the spectrum. null only if there is no spectrum, or it is too small. */
  readonly phase: PhaseName | null;
  readonly phase_confidence: number | null;
  readonly phase_evidence: PhaseEvidence | null;
  readonly phase_reason: string | null;
  /** The questions that led to the phase, each with its statistic and threshold. */
  readonly phase_path: readonly Step[] | null;
  /** The verdict in plain words, and one sentence with the reason. */
  readonly verdict: Verdict;
  readonly verdict_reason: string;

  /**
   * Eigenvalues at or below `resolved_floor` are rounding noise; `unresolved` counts them. Then the route and the
   * arithmetic that computed the eigenvalues.
   */
  readonly resolved_floor: number | null;
  readonly unresolved: number | null;
  readonly route: string | null;
  readonly precision: string | null;
  /** Notes for reading the row ("weights were dequantised from uint8-affine ..."). */
  readonly notes: readonly string[];
}

export interface SkippedRecord {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly reason: string;
}

/** An average, with the number of layers it was taken over. */
export interface Mean {
  readonly mean: number | null;
  readonly layers: number;
}

export interface ReportSummary {
  readonly layers: number;
  readonly analysed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly eigenvalues: number;
  readonly phases: Readonly<Record<Phase, number>>;
  readonly undecided: number;
  /** Over layers whose alpha is valid. */
  readonly alpha: Mean;
  readonly alpha_weighted: Mean;
  readonly log_alpha_norm: Mean;
  /** Over all analysed layers. */
  readonly log_norm: Mean;
  readonly log_spectral_norm: Mean;
  readonly stable_rank: Mean;
  readonly mp_soft_rank: Mean;
  /** Findings in sentences, most important first. */
  readonly findings: readonly string[];
}

/** The model that an adapter was merged onto. */
export interface BaseRecord {
  readonly label: string;
  readonly format: string;
  readonly files: readonly { readonly name: string; readonly byteLength: number }[];
}

export interface Report {
  readonly schemaVersion: string;
  readonly tool: { readonly name: "eigenscope"; readonly version: string };
  readonly input: {
    readonly label: string;
    readonly format: string;
    /**
     * What decides the order of the layers: the graph's operators, the model's configuration, names, or the file's own
     * list.
     */
    readonly order: LayerOrder;
    readonly files: readonly { readonly name: string; readonly byteLength: number }[];
    /**
     * The base that an adapter was merged onto (option base). Every layer is then a layer of the base with its adapter
     * added. Absent without a base.
     */
    readonly base?: BaseRecord;
    readonly warnings: readonly string[];
  };
  /** The options used, with the defaults filled in. The same input and options give the same report. */
  readonly options: Readonly<Record<string, string | number | boolean | readonly string[] | null>>;
  /** How to read the numbers: which matrix the eigenvalues belong to. */
  readonly conventions: { readonly eigenvalues: "W'W"; readonly logarithms: "log10" };
  readonly layers: readonly LayerRecord[];
  readonly skipped: readonly SkippedRecord[];
  readonly summary: ReportSummary;
}
