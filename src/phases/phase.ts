/** The 5+1 phases of [MM19] Table 4, in order of increasing self-regularisation; rank-collapse stands apart. */
export const PHASES = ["random-like", "bleeding-out", "bulk+spikes", "bulk-decay", "heavy-tailed", "rank-collapse"] as const;
export type Phase = (typeof PHASES)[number];
/** What a decision can name: a phase, or "undecided" for a spectrum that no phase describes. */
export const PHASE_NAMES = [...PHASES, "undecided"] as const;
export type PhaseName = (typeof PHASE_NAMES)[number];

/**
 * The statistics behind a decision, in numbers. Every field is finite or null (not measurable). docs/theory/phases.md
 * has the formulas.
 */
export interface PhaseEvidence {
  /**
   * Share of the M directions that carry nothing: columns of zeros, or eigenvalues at the floor of the arithmetic
   * beyond those of a bulk.
   */
  readonly zero_fraction: number | null;
  /**
   * Largest jump of log10 lambda within the lower 96 %, less that of a Marchenko-Pastur law of the same shape, below
   * which no more than 1 % of the trace lies.
   */
  readonly jump_decades: number | null;
  /** Share of the eigenvalues below that jump. */
  readonly jump_fraction: number | null;
  /** Share of the eigenvalues of a matrix below a hundredth of its largest. */
  readonly near_zero_fraction: number | null;
  /**
   * Decades between the lowest tenth of the eigenvalues and their median, beyond those of a Marchenko-Pastur bulk of
   * the same shape: above 0 where the spectrum trails off to zero. null where less than 86 % lie near zero, or single
   * entries carry the matrix.
   */
  readonly trailing_decades: number | null;
  /**
   * (97.5 % - 2.5 % quantile)/median of the eigenvalues, over the same of the Marchenko-Pastur law of that shape: 1 for
   * a random matrix, 0 for an orthogonal one.
   */
  readonly relative_width: number | null;
  /**
   * KS distance of the bulk (outliers removed) to its Marchenko-Pastur law, over the median that a true bulk of the
   * same size shows: 1 is ordinary, above 1.7 it is none.
   */
  readonly bulk_misfit: number | null;
  /** The same in units of what the eye sees, where that is more: what decides. */
  readonly visible_misfit: number | null;
  /** KS distance of the bulk to its law. */
  readonly bulk_ks: number | null;
  /** P(a true bulk of the same size misfits more). */
  readonly bulk_p: number | null;
  /** (lambdaMax - lambdaPlus) in Tracy-Widom scales. */
  readonly edge_gap: number | null;
  /** p-value of the largest eigenvalue under the Tracy-Widom law (beta = 1), corrected for the number of slices. */
  readonly edge_p: number | null;
  /**
   * Standard normal score of `edge_p`, 2.75 at p = 0.003; of a mask, of the largest eigenvalue among those of its
   * permuted entries.
   */
  readonly edge_score: number | null;
  /** Eigenvalues beyond the Tracy-Widom edge, and their share of all eigenvalues. */
  readonly spikes: number | null;
  readonly spike_fraction: number | null;
  /** The same share, five of them forgiven: a few say nothing of the shape of a density, however small the matrix. */
  readonly crowding: number | null;
  /** Share of the total variance (trace) that lies in those eigenvalues. */
  readonly spike_weight: number | null;
  /** Marchenko-Pastur soft rank lambdaPlus/lambdaMax, and its sampling error where an outlier makes it. */
  readonly mp_soft_rank: number | null;
  readonly mp_soft_rank_se: number | null;
  /**
   * Extreme-value index of the upper tail, its standard error and 95 % interval, and the number of eigenvalues it rests
   * on; null where it does not apply.
   */
  readonly tail_index: number | null;
  readonly tail_index_se: number | null;
  readonly tail_index_low: number | null;
  readonly tail_index_high: number | null;
  readonly tail_index_k: number | null;
  /** What is added to the index, beyond that of a Marchenko-Pastur bulk of the same shape at the same k. */
  readonly tail_index_excess: number | null;
  /**
   * Power-law fit: exponent, KS distance, share of the spectrum in the tail, decades spanned, normalised log-likelihood
   * ratios against the exponential and the lognormal law (positive favours the power law).
   */
  readonly alpha: number | null;
  readonly ks: number | null;
  readonly tail_fraction: number | null;
  readonly tail_decades: number | null;
  readonly versus_exponential: number | null;
  readonly versus_lognormal: number | null;
}

/** One question on the way to a phase, and how it was answered. */
export interface Step {
  readonly question: string;
  /** The field of `phase_evidence` that answers it. */
  readonly statistic: keyof PhaseEvidence;
  /** null where the statistic does not apply. */
  readonly value: number | null;
  /** Its standard error. */
  readonly error: number | null;
  readonly threshold: number;
  /** Probability of the answer that was given, in [0.5, 1]. */
  readonly probability: number;
  readonly answer: "yes" | "no";
}

export interface PhaseDecision {
  /** null where the layer is too small or unreadable; `reason` says which. */
  readonly phase: PhaseName | null;
  /** Probability that the name is right, in [0, 1]; docs/validation.md has how often it is on ensembles. */
  readonly confidence: number;
  readonly evidence: PhaseEvidence;
  /** The questions from the first to the one that decided. */
  readonly path: readonly Step[];
  /** One plain sentence. */
  readonly reason: string;
  /** Names in the running besides, most likely first. */
  readonly alternatives: readonly { readonly phase: PhaseName; readonly confidence: number }[];
}
