import { ANY, COUNT, type Definition, EIGENVALUE, LOG10, POSITIVE, SHARE, WEIGHT, WHOLE } from "./column.js";

/** Norms, ranks and entropies: computed from the eigenvalues without a fit. */
export const SPECTRUM = {
  lambda_max: { definition: "Largest eigenvalue of W'W.", range: POSITIVE, unit: EIGENVALUE, source: "[WW]" },
  lambda_min: { definition: "Smallest eigenvalue of W'W.", range: POSITIVE, unit: EIGENVALUE, source: "eigenscope" },
  sv_max: {
    definition: "Largest singular value of W, sqrt(lambda_max).",
    formula: "sqrt(lambda_max)",
    range: POSITIVE,
    unit: WEIGHT,
    source: "[WW]",
  },
  sv_min: {
    definition: "Smallest singular value of W.",
    formula: "sqrt(lambda_min)",
    range: POSITIVE,
    unit: WEIGHT,
    source: "[WW], whose value for a pooled convolution is the largest of the slices' minima",
  },
  norm: {
    definition: "Squared Frobenius norm, the sum of the eigenvalues of W'W.",
    formula: "sum lambda_i",
    range: POSITIVE,
    unit: EIGENVALUE,
    source: "[WW]; [MPM21]",
  },
  log_norm: {
    definition: "log10(norm).",
    formula: "log10 sum lambda_i",
    range: ANY,
    unit: LOG10,
    source: "[WW]; [MPM21]",
  },
  spectral_norm: {
    definition: "Largest eigenvalue of W'W (WeightWatcher's name for it; the square of the spectral norm of W).",
    formula: "lambda_max",
    range: POSITIVE,
    unit: EIGENVALUE,
    source: "[WW]",
  },
  log_spectral_norm: {
    definition: "log10(spectral_norm).",
    formula: "log10 lambda_max",
    range: ANY,
    unit: LOG10,
    source: "[WW]; [MPM21]",
  },
  stable_rank: {
    definition: "norm / lambda_max, from 1 to M: how many directions carry the weight.",
    formula: "sum lambda_i/lambda_max",
    range: "1 to num_evals; M/(1 + 1/sqrt(Q))^2 for random weights",
    source: "[MM19] section 2.1; [WW]",
  },
  matrix_rank: {
    definition: "Number of singular values above sv_max * N * 2^-52.",
    formula: "#{nu > nu_max N 2^-52}",
    range: WHOLE,
    unit: COUNT,
    source: "[WW]",
  },
  rank_loss: {
    definition: "M * rf minus the number of singular values above that bound, matrix by matrix.",
    formula: "sum over matrices of M - #{nu > nu_max N 2^-52}",
    range: WHOLE,
    unit: COUNT,
    source: "[WW]",
  },
  weak_rank_loss: {
    definition: "Number of eigenvalues below 1e-6.",
    formula: "#{lambda < 1e-6}",
    range: WHOLE,
    unit: COUNT,
    source: "[WW]",
  },
  entropy: {
    definition: "-sum p ln p / ln(matrix_rank), p = lambda/norm, as WeightWatcher computes it; 1 is an even spectrum.",
    formula: "-sum p ln p/ln(matrix_rank + 1e-10), p = lambda/norm + 1e-10",
    range: SHARE,
    source: "[WW]",
  },
  hard_rank: {
    definition:
      "Number of singular values above sv_max * 2^-23/(2 sqrt(N + M + 1)), the paper's tolerance; null if eigenvalues that small are not resolved.",
    formula: "#{nu > nu_max 2^-23/(2 sqrt(N + M + 1))}",
    range: WHOLE,
    unit: COUNT,
    source: "[MM21] appendix A.4",
  },
  matrix_entropy: {
    definition: "-sum p ln p / ln(hard_rank), p = lambda/norm, in [0, 1].",
    formula: "-sum p ln p/ln hard_rank, p = lambda/norm",
    range: "0 to 1; 1 - 1/(2 Q ln M) for random weights",
    source: "[MM19] section 2.1; [Pag93]",
  },
} as const satisfies Record<string, Definition>;
