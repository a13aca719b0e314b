import { OVER_TRAINED, UNDER_TRAINED } from "../../analysis/verdict.js";
import { ANY, COUNT, type Definition, EIGENVALUE, LOG10, SHARE } from "./column.js";
import { WARNING_WORDS } from "./words.js";

/** alpha and whether it may be read. They come second in a row, side by side: a fit that is not valid must not be taken for an exponent. */
export const ALPHA = {
  alpha: {
    definition:
      "Exponent of the power law rho(lambda) ~ lambda^-alpha above xmin, by maximum likelihood. Read it only where alpha_valid is true.",
    formula: "1 + n/sum ln(lambda_i/xmin) over the n eigenvalues from xmin up",
    range: "above 1; 2 to 6 in most well-trained layers",
    source: "[CSN09] eq. 3.1; [WW]",
  },
  alpha_valid: {
    definition: "True where a power law describes the tail. Where false, alpha, alpha_weighted and log_alpha_norm mean nothing.",
    range: "true or false",
    source: "weightscope",
  },
} as const satisfies Record<string, Definition>;

/** The rest of the power law of the tail, and what is built on it. */
export const TAIL = {
  D: {
    definition: "Kolmogorov-Smirnov distance of the tail to its power law, in [0, 1].",
    formula: "max_j |1 - (lambda_j/xmin)^(1 - alpha) - j/n|, j from 0 over the tail",
    range: SHARE,
    source: "[CSN09] eq. 3.9; [WW]",
  },
  xmin: {
    definition: "Eigenvalue at which the power law begins, chosen to make D least.",
    range: "an eigenvalue above 1e-5",
    unit: EIGENVALUE,
    source: "[CSN09] section 3.3; [WW]",
  },
  xmax: {
    definition: "Largest eigenvalue that the power law was fitted to.",
    range: "an eigenvalue",
    unit: EIGENVALUE,
    source: "[WW]",
  },
  sigma: {
    definition: "Standard error of alpha: (alpha - 1)/sqrt(n), n eigenvalues in the tail.",
    formula: "(alpha - 1)/sqrt(n)",
    range: "above 0",
    source: "[CSN09] eq. 3.2; [WW]",
  },
  num_pl_spikes: {
    definition: "Number of eigenvalues in the tail, those from xmin up.",
    formula: "#{lambda >= xmin}",
    range: "whole numbers from 2",
    unit: COUNT,
    source: "[WW]",
  },
  alpha_reason: { definition: "Why alpha is not valid; null where it is.", range: "text", source: "weightscope" },
  alpha_weighted: {
    definition: "alpha * log10(lambda_max).",
    formula: "alpha log10 lambda_max",
    range: ANY,
    unit: LOG10,
    source: "[MPM21]; [WW]",
  },
  log_alpha_norm: {
    definition: "log10 of the sum of lambda^alpha.",
    formula: "log10 sum lambda_i^alpha",
    range: ANY,
    unit: LOG10,
    source: "[MPM21]; [WW]",
  },
  alpha_hill: {
    definition: "Hill estimate of the exponent over the upper half of the spectrum.",
    formula: "1 + k/sum ln(lambda_i/lambda_(n - k)) over the k = n/2 largest",
    range: "above 1",
    source: "[Hil75]; [ZLM23]",
  },
  erg_delta_lambda_min: {
    definition:
      "Where the power law begins, less where the trace-log (ERG) condition puts the tail, both with the mean eigenvalue scaled to 1: near 0 for an ideal layer, negative where the power law reaches deeper. Read it only where alpha_valid is true.",
    formula:
      "(xmin - lambda_E) num_evals/norm, lambda_E the largest eigenvalue at which sum ln(lambda num_evals/norm) from the top turns negative",
    range: ANY,
    unit: "mean eigenvalues",
    source: "[SETOL25]; [WW] (its detX)",
  },
  erg_log_det: {
    definition:
      "Logarithm of the determinant of the power law's tail, with the mean eigenvalue scaled to 1: 0 where the trace-log (ERG) condition holds. Read it only where alpha_valid is true.",
    formula: "sum ln(lambda num_evals/norm) over lambda >= xmin",
    range: ANY,
    unit: "natural logarithm",
    source: "[SETOL25]",
  },
  warning: {
    definition: `WeightWatcher's label, from alpha alone: "over-trained" below ${OVER_TRAINED}, "under-trained" above ${UNDER_TRAINED}, otherwise empty.`,
    words: WARNING_WORDS,
    range: "one of these words",
    source: "[WW]",
  },
} as const satisfies Record<string, Definition>;
