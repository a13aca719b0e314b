/** The 5+1 phases of [MM19] Table 4, in order of increasing self-regularisation; rank-collapse stands apart. */
export const PHASES = ["random-like", "bleeding-out", "bulk+spikes", "bulk-decay", "heavy-tailed", "rank-collapse"] as const;
export type Phase = (typeof PHASES)[number];
/** A phase, or "undecided": a spectrum that no phase describes. */
export type PhaseName = Phase | "undecided";

/** The five measurable discriminants behind a decision, in numbers. Every field is finite or null. */
export interface PhaseEvidence {
  /** KS distance of the bulk (outliers removed) to its Marchenko-Pastur law, over the median that a true bulk of the same size shows: 1 is ordinary, above 1.6 it is none. */
  readonly bulk_misfit: number | null;
  /** KS distance of the bulk to its law. */
  readonly bulk_ks: number | null;
  /** P(a true bulk of the same size misfits more). */
  readonly bulk_p: number | null;
  /** (lambdaMax - lambdaPlus) in Tracy-Widom scales. */
  readonly edge_gap: number | null;
  /** p-value of the largest eigenvalue under the Tracy-Widom law (beta = 1), corrected for the number of slices. */
  readonly edge_p: number | null;
  /** Eigenvalues beyond the Tracy-Widom edge, and their share of all eigenvalues. */
  readonly spikes: number | null;
  readonly spike_fraction: number | null;
  /** Share of the total variance (trace) that lies in those eigenvalues. */
  readonly spike_weight: number | null;
  /** Shape of the density just above the edge: convexity measure, positive where the edge decays instead of ending. */
  readonly edge_convexity: number | null;
  /** Marchenko-Pastur soft rank lambdaPlus/lambdaMax. */
  readonly mp_soft_rank: number | null;
  /** Power-law fit: exponent, KS distance, share of the spectrum in the tail, decades spanned, normalised log-likelihood ratio against the exponential. */
  readonly alpha: number | null;
  readonly ks: number | null;
  readonly tail_fraction: number | null;
  readonly tail_decades: number | null;
  readonly versus_exponential: number | null;
  /** Share of eigenvalues that are zero to the precision of the weights, beyond what a bulk of this shape has there. */
  readonly zero_fraction: number | null;
  /** Share of the eigenvalues of a matrix below a hundredth of its largest. */
  readonly near_zero_fraction: number | null;
  /** Decades between the lowest tenth of the eigenvalues and their median, beyond those of a Marchenko-Pastur bulk of the same shape: above 0 where the spectrum trails off to zero. */
  readonly trailing_decades: number | null;
}

export interface PhaseDecision {
  /** null where the layer is too small, degenerate or unreadable to tell; `reason` says which. */
  readonly phase: Phase | null;
  /** In [0, 1]. */
  readonly confidence: number;
  readonly evidence: PhaseEvidence;
  /** One plain sentence. */
  readonly reason: string;
  /** Phases in the running besides, most likely first. */
  readonly alternatives: readonly { readonly phase: Phase; readonly confidence: number }[];
}
