import { OVER_TRAINED_BELOW, UNDER_TRAINED_ABOVE } from "../../analysis/verdict.js";
import {
  ABOVE_0,
  ABOVE_1,
  AN_EIGENVALUE,
  ANY,
  atLeast,
  COUNT,
  type Definition,
  EIGENVALUE,
  LOG10,
  NUMBER,
  oneOf,
  SHARE,
  TEXT,
  TRUE_OR_FALSE,
  wholeFrom,
} from "./column.js";
import { TAIL_LAW_WORDS, WARNING_WORDS } from "./words.js";

const OTHER_LAWS = {
  tpl: "truncated power law",
  exp: "exponential",
  s_exp: "stretched exponential",
  log_n: "lognormal",
} as const;

function ratio(other: keyof typeof OTHER_LAWS): Definition {
  return {
    definition:
      `Log-likelihood ratio of the power law to the ${OTHER_LAWS[other]} above laws_xmin, over its standard ` +
      "deviation: positive favours the power law.",
    formula: "sum l_i/sqrt(sum (l_i - mean l)^2), l_i = ln p_PL(lambda_i) - ln p_other(lambda_i)",
    range: ANY,
    source: "[Vuo89]; [CSN09] section 5",
  };
}

function pValue(other: keyof typeof OTHER_LAWS): Definition {
  const nested = other === "tpl";
  const law = OTHER_LAWS[other];
  return {
    definition: `p-value of the ratio to the ${law}: if it is large, the tail does not favour either law.`,
    formula: nested
      ? "chi-squared with 1 degree of freedom, of twice the log-likelihood ratio"
      : "erfc(|ratio|/sqrt 2)",
    range: SHARE,
    source: nested ? "[Wil38]" : "[Vuo89]",
  };
}

/**
 * alpha and whether it is valid. The two columns are next to each other near the start of a row, so that nobody reads
 * an invalid fit as an exponent.
 */
export const ALPHA = {
  alpha: {
    definition:
      "Exponent of the power law rho(lambda) ~ lambda^-alpha above xmin, by maximum likelihood. Read it only " +
      "if alpha_valid is true.",
    formula: "1 + n/sum ln(lambda_i/xmin) over the n eigenvalues from xmin up",
    range: "above 1; 2 to 6 in most well-trained layers",
    values: atLeast(1),
    weightwatcher: true,
    source: "[CSN09] eq. 3.1; [WW]",
  },
  alpha_valid: {
    definition:
      "True if a power law describes the tail. If false, alpha, alpha_weighted and log_alpha_norm mean nothing.",
    range: TRUE_OR_FALSE,
    neverNull: true,
    source: "eigenscope",
  },
} as const satisfies Record<string, Definition>;

