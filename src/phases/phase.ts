/** The 5+1 phases of [MM19] Table 4, in order of increasing self-regularisation. rank-collapse is the "+1". */
export const PHASES = [
  "random-like",
  "bleeding-out",
  "bulk+spikes",
  "bulk-decay",
  "heavy-tailed",
  "rank-collapse",
] as const;
export type Phase = (typeof PHASES)[number];
/** The possible names: a phase, or "undecided" for a spectrum that no phase describes. */
export const PHASE_NAMES = [...PHASES, "undecided"] as const;
export type PhaseName = (typeof PHASE_NAMES)[number];

/**
 * The statistics behind a decision, in numbers. Every field is finite or null (not measurable). docs/theory/phases.md
 * has the formulas.
 */
export interface PhaseEvidence {
  /**
   * Fraction of the M directions that carry nothing: columns of zeros, and eigenvalues at the floor of the arithmetic
   * in excess of those of a bulk.
   */
  readonly zero_fraction: number | null;
  /**
   * Largest jump of log10 lambda within the lower 96 %, minus that of a Marchenko-Pastur law of the same shape. At most
   * 1 % of the trace lies below it.
   */
  readonly jump_decades: number | null;
  /** Fraction of the eigenvalues below that jump. */
  readonly jump_fraction: number | null;
  /** Fraction of the eigenvalues of a matrix below a hundredth of its largest. */
  readonly near_zero_fraction: number | null;
  /**
   * Decades between the lowest tenth of the eigenvalues and their median, minus those of a Marchenko-Pastur bulk of the
   * same shape: above 0 if the spectrum trails off to zero. null if less than 86 % lie near zero, or if single entries
   * carry the matrix.
   */
  readonly trailing_decades: number | null;
  /**
   * (97.5 % - 2.5 % quantile)/median of the eigenvalues, divided by the same ratio of the Marchenko-Pastur law of that
   * shape: 1 for a random matrix, 0 for an orthogonal one.
   */
  readonly relative_width: number | null;
  /**
   * KS distance of the bulk (outliers removed) to its Marchenko-Pastur law, divided by the median for a true bulk of
   * the same size: 1 is typical, above 1.7 it is not a Marchenko-Pastur bulk.
   */
  readonly bulk_misfit: number | null;
  /**
   * The same distance in units of `VISIBLE_KS_UNIT` if that is less. The decision uses it: a deviation that is too
   * small to see does not count.
   */
  readonly visible_misfit: number | null;
  /** KS distance of the bulk to its law. */
  readonly bulk_ks: number | null;
  /** P(a true bulk of the same size has a larger misfit). */
  readonly bulk_p: number | null;
  /** (lambdaMax - lambdaPlus) in Tracy-Widom scales. */
  readonly edge_gap: number | null;
  /** p-value of the largest eigenvalue under the Tracy-Widom law (beta = 1), corrected for the number of slices. */
  readonly edge_p: number | null;
  /**
   * Standard normal score of `edge_p`, 2.75 at p = 0.003. For a masked layer: of the largest eigenvalue among those of
   * its permuted entries.
   */
  readonly edge_score: number | null;
  /** Eigenvalues beyond the Tracy-Widom edge, and their fraction of all eigenvalues. */
  readonly spikes: number | null;
  readonly spike_fraction: number | null;
  /**
   * The same fraction without the first five: a few outliers say nothing about the shape of a density, however small
   * the matrix.
   */
  readonly crowding: number | null;
  /** Fraction of the total variance (trace) in those eigenvalues. */
  readonly spike_weight: number | null;
  /** Marchenko-Pastur soft rank lambdaPlus/lambdaMax, and its sampling error if an outlier determines it. */
  readonly mp_soft_rank: number | null;
  readonly mp_soft_rank_se: number | null;
  /**
   * Extreme-value index of the upper tail, its standard error and 95 % interval, and the number of eigenvalues used;
   * null if it does not apply.
   */
  readonly tail_index: number | null;
  readonly tail_index_se: number | null;
  readonly tail_index_low: number | null;
  readonly tail_index_high: number | null;
  readonly tail_index_k: number | null;
  /** The index minus that of a Marchenko-Pastur bulk of the same shape at the same k. */
  readonly tail_index_excess: number | null;
  /**
   * Power-law fit: exponent, KS distance, fraction of the spectrum in the tail, decades spanned, normalised
   * log-likelihood ratios against the exponential and the lognormal law (positive favours the power law).
   */
  readonly alpha: number | null;
  readonly ks: number | null;
  readonly tail_fraction: number | null;
  readonly tail_decades: number | null;
  readonly versus_exponential: number | null;
  readonly versus_lognormal: number | null;
}

/** One question on the path to a phase, and its answer. */
export interface Step {
  readonly question: string;
  /** The field of `phase_evidence` that answers it. */
  readonly statistic: keyof PhaseEvidence;
  /** null if the statistic does not apply. */
  readonly value: number | null;
  /** Its standard error. */
  readonly error: number | null;
  readonly threshold: number;
  /** Probability of that answer, in [0.5, 1]. */
  readonly probability: number;
  readonly answer: "yes" | "no";
}

export interface PhaseDecision {
  /** null if the layer is too small or unreadable; `reason` says which. */
  readonly phase: PhaseName | null;
  /** Probability that the name is right, in [0, 1]. docs/validation.md compares it with the hit rate on ensembles. */
  readonly confidence: number;
  readonly evidence: PhaseEvidence;
  /** The questions from the first to the one that decided. */
  readonly path: readonly Step[];
  /** One plain sentence. */
  readonly reason: string;
  /** Other possible names, the most probable first. */
  readonly alternatives: readonly { readonly phase: PhaseName; readonly confidence: number }[];
}
