import type { BootstrapColumns, FarmsColumns, TailColumns } from "../../analysis/optional-columns.js";
import {
  ABOVE_0,
  ABOVE_1,
  AN_EIGENVALUE,
  atLeast,
  COUNT,
  columnsOf,
  EIGENVALUE,
  POSITIVE,
  SHARE,
  STRING,
  WHOLE,
  WHOLE_FROM_1,
} from "./column.js";
import { UNIVERSALITY_WORDS } from "./words.js";

/** The other laws of the tail: present with `--tails`. */
export const TAIL_LAWS_COLUMNS = columnsOf<keyof TailColumns>({
  tpl_alpha: {
    definition:
      "Exponent of the truncated power law lambda^-alpha e^(-Lambda lambda) above its own xmin; null at its " +
      "bound of 1.",
    formula: "maximum likelihood over alpha >= 1, Lambda >= 0 at the xmin with the least distance",
    range: ABOVE_1,
    source: '[CSN09]; [WW] (fit="TPL")',
  },
  tpl_alpha_se: {
    definition:
      "Standard error of tpl_alpha for the given xmin, from the curvature of the likelihood; null at a bound.",
    range: ABOVE_0,
    source: "eigenscope",
  },
  tpl_lambda: {
    definition: "Rate Lambda of the cut-off of the truncated power law; 0 if the tail is not shorter than a power law.",
    range: POSITIVE,
    unit: "1/weight squared",
    source: '[WW] (fit="TPL")',
  },
  tpl_xmin: {
    definition: "Eigenvalue at which the truncated power law begins.",
    range: "an eigenvalue above 1e-5",
    unit: EIGENVALUE,
    values: atLeast(0),
    source: '[WW] (fit="TPL")',
  },
  tpl_ks: {
    definition: "Kolmogorov-Smirnov distance of the tail to its truncated power law.",
    range: SHARE,
    source: '[WW] (fit="TPL")',
  },
  e_tpl_alpha: {
    definition:
      "Exponent of the truncated power law whose xmin is held near the peak of the spectrum; null at its bound of 1.",
    range: ABOVE_1,
    source: '[YTH23]; [WW] (fit="E_TPL")',
  },
  e_tpl_lambda: {
    definition: "Rate Lambda of the cut-off of that truncated power law.",
    range: POSITIVE,
    unit: "1/weight squared",
    source: '[YTH23]; [WW] (fit="E_TPL")',
  },
  e_tpl_xmin: {
    definition: "Eigenvalue at which that truncated power law begins.",
    range: "an eigenvalue above 1e-5",
    unit: EIGENVALUE,
    values: atLeast(0),
    source: '[YTH23]; [WW] (fit="E_TPL")',
  },
  e_tpl_ks: {
    definition: "Kolmogorov-Smirnov distance of the tail to that truncated power law.",
    range: SHARE,
    source: '[YTH23]; [WW] (fit="E_TPL")',
  },
  alpha_xmax_forced: {
    definition:
      "Exponent of the power law if the distances are those to the law cut off at lambda_max, as in the " +
      "paper's own fits.",
    formula: "xmin with the least max_j |F(lambda_j)/F(lambda_max) - j/n|",
    range: ABOVE_1,
    source: '[MM19]; [WW] (xmax="force")',
  },
  alpha_from_peak: {
    definition: "Exponent of the power law whose xmin is held within 0.95 to 1.5 times the peak of the spectrum.",
    range: ABOVE_1,
    source: 'eigenscope; what [WW] means by fix_fingers="xmin_peak"',
  },
  num_fingers: {
    definition:
      "WeightWatcher's number of fingers: largest eigenvalues without which alpha falls by more than 1, minus one.",
    range: WHOLE,
    unit: COUNT,
    source: '[WW] (fix_fingers="clip_xmax")',
  },
  clipped_alpha: {
    definition: "Exponent of the power law without the fingers; that of all eigenvalues if there are none.",
    range: ABOVE_1,
    source: '[WW] (alpha with fix_fingers="clip_xmax")',
  },
  mu: {
    definition:
      "Tail exponent of independent entries that give a matrix of this shape this alpha; null if alpha is " +
      "not valid or has saturated.",
    formula: "the simulated curve alpha(mu; M, Q), inverted; alpha = 1 + mu/2 for small mu",
    range: ABOVE_0,
    source: "[MM19] table 1; eigenscope (scripts/calibrate-alpha-mu.mjs)",
  },
  mu_low: {
    definition: "Smallest mu that agrees with alpha within two spreads.",
    range: POSITIVE,
    source: "eigenscope",
  },
  mu_high: {
    definition: "Largest mu that agrees with alpha within two spreads; null if every larger mu agrees.",
    range: ABOVE_0,
    source: "eigenscope",
  },
  universality_class: {
    definition:
      "The universality classes that this mu allows: very (mu below 2), moderately (2 to 4) or weakly " +
      "heavy-tailed (above 4).",
    words: UNIVERSALITY_WORDS,
    range: 'one of them, or several joined by "or"',
    values: STRING,
    source: "[MM19] table 1",
  },
});

/** Uncertainty of the power law: present with `--bootstrap`. */
export const BOOTSTRAP = columnsOf<keyof BootstrapColumns>({
  alpha_se: {
    definition: "Standard error of alpha, which includes the choice of xmin.",
    formula: "(alpha - 1) s",
    range: ABOVE_0,
    source: "[ET93]; eigenscope",
  },
  xmin_low: {
    definition: "Lower end of the 95 % interval of xmin.",
    formula: "2.5 % point over resampled spectra",
    range: AN_EIGENVALUE,
    unit: EIGENVALUE,
    source: "[ET93]",
  },
  xmin_high: {
    definition: "Upper end of the 95 % interval of xmin.",
    formula: "97.5 % point over resampled spectra",
    range: AN_EIGENVALUE,
    unit: EIGENVALUE,
    source: "[ET93]",
  },
  power_law_p: {
    definition:
      "Goodness-of-fit p-value of the power law: at or below 0.1 it is ruled out. Approximate " +
      "(docs/validation.md has the errors).",
    formula: "share of replicates drawn from the fit that lie at least as far from their own best power law",
    range: SHARE,
    source: "[CSN09] section 4.1",
  },
});

/** The exponent without the bias of the aspect ratio: present with `--farms`. */
export const FARMS = columnsOf<keyof FarmsColumns>({
  farms_alpha: {
    definition:
      "Hill's exponent over the upper half of the eigenvalues of square windows of each matrix, over all " +
      "windows together.",
    formula: "alpha_hill of the pooled spectra of M x M windows that overlap by half",
    range: ABOVE_1,
    source: "[HGKY25]; [Hil75]",
  },
  farms_alpha_sd: {
    definition: "Standard deviation of that exponent over the windows; null if there is one window.",
    range: POSITIVE,
    source: "[HGKY25]; eigenscope",
  },
  farms_windows: {
    definition: "Number of square windows per matrix.",
    range: WHOLE_FROM_1,
    unit: COUNT,
    source: "[HGKY25]",
  },
});
