import { ABOVE_0, ANY, COUNT, type Definition, EIGENVALUE, POSITIVE, SHARE, WEIGHT, WHOLE } from "./column.js";

/** The Marchenko-Pastur bulk, its edge, and the spikes beyond it. */
export const BULK = {
  mp_soft_rank: {
    definition: "lambda_plus / lambda_max: 1 for a random matrix, near 0 if eigenvalues lie far beyond the bulk.",
    formula: "min(1, lambda_plus/lambda_max)",
    range: SHARE,
    source: "[MM19] eq. 7",
  },
  bulk_sigma: {
    definition: "Standard deviation of an entry of W, from the fitted Marchenko-Pastur bulk.",
    formula:
      "least squares between the bulk's eigenvalues and the quantiles of its law, eigenvalues beyond the edge excluded",
    range: ABOVE_0,
    unit: WEIGHT,
    source: "[MP67]; eigenscope",
  },
  bulk_sigma_se: {
    definition: "Standard error of bulk_sigma.",
    formula: "bulk_sigma/2 sqrt((kappa - 1)/(N m)) for m bulk eigenvalues and the kurtosis kappa of the entries",
    range: ABOVE_0,
    unit: WEIGHT,
    source: "eigenscope",
  },
  lambda_plus: {
    definition:
      "Upper edge of the Marchenko-Pastur bulk, N bulk_sigma^2 (1 + 1/sqrt(Q))^2 with the N and Q of the " +
      "bulk; half of it for pooled convolution slices.",
    formula: "N bulk_sigma^2 (1 + 1/sqrt(Q))^2",
    range: POSITIVE,
    unit: EIGENVALUE,
    source: "[MP67]; [MM19] eq. 3",
  },
  lambda_minus: {
    definition:
      "Lower edge of the Marchenko-Pastur bulk, N bulk_sigma^2 (1 - 1/sqrt(Q))^2 with the same N and Q; half " +
      "of it for pooled convolution slices.",
    formula: "N bulk_sigma^2 (1 - 1/sqrt(Q))^2",
    range: POSITIVE,
    unit: EIGENVALUE,
    source: "[MP67]; [MM19] eq. 3",
  },
  bulk_ks: {
    definition: "Kolmogorov-Smirnov distance of the bulk to its Marchenko-Pastur law, in [0, 1].",
    formula: "max |F_m(lambda) - F(lambda)| over the m bulk eigenvalues",
    range: SHARE,
    source: "[MP67]",
  },
  bulk_p: {
    definition:
      "Probability that a true random bulk of this size fits its Marchenko-Pastur law worse, in [0, 1]; from " +
      "seeded simulation.",
    range: SHARE,
    source: "eigenscope",
  },
  level_spacing: {
    definition:
      "Mean ratio of consecutive spacings of the bulk's eigenvalues, in [0, 1]: 0.531 in a random matrix, " +
      "0.386 for independent levels.",
    formula: "mean of min(s_i, s_(i+1))/max(s_i, s_(i+1)), s_i = lambda_(i+1) - lambda_i",
    range: SHARE,
    source: "[ABGR13]",
  },
  level_spacing_se: { definition: "Standard error of level_spacing.", range: ABOVE_0, source: "eigenscope" },
  spikes: {
    definition: "Number of eigenvalues beyond the Tracy-Widom edge of the bulk, at the 1 % level.",
    formula: "#{lambda > centre + scale F1^-1(0.99^(1/rf))}",
    range: WHOLE,
    unit: COUNT,
    source: "[Joh01] theorem 1.1; [TW96]",
  },
  tw_statistic: {
    definition:
      "(lambda_max - centre)/scale of the largest eigenvalue of a pure bulk; follows the Tracy-Widom law " +
      "(beta = 1) for a random matrix.",
    formula: "(lambda_max - centre)/scale",
    range: ANY,
    unit: "Tracy-Widom scales",
    source: "[Joh01] theorem 1.1; [Ma12]",
  },
  tw_p: {
    definition: "Probability that a pure bulk shows a larger lambda_max, in [0, 1].",
    formula: "1 - F1(tw_statistic)^rf",
    range: SHARE,
    source: "[TW96]; [Joh01]",
  },
  tw_low: {
    definition:
      "The largest eigenvalue of 1 in 100 random matrices of this live shape and bulk_sigma lies below it. null if " +
      "the law does not hold for the entries.",
    formula: "centre + scale F1^-1(0.01^(1/rf))",
    range: POSITIVE,
    unit: EIGENVALUE,
    source: "[Joh01] theorem 1.1; [TW96]; [Ma12]",
  },
  tw_high: {
    definition:
      "The largest eigenvalue of 1 in 100 random matrices of this live shape and bulk_sigma lies above it: from here " +
      "on an eigenvalue is a spike. null if the law does not hold for the entries.",
    formula: "centre + scale F1^-1(0.99^(1/rf))",
    range: POSITIVE,
    unit: EIGENVALUE,
    source: "[Joh01] theorem 1.1; [TW96]; [Ma12]",
  },
  snr_spectrum: {
    definition:
      "Signal-to-noise ratio of the singular values nu, as the method Spectrum computes it. It depends on " +
      "the scale of the weights. null for pooled matrices, which Spectrum does not read.",
    formula: "(sum of nu > t/sum of nu <= t)/nu_max, t = (q75 - q25)/1.349 (1 + sqrt(M/N))",
    range: POSITIVE,
    unit: "1/weight",
    source: "[Spectrum24]",
  },
  snr_mp: {
    definition: "The same ratio with the edge of the Marchenko-Pastur bulk as the threshold.",
    formula: "(sum of nu > t/sum of nu <= t)/nu_max, t = sqrt(lambda_plus)",
    range: POSITIVE,
    unit: "1/weight",
    source: "[Spectrum24]; [MP67]",
  },
} as const satisfies Record<string, Definition>;
