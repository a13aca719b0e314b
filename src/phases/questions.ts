import { HEAVY_INDEX } from "../tails/index.js";
import type { PhaseEvidence, PhaseName } from "./phase.js";

export type QuestionName =
  | "rank-lost"
  | "rank-fallen"
  | "collapsing"
  | "narrower"
  | "bulk-broken"
  | "crowded"
  | "tail-open"
  | "heavy"
  | "edge-crossed"
  | "spikes-apart";

/** A yes/no question: one statistic, one threshold, and where each answer leads. */
export interface Question {
  readonly asks: string;
  readonly statistic: keyof PhaseEvidence;
  readonly threshold: number;
  /** The side of the threshold that means yes. */
  readonly yesWhen: "above" | "below";
  /** Standard error of the statistic. */
  readonly error: (evidence: PhaseEvidence, size: number) => number;
  /** The answer if the statistic is null, and its probability. */
  readonly missing: { readonly answer: "yes" | "no"; readonly probability: number };
  readonly yes: PhaseName | QuestionName;
  readonly no: PhaseName | QuestionName;
  /** Source of statistic and threshold. */
  readonly source: string;
}

/** A jump of at least this many decades does not occur in a random spectrum: rank was lost. */
export const MIN_RANK_LOSS_DECADES = 1.5;

export const FIRST_QUESTION: QuestionName = "rank-lost";

/**
 * The Kolmogorov-Smirnov distance that counts as a visible misfit of 1. A bulk within 1.7 of these units of its law
 * counts as Marchenko-Pastur, however large it is: less than 15 in 1000 of its eigenvalues are out of place. The test
 * of a large bulk detects far smaller deviations (`bulk_p`), but nobody can see them in a plot, and the paper defines
 * its phases by what is visible.
 */
export const VISIBLE_KS_UNIT = 0.0085;

const NO = { answer: "no", probability: 1 } as const;

/**
 * The decision, as data. "Set on the draws of seeds 1 and 2" means the draws of scripts/draw-ensembles.mjs, checked by
 * scripts/judge-phases.mjs.
 */
export const QUESTIONS: Readonly<Record<QuestionName, Question>> = {
  "rank-lost": {
    asks: "Do some directions carry nothing at all?",
    statistic: "zero_fraction",
    threshold: 0.04,
    yesWhen: "above",
    // One column more or less, plus the fluctuation of a bulk's fraction at the floor.
    error: (_, size) => 0.004 + 0.25 / size,
    missing: NO,
    yes: "rank-collapse",
    no: "rank-fallen",
    source: "[MM19] table 4, 'large-mass spike at 0'; set on the draws of seeds 1 and 2",
  },
  "rank-fallen": {
    asks: "Does a part of the spectrum lie decades below the rest?",
    statistic: "jump_decades",
    threshold: MIN_RANK_LOSS_DECADES,
    yesWhen: "above",
    error: () => 0.2,
    missing: NO,
    yes: "rank-collapse",
    no: "collapsing",
    source:
      "set on the draws of seeds 1 and 2: 0.9 or less with a full rank, 2 or more where noise below a " +
      "hundredth fills the lost directions",
  },
  collapsing: {
    asks: "Does a spectrum that lies near zero trail off without a lower edge?",
    statistic: "trailing_decades",
    threshold: 0.95,
    yesWhen: "above",
    error: () => 0.2,
    missing: NO,
    yes: "rank-collapse",
    no: "narrower",
    source:
      "[MM21] section 5, over-regularised MiniAlexNet: 97 % of the spectrum in the first of 100 bins; set on " +
      "the draws of seeds 1 and 2",
  },
  narrower: {
    asks: "Is the spectrum narrower than that of a random matrix?",
    statistic: "relative_width",
    threshold: 0.75,
    yesWhen: "below",
    error: (_, size) => 0.03 + 1.5 / size,
    missing: NO,
    yes: "undecided",
    no: "bulk-broken",
    source: "[MP67]: 1 for independent entries; 0 for orthogonal columns. 0.75 was set on the draws of seeds 1 and 2",
  },
  "bulk-broken": {
    asks: "Is the bulk visibly different from Marchenko-Pastur?",
    statistic: "visible_misfit",
    threshold: 1.7,
    yesWhen: "above",
    error: () => 0.2,
    missing: { answer: "yes", probability: 1 },
    yes: "tail-open",
    no: "crowded",
    source: "a true bulk exceeds it in 1 case of 1000, whatever its size (scripts/tabulate-bulk-goodness.mjs)",
  },
  crowded: {
    asks: "Are there more than a few spikes beyond the bulk?",
    statistic: "crowding",
    threshold: 0.0465,
    yesWhen: "above",
    error: (_, size) => 0.006 + 0.5 / size,
    missing: NO,
    yes: "tail-open",
    no: "edge-crossed",
    source: "[MM21] section 7, MiniAlexNet: 18 of 384 outside the bulk is called Bulk+Spikes, 33 of 384 Bulk-decay",
  },
  "tail-open": {
    asks: "Does the tail reach further than the edge of a bulk would?",
    statistic: "tail_index_excess",
    threshold: 0.1,
    yesWhen: "above",
    error: (evidence) => 0.6 * (evidence.tail_index_se ?? 0),
    missing: { answer: "no", probability: 0.6 },
    yes: "heavy",
    no: "undecided",
    source:
      "[DEdH89]: -2/3 for a square-root edge, 0 for an exponential decay; 0.1 was set on the draws of seeds 1 and 2",
  },
  heavy: {
    asks: "Is the tail a power law rather than an exponential decay?",
    statistic: "tail_index",
    threshold: HEAVY_INDEX,
    yesWhen: "above",
    error: (evidence) => evidence.tail_index_se ?? 0,
    missing: NO,
    yes: "heavy-tailed",
    no: "bulk-decay",
    source:
      "[DEdH89]: 0 for an exponential decay, 1/(alpha - 1) for a power law; 0.2 corresponds to alpha 6, the " +
      "limit of alpha_valid too",
  },
  "edge-crossed": {
    asks: "Does an eigenvalue lie beyond the Tracy-Widom fluctuation of the bulk's edge?",
    statistic: "edge_score",
    threshold: 2.75,
    yesWhen: "above",
    error: () => 0.5,
    missing: NO,
    yes: "spikes-apart",
    no: "random-like",
    source: "[Joh01]: the largest eigenvalue of a pure bulk is this far out in 3 cases of 1000",
  },
  "spikes-apart": {
    asks: "Do the outliers lie well above the edge?",
    statistic: "mp_soft_rank",
    threshold: 0.845,
    yesWhen: "below",
    error: (evidence) => 0.015 + (evidence.mp_soft_rank_se ?? 0),
    missing: NO,
    yes: "bulk+spikes",
    no: "bleeding-out",
    source: "[MM21] section 7, MiniAlexNet: soft rank 0.92 is called Bleeding-out, 0.80 Bulk+Spikes",
  },
};
