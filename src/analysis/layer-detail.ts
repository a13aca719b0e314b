/**
 * A layer in detail: all its eigenvalues and the fits that a chart draws. Plain data, which a structured clone carries.
 * Eigenvalues and everything in their unit are those of W'W.
 */
export interface LayerDetail {
  readonly name: string;
  readonly N: number;
  readonly M: number;
  readonly Q: number;
  readonly rf: number;
  readonly count: number;
  /** Ascending, zeros included. */
  readonly eigenvalues: Float64Array;
  /** Eigenvalues at or below it are zero to working precision; `zeros` counts them. */
  readonly resolvedFloor: number;
  readonly zeros: number;
  readonly bulk: {
    readonly N: number;
    readonly Q: number;
    readonly sigma2: number;
    readonly lambdaPlus: number;
    readonly lambdaMinus: number;
    /** Share of the eigenvalues in the bulk. */
    readonly share: number;
  } | null;
  /** The threshold of spikes; 1 % and 99 % points of the largest eigenvalue of a random matrix of that shape. */
  readonly edge: { readonly threshold: number; readonly low: number; readonly high: number } | null;
  /** How many eigenvalues lie above that threshold. */
  readonly spikes: number;
  /** The power law, with the 95 % interval of alpha. */
  readonly tail: {
    readonly alpha: number;
    readonly low: number;
    readonly high: number;
    readonly xmin: number;
    readonly xmax: number;
    readonly nTail: number;
    readonly D: number;
    /** False if a power law does not describe the tail. */
    readonly valid: boolean;
  } | null;
  /** D and alpha against every xmin, ascending. */
  readonly curve: {
    readonly xmin: readonly number[];
    readonly D: readonly number[];
    readonly alpha: readonly number[];
  } | null;
}
