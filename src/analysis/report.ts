import type { LayerOrder } from "../layers/order.js";
import type { Role } from "../layers/role.js";
import type { Phase, PhaseEvidence, PhaseName, Step } from "../phases/phase.js";
import type { DecidedLaw } from "../tails/index.js";
import type { Reference } from "./atlas/reference-values.js";
import type { Finding, ModelVerdict } from "./findings/finding.js";
import type { LayerGroup } from "./groups/layer-group.js";
import type { NumberColumns } from "./number-columns.js";
import type { OptionalColumns } from "./optional-columns.js";
import type { Verdict } from "./verdict.js";

/** Version of the JSON report. The major number changes when a field changes its meaning or is removed. */
export const SCHEMA_VERSION = "2.3.0";

/**
 * One row of the report. The columns of the CSV and the fields of the JSON have the same names. If WeightWatcher has
 * the column, name and value are WeightWatcher's (NOTATION.md lists the exceptions). null means "not available";
 * `reason`, `alpha_reason` or `phase_reason` says why. Eigenvalues are those of W'W (convolution slices scaled by 1/2),
 * not of W'W/N. number-columns.ts lists the columns that are numbers, optional-columns.ts those that options add.
 */
export interface LayerRecord extends NumberColumns, Partial<OptionalColumns> {
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
  /** Name of the block that holds the layer ("mixed4", "encoder.3"), also where the blocks have no one index. */
  readonly block_name: string | null;
  readonly role: Role | null;
  readonly N: number;
  readonly M: number;
  readonly Q: number;
  readonly rf: number;
  readonly num_evals: number;

  /**
   * "success", or "failed" with `reason` (non-finite weights, all zero, constant, unreadable, power law not fitted
   * ...).
   */
  readonly status: "success" | "failed";
  readonly reason: string | null;

  /**
   * False if a power law does not describe the tail. Then alpha and everything computed from it must not be read or
   * averaged.
   */
  readonly alpha_valid: boolean;
  /** Why alpha is not valid; null if it is. */
  readonly alpha_reason: string | null;
  /**
   * WeightWatcher's label, from alpha alone ("over-trained" below 2, "under-trained" above 6, else ""). It means
   * nothing if `alpha_valid` is false.
   */
  readonly warning: string;
  /** The law that describes the tail best. */
  readonly best_law: DecidedLaw | null;

  /** "undecided" if no phase describes the spectrum. null only if there is no spectrum, or it is too small. */
  readonly phase: PhaseName | null;
  readonly phase_evidence: PhaseEvidence | null;
  readonly phase_reason: string | null;
  /** The questions that led to the phase, each with its statistic and threshold. */
  readonly phase_path: readonly Step[] | null;
  /** The verdict in plain words, and one sentence with the reason. */
  readonly verdict: Verdict;
  readonly verdict_reason: string;

  /** The route and the arithmetic that computed the eigenvalues. */
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
  /** The answer to "is it all right?", and its sentences. */
  readonly verdict: ModelVerdict;
  readonly headline: string;
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
  /** The findings in sentences, one a kind, most important first. */
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
  /** Layers that play one part many times: experts of one role in all blocks. Each keeps its row in `layers`. */
  readonly groups: readonly LayerGroup[];
  /** What stands out, worst first. Headline, attention list and gate are written from it. */
  readonly findings: readonly Finding[];
  readonly summary: ReportSummary;
  /** Where the layers lie among those of known networks. */
  readonly reference: Reference;
}
