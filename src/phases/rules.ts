import type { Phase, PhaseEvidence } from "./phase.js";

/**
 * One discriminant inside a question. It contributes (value - threshold)/width, cut to +-4, in units in which the answer is e times likelier yes
 * than no a width above the threshold. A negative width asks for values below the threshold. A missing value contributes `missing` (default 0).
 */
export interface Term {
  readonly measure: keyof PhaseEvidence | DerivedMeasure;
  readonly threshold: number;
  readonly width: number;
  readonly missing?: number;
  /** Where the threshold comes from. */
  readonly source: string;
}

/**
 * log10 of `edge_p`; `visible_misfit`: the bulk's distance to its law over the ordinary one or, in large matrices, over what the eye passes (`UNSEEN`); `telling_misfit`: the same, while the spectrum ends near the bulk; `crowding`: the share of eigenvalues beyond the edge, five of them forgiven: a few say nothing of the shape of a density, however small the matrix.
 */
export type DerivedMeasure = "log10_edge_p" | "visible_misfit" | "telling_misfit" | "crowding";

/**
 * A bulk that lies no further than 1.7 times this from its law passes for Marchenko-Pastur however large it is: less than 15 in 1000 of its eigenvalues are out
 * of place. The test of a large bulk finds far less than that (`bulk_p` tells), but nobody sees it, and the paper's phases are what is seen: FC1 of a multilayer
 * perceptron with six spikes at 1.1 of the edge, called Bleeding-out there, has 0.011.
 */
export const UNSEEN = 0.0085;
/**
 * That holds while the spectrum ends near the bulk: in full from this soft rank up, and not at all from `ALLOWANCE_ENDS` down. Entries with 2 < mu < 3 make a
 * bulk that is almost Marchenko-Pastur, and eigenvalues many times its edge; there a small misfit is the foot of a tail.
 */
export const ALLOWANCE_FULL = 0.65;
export const ALLOWANCE_ENDS = 0.35;

/** A yes/no question: how its terms are joined, and where each answer leads, to a phase or to the next question. */
export interface Question {
  readonly asks: string;
  /** "any": the strongest term decides. "all": the weakest. "sum": the terms are weighed together. */
  readonly join: "any" | "all" | "sum";
  readonly terms: readonly Term[];
  readonly yes: Phase | QuestionName;
  readonly no: Phase | QuestionName;
}

export type QuestionName = "collapsed" | "collapsing" | "bulk-broken" | "power-law" | "edge-crossed" | "spikes-apart";

export const FIRST_QUESTION: QuestionName = "collapsed";

/**
 * The decision, as data. Thresholds named "calibrated" were set on the seeded ensembles of scripts/calibrate-phases.mjs: matrices of
 * M from 60 to 700 and Q from 1 to 10.7 whose phase is known by construction; the quantiles quoted are those of that run.
 */
export const QUESTIONS: Readonly<Record<QuestionName, Question>> = {
  collapsed: {
    asks: "Is there a mass of eigenvalues at zero?",
    join: "sum",
    terms: [
      {
        measure: "zero_fraction",
        threshold: 0.04,
        width: 0.01,
        source:
          "[MM19] table 4, 'large-mass spike at 0'; calibrated: 0 in every other phase, 0.11 or more where columns or rank were taken away",
      },
    ],
    yes: "rank-collapse",
    no: "collapsing",
  },
  collapsing: {
    asks: "Does nearly all of the spectrum lie at zero to the eye, without a lower edge?",
    join: "all",
    terms: [
      {
        measure: "near_zero_fraction",
        threshold: 0.86,
        width: 0.02,
        source: "[MM21] section 5, over-regularised MiniAlexNet: 97 % in the first of 100 bins",
      },
      {
        measure: "trailing_decades",
        threshold: 0.85,
        width: 0.08,
        missing: -4,
        source:
          "calibrated: up to 0.3 in every other phase, up to 0.9 for independent entries with mu below 1; 1.2 or more where variances trail off to zero",
      },
    ],
    yes: "rank-collapse",
    no: "bulk-broken",
  },
  "bulk-broken": {
    asks: "Is the bulk no longer Marchenko-Pastur, or does much of the spectrum lie outside it?",
    join: "any",
    terms: [
      {
        measure: "telling_misfit",
        threshold: 1.7,
        width: 0.12,
        missing: 4,
        source:
          "calibrated: a true bulk exceeds it in 1 case of 1000 or less, whatever its size; 2 to 10 with a decaying population or power laws",
      },
      {
        measure: "crowding",
        threshold: 0.046,
        width: 0.01,
        missing: 4,
        source: "[MM21] section 7, MiniAlexNet: 18 of 384 outside the bulk is called Bulk+Spikes, 33 of 384 Bulk-decay",
      },
    ],
    yes: "power-law",
    no: "edge-crossed",
  },
  "power-law": {
    asks: "Does a power law describe the spectrum better than a bulk with an edge?",
    join: "sum",
    terms: [
      {
        measure: "visible_misfit",
        threshold: 2,
        width: 0.3,
        missing: 1,
        source: "calibrated: 0.9 to 1.9 where many graded signals stand on an intact bulk, 2 to 20 with power laws",
      },
      {
        measure: "tail_decades",
        threshold: 0.85,
        width: 0.2,
        source: "calibrated: 0.87 or less in bulk-decay, 0.78 or more with power laws",
      },
      {
        measure: "edge_convexity",
        threshold: 0.62,
        width: 0.1,
        source: "calibrated: median 0.3-0.5 in bulk-decay, 0.86-0.97 with power laws",
      },
      {
        measure: "versus_exponential",
        threshold: 0.9,
        width: 1,
        source: "[CSN09] section 5: positive favours the power law; calibrated: -2 to 1 against 1 to 8",
      },
      {
        measure: "mp_soft_rank",
        threshold: 0.22,
        width: -0.08,
        missing: 2,
        source: "[MM21] section 7: 0.44-0.29 is Bulk-decay, towards 0 Heavy-Tailed",
      },
      { measure: "ks", threshold: 0.075, width: -0.02, missing: -2, source: "calibrated: 0.002-0.06 for power laws, 0.06-0.14 elsewhere" },
    ],
    yes: "heavy-tailed",
    no: "bulk-decay",
  },
  "edge-crossed": {
    asks: "Does an eigenvalue lie beyond the Tracy-Widom fluctuation of the bulk's edge?",
    join: "sum",
    terms: [
      {
        measure: "log10_edge_p",
        threshold: -2.3,
        width: -0.35,
        source: "[Joh01]: the largest eigenvalue of a pure bulk is this far out in 1 case of 200",
      },
    ],
    yes: "spikes-apart",
    no: "random-like",
  },
  "spikes-apart": {
    asks: "Do the outliers stand well clear of the edge?",
    join: "all",
    terms: [
      {
        measure: "mp_soft_rank",
        threshold: 0.845,
        width: -0.02,
        source: "[MM21] section 7, MiniAlexNet: soft rank 0.92 is called Bleeding-out, 0.80 Bulk+Spikes",
      },
      {
        measure: "edge_gap",
        threshold: 15,
        width: 2.5,
        source:
          "calibrated: in small matrices an outlier fluctuates by several Tracy-Widom scales; 5-20 just past the transition, over 40 for clear spikes",
      },
    ],
    yes: "bulk+spikes",
    no: "bleeding-out",
  },
};
