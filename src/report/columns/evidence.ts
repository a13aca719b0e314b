import type { PhaseEvidence } from "../../phases/phase.js";
import { QUESTIONS, type Term, UNSEEN } from "../../phases/rules.js";
import { ANY, COUNT, columnsOf, POSITIVE, SHARE, WHOLE } from "./column.js";

/** The rule that decides whether a bulk is one: its threshold is the one that the definitions name. */
const MISFIT = QUESTIONS["bulk-broken"].terms.find(({ measure }) => measure === "telling_misfit") as Term;

/** The fields of `phase_evidence`. */
export const EVIDENCE_COLUMNS = columnsOf<keyof PhaseEvidence>({
  bulk_misfit: {
    definition: `Kolmogorov-Smirnov distance of the bulk to its Marchenko-Pastur law, over the median that a true bulk of the same size shows: 1 is ordinary, above ${MISFIT.threshold} it is none.`,
    formula: "bulk_ks/median of bulk_ks in seeded random matrices of the same size",
    range: POSITIVE,
    source: "weightscope; [MP67]",
  },
  bulk_ks: {
    definition: `Kolmogorov-Smirnov distance of the bulk (outliers removed) to its Marchenko-Pastur law, in [0, 1]: below ${(MISFIT.threshold * UNSEEN).toFixed(4)} it passes for one, however surely a large matrix tells it apart.`,
    range: SHARE,
    source: "[MP67]; weightscope (docs/theory/phases.md)",
  },
  bulk_p: {
    definition: "Probability that a true bulk of the same size misfits more, in [0, 1].",
    range: SHARE,
    source: "weightscope",
  },
  edge_gap: {
    definition: "(lambda_max - lambda_plus) in units of the Tracy-Widom scale.",
    formula: "(lambda_max - lambda_plus)/scale",
    range: ANY,
    unit: "Tracy-Widom scales",
    source: "[Joh01]",
  },
  edge_p: {
    definition: "p-value of lambda_max under the Tracy-Widom law (beta = 1), corrected for the number of pooled matrices.",
    formula: "1 - F1(tw_statistic)^rf",
    range: SHARE,
    source: "[TW96]; [Joh01]",
  },
  spikes: { definition: "Number of eigenvalues beyond the Tracy-Widom edge.", range: WHOLE, unit: COUNT, source: "[Joh01]; [TW96]" },
  spike_fraction: {
    definition: "Share of the eigenvalues that are spikes, in [0, 1].",
    formula: "spikes/num_evals",
    range: SHARE,
    source: "weightscope",
  },
  spike_weight: {
    definition: "Share of the trace that lies in the spikes, in [0, 1].",
    formula: "sum of the spikes/norm",
    range: SHARE,
    source: "weightscope",
  },
  edge_convexity: {
    definition: "Shape of the density just above the edge: positive where it decays instead of ending.",
    formula: "1 - 2 mean((lambda - lambda_plus)/(lambda_max - lambda_plus)) over lambda_plus < lambda < lambda_max",
    range: "-1 to 1",
    source: "weightscope",
  },
  mp_soft_rank: {
    definition: "lambda_plus / lambda_max.",
    formula: "min(1, lambda_plus/lambda_max)",
    range: SHARE,
    source: "[MM19] eq. 7",
  },
  alpha: { definition: "Exponent of the power-law fit.", range: "above 1", source: "[CSN09] eq. 3.1" },
  ks: {
    definition: "Kolmogorov-Smirnov distance of the tail to its power law, in [0, 1].",
    range: SHARE,
    source: "[CSN09] eq. 3.9",
  },
  tail_fraction: {
    definition: "Share of the eigenvalues in the power-law tail, in [0, 1].",
    formula: "#{lambda >= xmin}/num_evals",
    range: SHARE,
    source: "weightscope",
  },
  tail_decades: {
    definition: "Decades that the tail spans, log10(xmax/xmin).",
    formula: "log10(xmax/xmin)",
    range: POSITIVE,
    unit: "decades",
    source: "weightscope",
  },
  versus_exponential: {
    definition: "Normalised log-likelihood ratio of the power law against the exponential; positive favours the power law.",
    formula: "sum of (l_i)/(sd(l) sqrt(n)), l_i the difference of the log-likelihoods of eigenvalue i",
    range: ANY,
    unit: "standard deviations",
    source: "[Vuo89]; [CSN09] section 5",
  },
  zero_fraction: {
    definition: "Share of the eigenvalues that are zero to working precision, in [0, 1].",
    range: SHARE,
    source: "weightscope",
  },
  near_zero_fraction: {
    definition: "Share of the eigenvalues of a matrix below a hundredth of its largest, in [0, 1]: the first of 100 bins of a histogram.",
    formula: "#{lambda < lambda_max/100}/M, mean over the pooled matrices",
    range: SHARE,
    source: "[MM21] section 5; weightscope (docs/theory/phases.md)",
  },
  trailing_decades: {
    definition:
      "Decades between the lowest tenth of the eigenvalues and their median, beyond those of a Marchenko-Pastur bulk of the same shape: above 0 where the spectrum trails off to zero.",
    formula: "log10(median/tenth percentile) - the same of the Marchenko-Pastur law, mean over the pooled matrices",
    range: ANY,
    unit: "decades",
    source: "[MP67]; weightscope (docs/theory/phases.md)",
  },
});
