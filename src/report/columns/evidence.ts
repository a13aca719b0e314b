import type { PhaseEvidence } from "../../phases/phase.js";
import { QUESTIONS, UNSEEN } from "../../phases/questions.js";
import { ANY, COUNT, columnsOf, POSITIVE, SHARE, WHOLE } from "./column.js";

/** The rule that decides whether a bulk is one: its threshold is the one that the definitions name. */
const MISFIT = QUESTIONS["bulk-broken"];

/** The fields of `phase_evidence`. */
export const EVIDENCE_COLUMNS = columnsOf<keyof PhaseEvidence>({
  bulk_misfit: {
    definition: `Kolmogorov-Smirnov distance of the bulk to its Marchenko-Pastur law, over the median that a true bulk of the same size shows: 1 is ordinary, above ${MISFIT.threshold} it is none.`,
    formula: "bulk_ks/median of bulk_ks in seeded random matrices of the same size",
    range: POSITIVE,
    source: "weightscope; [MP67]",
  },
  visible_misfit: {
    definition:
      "What decides whether the bulk is intact: bulk_misfit, or bulk_ks/0.0085 where that is less (a large bulk is told from its law by less than is seen); of a mask, its misfit over that of its permuted entries. Above 1.7 the bulk is broken.",
    formula: "min(bulk_misfit, bulk_ks/0.0085)",
    range: POSITIVE,
    source: "weightscope (docs/theory/phases.md)",
  },
  bulk_ks: {
    definition: `Kolmogorov-Smirnov distance of the bulk (outliers removed) to its Marchenko-Pastur law, in [0, 1]: below ${(MISFIT.threshold * UNSEEN).toFixed(4)} it passes for one, however surely a large matrix tells it apart.`,
    range: SHARE,
    source: "[MP67]; weightscope (docs/theory/phases.md)",
  },
  bulk_p: {
    definition: "Probability that a true bulk of the same size misfits more, in [0, 1]; of a mask, that its permuted entries do.",
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
    definition:
      "p-value of lambda_max under the Tracy-Widom law (beta = 1), corrected for the number of pooled matrices; of a mask, among its permuted entries.",
    formula: "1 - F1(tw_statistic)^rf",
    range: SHARE,
    source: "[TW96]; [Joh01]",
  },
  edge_score: {
    definition:
      "Standard normal score of edge_p; of a mask, the Tracy-Widom law with the mean and spread of its permuted entries' largest gives it. Above 2.75 the edge is crossed.",
    formula: "-normal quantile of edge_p",
    range: ANY,
    unit: "standard deviations",
    source: "[Joh01]; weightscope",
  },
  spikes: {
    definition: "Number of eigenvalues beyond the Tracy-Widom edge; of a mask, beyond the largest of its permuted entries.",
    range: WHOLE,
    unit: COUNT,
    source: "[Joh01]; [TW96]",
  },
  spike_fraction: {
    definition: "Share of the eigenvalues that are spikes, in [0, 1].",
    formula: "spikes/num_evals",
    range: SHARE,
    source: "weightscope",
  },
  crowding: {
    definition: "Share of the eigenvalues that are spikes, five per matrix forgiven, in [0, 1]. Above 0.0465 they are no longer a few.",
    formula: "max(0, spikes - 5 rf)/num_evals",
    range: SHARE,
    source: "[MM21] section 7; weightscope (docs/theory/phases.md)",
  },
  spike_weight: {
    definition: "Share of the trace that lies in the spikes, in [0, 1].",
    formula: "sum of the spikes/norm",
    range: SHARE,
    source: "weightscope",
  },
  mp_soft_rank: {
    definition: "lambda_plus / lambda_max.",
    formula: "min(1, lambda_plus/lambda_max)",
    range: SHARE,
    source: "[MM19] eq. 7",
  },
  mp_soft_rank_se: {
    definition: "Standard error of mp_soft_rank where a signal makes lambda_max.",
    formula: "mp_soft_rank sqrt(2 (1 - mp_soft_rank)/N)",
    range: POSITIVE,
    source: "[Pau07]",
  },
  tail_index: {
    definition:
      "Extreme-value index of the upper tail: above 0.2 a power law (alpha = 1 + 1/index), near 0 an exponential decay, -2/3 the edge of a bulk. null where a gap parts the tail.",
    range: ANY,
    source: "[DEdH89]; [Zha10]",
  },
  tail_index_se: { definition: "Standard error of tail_index: half its central 68 % interval.", range: POSITIVE, source: "weightscope" },
  tail_index_low: { definition: "Lower end of the 95 % interval of tail_index.", range: ANY, source: "weightscope" },
  tail_index_high: { definition: "Upper end of the 95 % interval of tail_index.", range: ANY, source: "weightscope" },
  tail_index_k: { definition: "Number of excesses that tail_index rests on.", range: WHOLE, unit: COUNT, source: "weightscope" },
  tail_index_excess: {
    definition:
      "tail_index beyond that of a Marchenko-Pastur bulk of the same shape at the same k: about 0 for any spectrum that ends at an edge.",
    formula: "tail_index - tail_index of the law",
    range: ANY,
    source: "[DEdH89]; [MP67]",
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
  versus_lognormal: {
    definition: "Normalised log-likelihood ratio of the power law against the lognormal law; positive favours the power law.",
    range: ANY,
    unit: "standard deviations",
    source: "[Vuo89]; [CSN09] section 5",
  },
  zero_fraction: {
    definition:
      "Share of the directions that carry nothing, in [0, 1]: columns of zeros, and eigenvalues at the floor of the arithmetic beyond those of a bulk.",
    range: SHARE,
    source: "[MM19] table 4; weightscope",
  },
  jump_decades: {
    definition:
      "Largest jump of log10 lambda within the lower 96 %, less that of a Marchenko-Pastur law of the same shape, where no more than 1 % of the trace lies below it. Above 1.5 the rank has fallen.",
    range: POSITIVE,
    unit: "decades",
    source: "weightscope (docs/theory/phases.md)",
  },
  jump_fraction: { definition: "Share of the eigenvalues below that jump, in [0, 1].", range: SHARE, source: "weightscope" },
  relative_width: {
    definition:
      "Width of the spectrum over that of a Marchenko-Pastur law of the same shape: 1 for a random matrix, 0 for an orthogonal one. Below 0.75 no phase describes it.",
    formula: "(97.5 % - 2.5 % quantile)/median, over the same of the law, mean over the pooled matrices",
    range: POSITIVE,
    source: "[MP67]; weightscope (docs/theory/phases.md)",
  },
  near_zero_fraction: {
    definition: "Share of the eigenvalues of a matrix below a hundredth of its largest, in [0, 1]: the first of 100 bins of a histogram.",
    formula: "#{lambda < lambda_max/100}/M, mean over the pooled matrices",
    range: SHARE,
    source: "[MM21] section 5; weightscope (docs/theory/phases.md)",
  },
  trailing_decades: {
    definition:
      "Decades between the lowest tenth of the eigenvalues and their median, beyond those of a Marchenko-Pastur bulk of the same shape. null where less than 86 % lie near zero or single entries carry the matrix. Above 0.95 the spectrum trails off to zero.",
    formula: "log10(median/tenth percentile) - the same of the Marchenko-Pastur law, mean over the pooled matrices",
    range: ANY,
    unit: "decades",
    source: "[MP67]; weightscope (docs/theory/phases.md)",
  },
});
