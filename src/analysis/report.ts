import type { LayerOrder } from "../layers/order.js";
import type { Role } from "../layers/role.js";
import type { Phase, PhaseEvidence, PhaseName, Step } from "../phases/phase.js";
import type { DecidedLaw } from "../tails/index.js";
import type { OptionalColumns } from "./optional-columns.js";
import type { Verdict } from "./verdict.js";

/** Version of the JSON report; the major number changes when a field changes its meaning or goes away. */
export const SCHEMA_VERSION = "2.0.0";

/**
 * One row of the report: the CSV's columns and the JSON's fields, under the same names. Where WeightWatcher has the
 * column, the name and the value are its own (NOTATION.md lists the exceptions). null means "not available"; the row
 * says why in `reason`, `alpha_reason` or `phase_reason`. Eigenvalues are those of W'W (convolution slices scaled by
 * 1/2), not of W'W/N. Columns that only some option adds are optional-columns.ts.
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
   * Index of the repeated block that holds the layer and what it does there, read from its name; null where the name
   * does not tell.
   */
  readonly block: number | null;
  readonly role: Role | null;
  readonly N: number;
  readonly M: number;
  readonly Q: number;
  readonly rf: number;
  readonly num_evals: number;
  /**
   * Rows of the longer side and columns of the shorter one with an entry other than zero (means over the matrices of a
   * stack), and their ratio. The fits use these.
   */
  readonly live_rows: number | null;
  readonly live_columns: number | null;
  readonly Q_live: number | null;
  /** E w^4/(E w^2)^2 over the live entries, 3 for Gaussian ones; and the share of all entries that are exactly zero. */
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
   * False where a power law does not describe the tail: then alpha and all that is built on it must not be read or
   * averaged.
   */
  readonly alpha_valid: boolean;
  /** Why not; null where it is valid. */
  readonly alpha_reason: string | null;
  readonly alpha_weighted: number | null;
  readonly log_alpha_norm: number | null;
  /** Hill estimator over the upper half of the spectrum, as TempBalance uses it. */
  readonly alpha_hill: number | null;
  /**
   * Where the power law begins against the trace-log (ERG) condition [SETOL25], on the scale of mean eigenvalue 1; and
   * the tail's log-determinant there.
   */
  readonly erg_delta_lambda_min: number | null;
  readonly erg_log_det: number | null;
  /**
   * WeightWatcher's label, from alpha alone ("over-trained" below 2, "under-trained" above 6, else ""): it means
   * nothing where `alpha_valid` is false.
   */
  readonly warning: string;
  /**
   * 95 % interval of alpha, the choice of xmin included, and P(an exact power law fits worse). With `bootstrap` the
   * interval is that of resampled spectra.
   */
  readonly alpha_low: number | null;
  readonly alpha_high: number | null;
  readonly D_p: number | null;
  /**
   * Extreme-value index of the upper tail with its 95 % interval, the number of excesses it was read off, and P(it is
   * above 0.2, the index of alpha = 6).
   */
  readonly tail_index: number | null;
  readonly tail_index_low: number | null;
  readonly tail_index_high: number | null;
  readonly tail_index_k: number | null;
  readonly tail_heavy_p: number | null;
  /**
   * The law that the tail singles out, and the log-likelihood ratios of the power law to each other law above one xmin
   * (`laws_xmin`).
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
   * Ours: the paper's hard rank and matrix entropy, the Marchenko-Pastur bulk on the scale of W'W, the spikes beyond
   * the Tracy-Widom edge.
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
   * P(a true bulk of this size fits worse); and the mean ratio of consecutive spacings of the bulk with its standard
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

  /** "undecided" where no phase describes the spectrum; null only where there is none, or it is too small. */
  readonly phase: PhaseName | null;
  readonly phase_confidence: number | null;
  readonly phase_evidence: PhaseEvidence | null;
  readonly phase_reason: string | null;
  /** The questions on the way to the phase, each with its statistic against its threshold. */
  readonly phase_path: readonly Step[] | null;
  /** What it comes to in plain words, and one sentence why. */
  readonly verdict: Verdict;
  readonly verdict_reason: string;

  /**
   * Eigenvalues at or below this are rounding noise; how many there are; the route and the arithmetic that gave them.
   */
  readonly resolved_floor: number | null;
  readonly unresolved: number | null;
  readonly route: string | null;
  readonly precision: string | null;
  /** What to know when reading the row ("weights were dequantised from uint8-affine ..."). */
  readonly notes: readonly string[];
}

export interface SkippedRecord {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly reason: string;
}

/** An average that says over how many layers it was taken. */
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
  /** Sentences on what stands out, most important first. */
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
  readonly tool: { readonly name: "weightscope"; readonly version: string };
  readonly input: {
    readonly label: string;
    readonly format: string;
    /**
     * What the order of the layers follows: the graph's operators, the model's configuration, names, or the file's own
     * list.
     */
    readonly order: LayerOrder;
    readonly files: readonly { readonly name: string; readonly byteLength: number }[];
    /**
     * What an adapter was merged onto (option base): every layer is one of the base's, with its adapter added. Absent
     * where there is none.
     */
    readonly base?: BaseRecord;
    readonly warnings: readonly string[];
  };
  /** The options in force, defaults filled in: the same input and options give the same report. */
  readonly options: Readonly<Record<string, string | number | boolean | readonly string[] | null>>;
  /** How to read the numbers: which matrix the eigenvalues belong to. */
  readonly conventions: { readonly eigenvalues: "W'W"; readonly logarithms: "log10" };
  readonly layers: readonly LayerRecord[];
  readonly skipped: readonly SkippedRecord[];
  readonly summary: ReportSummary;
}
