import type { PhaseEvidence } from "../../phases/phase.js";
import { QUESTIONS, VISIBLE_KS_UNIT } from "../../phases/questions.js";
import { ABOVE_1, ANY, COUNT, columnsOf, POSITIVE, SHARE, WHOLE } from "./column.js";

/** The question whether the bulk is broken. The definitions quote its threshold. */
const BULK_BROKEN = QUESTIONS["bulk-broken"];

/** The fields of `phase_evidence`. */
export const EVIDENCE_COLUMNS = columnsOf<keyof PhaseEvidence>({
  bulk_misfit: {
    definition:
      "Kolmogorov-Smirnov distance of the bulk to its Marchenko-Pastur law, over the median that a true bulk " +
      `of the same size shows: 1 is ordinary, above ${BULK_BROKEN.threshold} the bulk is broken.`,
    formula: "bulk_ks/median of bulk_ks in seeded random matrices of the same size",
    range: POSITIVE,
    source: "eigenscope; [MP67]",
  },
  visible_misfit: {
    definition:
      "Decides whether the bulk is intact; above 1.7 it is broken. It is the smaller of bulk_misfit and " +
      "bulk_ks/0.0085, because a test on a large bulk rejects deviations too small to see. For a masked " +
      "layer: its misfit over that of its permuted entries.",
    formula: "min(bulk_misfit, bulk_ks/0.0085)",
    range: POSITIVE,
    source: "eigenscope (docs/theory/phases.md)",
  },
  bulk_ks: {
    definition:
      "Kolmogorov-Smirnov distance of the bulk (outliers removed) to its Marchenko-Pastur law, in [0, 1]. " +
      `Below ${(BULK_BROKEN.threshold * VISIBLE_KS_UNIT).toFixed(4)} the bulk counts as intact, even if a test ` +
      "on a large matrix rejects it.",
    range: SHARE,
    source: "[MP67]; eigenscope (docs/theory/phases.md)",
  },
  bulk_p: {
    definition:
      "Probability that a true bulk of the same size fits worse, in [0, 1]; for a masked layer, that its " +
      "permuted entries do.",
    range: SHARE,
    source: "eigenscope",
  },
  edge_gap: {
    definition: "(lambda_max - lambda_plus) in units of the Tracy-Widom scale.",
    formula: "(lambda_max - lambda_plus)/scale",
    range: ANY,
    unit: "Tracy-Widom scales",
    source: "[Joh01]",
  },
  edge_p: {
    definition:
      "p-value of lambda_max under the Tracy-Widom law (beta = 1), corrected for the number of pooled " +
      "matrices; for a masked layer, among its permuted entries.",
    formula: "1 - F1(tw_statistic)^rf",
    range: SHARE,
    source: "[TW96]; [Joh01]",
  },
  edge_score: {
    definition:
      "Standard normal score of edge_p; above 2.75 an eigenvalue is beyond the edge. For a masked layer, the " +
      "Tracy-Widom law has the mean and spread of the largest eigenvalues of its permuted entries.",
    formula: "-normal quantile of edge_p",
    range: ANY,
    unit: "standard deviations",
    source: "[Joh01]; eigenscope",
  },
  spikes: {
    definition:
      "Number of eigenvalues beyond the Tracy-Widom edge; for a masked layer, beyond the largest one of its " +
      "permuted entries.",
    range: WHOLE,
    unit: COUNT,
    source: "[Joh01]; [TW96]",
  },
  spike_fraction: {
    definition: "Share of the eigenvalues that are spikes, in [0, 1].",
    formula: "spikes/num_evals",
    range: SHARE,
    source: "eigenscope",
  },
  crowding: {
    definition:
      "Share of the eigenvalues that are spikes, not counting five per matrix, in [0, 1]. Above 0.0465 there " +
      "are more than a few.",
    formula: "max(0, spikes - 5 rf)/num_evals",
    range: SHARE,
    source: "[MM21] section 7; eigenscope (docs/theory/phases.md)",
  },
  spike_weight: {
    definition: "Share of the trace that lies in the spikes, in [0, 1].",
    formula: "sum of the spikes/norm",
    range: SHARE,
    source: "eigenscope",
  },
  mp_soft_rank: {
    definition: "lambda_plus / lambda_max.",
    formula: "min(1, lambda_plus/lambda_max)",
    range: SHARE,
    source: "[MM19] eq. 7",
  },
  mp_soft_rank_se: {
    definition: "Standard error of mp_soft_rank if lambda_max comes from a signal.",
    formula: "mp_soft_rank sqrt(2 (1 - mp_soft_rank)/N)",
    range: POSITIVE,
    source: "[Pau07]",
  },
  tail_index: {
    definition:
      "Extreme-value index of the upper tail: above 0.2 a power law (alpha = 1 + 1/index), near 0 an " +
      "exponential decay, -2/3 the edge of a bulk. null if a gap splits the tail.",
    range: ANY,
    source: "[DEdH89]; [Zha10]",
  },
  tail_index_se: {
    definition: "Standard error of tail_index: half its central 68 % interval.",
    range: POSITIVE,
    source: "eigenscope",
  },
  tail_index_low: { definition: "Lower end of the 95 % interval of tail_index.", range: ANY, source: "eigenscope" },
  tail_index_high: { definition: "Upper end of the 95 % interval of tail_index.", range: ANY, source: "eigenscope" },
  tail_index_k: {
    definition: "Number of excesses that tail_index is fitted to.",
    range: WHOLE,
    unit: COUNT,
    source: "eigenscope",
  },
  tail_index_excess: {
    definition:
      "tail_index beyond that of a Marchenko-Pastur bulk of the same shape at the same k: about 0 for any " +
      "spectrum that ends at an edge.",
    formula: "tail_index - tail_index of the law",
    range: ANY,
    source: "[DEdH89]; [MP67]",
  },
  alpha: { definition: "Exponent of the power-law fit.", range: ABOVE_1, source: "[CSN09] eq. 3.1" },
  ks: {
    definition: "Kolmogorov-Smirnov distance of the tail to its power law, in [0, 1].",
    range: SHARE,
    source: "[CSN09] eq. 3.9",
  },
  tail_fraction: {
    definition: "Share of the eigenvalues in the power-law tail, in [0, 1].",
    formula: "#{lambda >= xmin}/num_evals",
    range: SHARE,
    source: "eigenscope",
  },
  tail_decades: {
    definition: "Decades that the tail spans, log10(xmax/xmin).",
    formula: "log10(xmax/xmin)",
    range: POSITIVE,
    unit: "decades",
    source: "eigenscope",
  },
  versus_exponential: {
    definition:
      "Normalised log-likelihood ratio of the power law against the exponential; positive favours the power law.",
    formula: "sum of (l_i)/(sd(l) sqrt(n)), l_i the difference of the log-likelihoods of eigenvalue i",
    range: ANY,
    unit: "standard deviations",
    source: "[Vuo89]; [CSN09] section 5",
  },
  versus_lognormal: {
    definition:
      "Normalised log-likelihood ratio of the power law against the lognormal law; positive favours the power law.",
    range: ANY,
    unit: "standard deviations",
    source: "[Vuo89]; [CSN09] section 5",
  },
  zero_fraction: {
    definition:
      "Share of the directions without weight, in [0, 1]: columns of zeros, and more eigenvalues at the " +
      "floor of the arithmetic than a bulk has.",
    range: SHARE,
    source: "[MM19] table 4; eigenscope",
  },
  jump_decades: {
    definition:
      "Largest jump of log10 lambda within the lower 96 % that has at most 1 % of the trace below it, minus " +
      "that of a Marchenko-Pastur law of the same shape. Above 1.5 the layer has lost rank.",
    range: POSITIVE,
    unit: "decades",
    source: "eigenscope (docs/theory/phases.md)",
  },
  jump_fraction: {
    definition: "Share of the eigenvalues below that jump, in [0, 1].",
    range: SHARE,
    source: "eigenscope",
  },
  relative_width: {
    definition:
      "Width of the spectrum over that of a Marchenko-Pastur law of the same shape: 1 for a random matrix, 0 " +
      "for an orthogonal one. Below 0.75 no phase describes it.",
    formula: "(97.5 % - 2.5 % quantile)/median, over the same of the law, mean over the pooled matrices",
    range: POSITIVE,
    source: "[MP67]; eigenscope (docs/theory/phases.md)",
  },
  near_zero_fraction: {
    definition:
      "Share of the eigenvalues of a matrix below a hundredth of its largest, in [0, 1]: the first of the " +
      "100 bins of a histogram.",
    formula: "#{lambda < lambda_max/100}/M, mean over the pooled matrices",
    range: SHARE,
    source: "[MM21] section 5; eigenscope (docs/theory/phases.md)",
  },
  trailing_decades: {
    definition:
      "Decades between the lowest tenth of the eigenvalues and their median, beyond those of a " +
      "Marchenko-Pastur bulk of the same shape. Above 0.95 the spectrum decays gradually to zero. null if " +
      "less than 86 % lie near zero, or if single entries dominate the matrix.",
    formula: "log10(median/tenth percentile) - the same of the Marchenko-Pastur law, mean over the pooled matrices",
    range: ANY,
    unit: "decades",
    source: "[MP67]; eigenscope (docs/theory/phases.md)",
  },
});