/** The rest of the power law of the tail, and what is computed from it. */
export const TAIL = {
  D: {
    definition: "Kolmogorov-Smirnov distance of the tail to its power law, in [0, 1].",
    formula: "max_j |1 - (lambda_j/xmin)^(1 - alpha) - j/n|, j from 0 over the tail",
    range: SHARE,
    weightwatcher: true,
    source: "[CSN09] eq. 3.9; [WW]",
  },
  xmin: {
    definition: "Eigenvalue at which the power law begins, chosen to minimise D.",
    range: "an eigenvalue above 1e-5",
    unit: EIGENVALUE,
    values: atLeast(0),
    weightwatcher: true,
    source: "[CSN09] section 3.3; [WW]",
  },
  xmax: {
    definition: "Largest eigenvalue that the power law was fitted to.",
    range: AN_EIGENVALUE,
    unit: EIGENVALUE,
    weightwatcher: true,
    source: "[WW]",
  },
  sigma: {
    definition: "Standard error of alpha: (alpha - 1)/sqrt(n), n eigenvalues in the tail.",
    formula: "(alpha - 1)/sqrt(n)",
    range: ABOVE_0,
    weightwatcher: true,
    source: "[CSN09] eq. 3.2; [WW]",
  },
  num_pl_spikes: {
    definition: "Number of eigenvalues in the tail, from xmin up.",
    formula: "#{lambda >= xmin}",
    range: "whole numbers from 2",
    unit: COUNT,
    values: wholeFrom(0),
    weightwatcher: true,
    source: "[WW]",
  },
  alpha_reason: { definition: "Why alpha is not valid; null if it is.", range: TEXT, source: "eigenscope" },
  alpha_weighted: {
    definition: "alpha * log10(lambda_max).",
    formula: "alpha log10 lambda_max",
    range: ANY,
    unit: LOG10,
    weightwatcher: true,
    source: "[MPM21]; [WW]",
  },
  log_alpha_norm: {
    definition: "log10 of the sum of lambda^alpha.",
    formula: "log10 sum lambda_i^alpha",
    range: ANY,
    unit: LOG10,
    weightwatcher: true,
    source: "[MPM21]; [WW]",
  },
  alpha_hill: {
    definition: "Hill estimate of the exponent over the upper half of the spectrum.",
    formula: "1 + k/sum ln(lambda_i/lambda_(n - k)) over the k = n/2 largest",
    range: ABOVE_1,
    source: "[Hil75]; [ZLM23]",
  },
  erg_delta_lambda_min: {
    definition:
      "Start of the power law minus the start of the tail by the trace-log (ERG) condition, both with the " +
      "mean eigenvalue scaled to 1. Near 0 for an ideal layer, negative if the power law begins lower. Read " +
      "it only if alpha_valid is true.",
    formula:
      "(xmin - lambda_E) num_evals/norm, lambda_E the largest eigenvalue at which sum ln(lambda " +
      "num_evals/norm) from the top turns negative",
    range: ANY,
    unit: "mean eigenvalues",
    source: "[SETOL25]; [WW] (its detX)",
  },
  erg_log_det: {
    definition:
      "Logarithm of the determinant of the power law's tail, with the mean eigenvalue scaled to 1: 0 if the " +
      "trace-log (ERG) condition holds. Read it only if alpha_valid is true.",
    formula: "sum ln(lambda num_evals/norm) over lambda >= xmin",
    range: ANY,
    unit: "natural logarithm",
    source: "[SETOL25]",
  },
  warning: {
    definition:
      `WeightWatcher's label, from alpha alone: "over-trained" below ${OVER_TRAINED_BELOW}, "under-trained" ` +
      `above ${UNDER_TRAINED_ABOVE}, otherwise empty.`,
    words: WARNING_WORDS,
    range: "one of these words",
    values: { enum: ["", ...Object.keys(WARNING_WORDS)] },
    neverNull: true,
    weightwatcher: true,
    source: "[WW]",
  },
  alpha_low: {
    definition:
      "Lower end of the 95 % interval of alpha, which includes the choice of xmin. It comes from tabulated " +
      "fits to exact power laws; with --bootstrap, from resampled spectra.",
    formula:
      "1 + (alpha - 1) exp(-z/sqrt n), z the 97.5 % point of sqrt n ln((alpha - 1)/(true alpha - 1)), n " +
      "eigenvalues in the tail",
    range: ABOVE_1,
    source: "eigenscope",
  },
  alpha_high: {
    definition: "Upper end of that interval.",
    formula: "1 + (alpha - 1) exp(-z/sqrt n), z the 2.5 % point",
    range: ABOVE_1,
    source: "eigenscope",
  },
  D_p: {
    definition:
      "Probability that a sample of an exact power law is further from its own fit than D, with the choice " +
      "of xmin included; tabulated over the size of the tail. If it is small, the tail is not a power law.",
    formula: "P(sqrt n D of an exact power law > sqrt n D)",
    range: SHARE,
    source: "[CSN09] section 4.1, tabulated",
  },
  tail_index: {
    definition:
      "Extreme-value index of the upper tail: above 0 a power law with alpha = 1 + 1/index, 0 an exponential " +
      "decay, below 0 an edge (-2/3 for that of a random bulk). It grows continuously from random to " +
      "heavy-tailed.",
    formula:
      "shape of the generalised Pareto law of the excesses over the (k + 1)-th largest eigenvalue, median-unbiased",
    range: "-1.5 to 8; about -0.6 for a random bulk, above 0.2 for a heavy tail",
    values: NUMBER,
    source: "[Zha10]; [DEdH89]",
  },
  tail_index_low: {
    definition: "Lower end of the 95 % interval of tail_index, exact for independent values.",
    range: "-1.5 to 8",
    values: NUMBER,
    source: "eigenscope",
  },
  tail_index_high: {
    definition: "Upper end of that interval.",
    range: "-1.5 to 8",
    values: NUMBER,
    source: "eigenscope",
  },
  tail_index_k: {
    definition:
      "Number of excesses that tail_index is fitted to: a fifth of the non-zero eigenvalues, at least 10; " +
      "other numbers if a gap separates the largest eigenvalues.",
    range: "whole numbers from 8",
    unit: COUNT,
    values: wholeFrom(8),
    source: "eigenscope",
  },
  tail_heavy_p: {
    definition:
      "Probability that the index of the tail is above 0.2, that of alpha = 6; alpha is valid only from 0.5 up.",
    range: SHARE,
    source: "eigenscope; the range of alpha of [MPM21]",
  },
  best_law: {
    definition:
      "The law that describes the tail clearly better than the others: PL (power law), TPL (truncated), EXP " +
      "(exponential), S_EXP (stretched exponential), LOG_N (lognormal), or not decided.",
    formula:
      "a law of one parameter that beats the other and gains nothing from a second; else one of two that " +
      "beats all others (5 %)",
    words: TAIL_LAW_WORDS,
    range: oneOf(TAIL_LAW_WORDS),
    source: "[Vuo89]; [Wil38]",
  },
  laws_xmin: {
    definition:
      "Eigenvalue above which the laws are compared: the xmin of the power law or the threshold of " +
      "tail_index, whichever has more above it.",
    range: AN_EIGENVALUE,
    unit: EIGENVALUE,
    source: "eigenscope",
  },
  tpl_ratio: ratio("tpl"),
  tpl_p: pValue("tpl"),
  exp_ratio: ratio("exp"),
  exp_p: pValue("exp"),
  s_exp_ratio: ratio("s_exp"),
  s_exp_p: pValue("s_exp"),
  log_n_ratio: ratio("log_n"),
  log_n_p: pValue("log_n"),
} as const satisfies Record<string, Definition>;
