import type { LayerRecord } from "../analysis/report.js";
import type { PhaseEvidence } from "../phases/phase.js";

/** A column of the report: its name in JSON and CSV, and what it is, with formula, unit and range. */
export interface Column<Name extends string = string> {
  readonly name: Name;
  readonly definition: string;
}

/** A list of columns from `{name: definition}`: the compiler refuses a missing or an unknown name, and the order is the one written. */
function columnsOf<Name extends string>(definitions: Readonly<Record<Name, string>>): readonly Column<Name>[] {
  return (Object.keys(definitions) as Name[]).map((name) => ({ name, definition: definitions[name] }));
}

/**
 * Every field of a layer in the order of the CSV. The one place where a column is defined: the JSON schema carries the same sentences (a test
 * holds it to them), and the page shows them where a heading is pointed at.
 */
export const LAYER_COLUMNS = columnsOf<keyof LayerRecord>({
  layer_id: "Position among all candidate layers of the file, from 0.",
  name: "Full name of the layer, unique in the file.",
  longname: "Full name as the file has it; the peer's column.",
  layer_type: "Kind of layer: dense, embedding, conv1d, conv2d, conv3d, recurrent or experts.",
  shape: "Shape of the stored tensor, or of the part of it that this layer is.",
  dtype: "Type of the stored values.",
  transposed: "True where the stored matrix is wide (rows < columns), so that W is its transpose.",
  N: "Larger side of one weight matrix W.",
  M: "Smaller side of one weight matrix W.",
  Q: "Aspect ratio N/M, at least 1.",
  rf: "Number of matrices pooled into one spectrum: kernel positions of a convolution, otherwise 1.",
  num_evals: "Number of eigenvalues, M * rf.",
  status: '"success", or "failed" with its reason.',
  reason: "Why the layer failed; null where it did not.",
  alpha: "Exponent of the power law rho(lambda) ~ lambda^-alpha above xmin, by maximum likelihood. Read it only where alpha_valid is true.",
  D: "Kolmogorov-Smirnov distance of the tail to its power law, in [0, 1].",
  xmin: "Eigenvalue at which the power law begins, chosen to make D least.",
  xmax: "Largest eigenvalue that the power law was fitted to.",
  sigma: "Standard error of alpha: (alpha - 1)/sqrt(n), n eigenvalues in the tail.",
  num_pl_spikes: "Number of eigenvalues in the tail, those from xmin up.",
  alpha_valid: "True where a power law describes the tail. Where false, alpha, alpha_weighted and log_alpha_norm mean nothing.",
  alpha_reason: "Why alpha is not valid; null where it is.",
  alpha_weighted: "alpha * log10(lambda_max).",
  log_alpha_norm: "log10 of the sum of lambda^alpha.",
  alpha_hill: "Hill estimate of the exponent over the upper half of the spectrum.",
  warning: 'The peer\'s label, from alpha alone: "over-trained" below 2, "under-trained" above 6, otherwise empty.',
  lambda_max: "Largest eigenvalue of W'W.",
  lambda_min: "Smallest eigenvalue of W'W.",
  sv_max: "Largest singular value of W, sqrt(lambda_max).",
  sv_min: "Smallest singular value of W.",
  norm: "Squared Frobenius norm, the sum of the eigenvalues of W'W.",
  log_norm: "log10(norm).",
  spectral_norm: "Largest eigenvalue of W'W (the peer's name for it; the square of the spectral norm of W).",
  log_spectral_norm: "log10(spectral_norm).",
  stable_rank: "norm / lambda_max, from 1 to M: how many directions carry the weight.",
  matrix_rank: "Number of singular values above sv_max * N * 2^-52.",
  rank_loss: "M * rf minus the number of singular values above that bound, matrix by matrix.",
  weak_rank_loss: "Number of eigenvalues below 1e-6.",
  entropy: "-sum p ln p / ln(matrix_rank), p = lambda/norm, as the peer computes it; 1 is an even spectrum.",
  hard_rank:
    "Number of singular values above sv_max * 2^-23/(2 sqrt(N + M + 1)), the paper's tolerance; null where the spectrum is not resolved so far down.",
  matrix_entropy: "-sum p ln p / ln(hard_rank), p = lambda/norm, in [0, 1].",
  mp_soft_rank: "lambda_plus / lambda_max: 1 for a random matrix, towards 0 as the spectrum leaves its bulk.",
  bulk_sigma: "Standard deviation of an entry of W as the Marchenko-Pastur bulk implies it.",
  bulk_sigma_se: "Standard error of bulk_sigma.",
  lambda_plus:
    "Upper edge of the Marchenko-Pastur bulk, N bulk_sigma^2 (1 + 1/sqrt(Q))^2 with the N and Q of the bulk; half of it for pooled convolution slices.",
  lambda_minus: "Lower edge of the Marchenko-Pastur bulk, N bulk_sigma^2 (1 - 1/sqrt(Q))^2 likewise.",
  bulk_ks: "Kolmogorov-Smirnov distance of the bulk to its Marchenko-Pastur law, in [0, 1].",
  bulk_p: "Probability that a true random bulk of this size fits its Marchenko-Pastur law worse, in [0, 1]; from seeded simulation.",
  level_spacing:
    "Mean ratio of consecutive spacings of the bulk's eigenvalues, in [0, 1]: 0.531 in a random matrix, 0.386 for independent levels.",
  level_spacing_se: "Standard error of level_spacing.",
  spikes: "Number of eigenvalues beyond the Tracy-Widom edge of the bulk, at the 1 % level.",
  tw_statistic:
    "(lambda_max - centre)/scale of the largest eigenvalue of a pure bulk; follows the Tracy-Widom law (beta = 1) for a random matrix.",
  tw_p: "Probability that a pure bulk shows a larger lambda_max, in [0, 1].",
  phase: "Phase of training that the spectrum is in, of the 5+1 of Martin and Mahoney; null where it cannot be told.",
  phase_confidence: "Confidence in the phase, in [0, 1].",
  phase_evidence: "The measurable discriminants behind the phase.",
  phase_reason: "One sentence: why this phase, or why none.",
  resolved_floor: "Eigenvalues at or below this are rounding noise.",
  unresolved: "Number of eigenvalues at or below resolved_floor.",
  route: 'How the eigenvalues were computed: "gram" (of W\'W), "bidiagonal" (of W itself), or "mixed".',
  notes: "What to know when reading the row.",
});

/** The fields of `phase_evidence`. */
export const EVIDENCE_COLUMNS = columnsOf<keyof PhaseEvidence>({
  bulk_misfit:
    "Kolmogorov-Smirnov distance of the bulk to its Marchenko-Pastur law, over the median that a true bulk of the same size shows: 1 is ordinary, above 1.6 it is none.",
  bulk_p: "Probability that a true bulk of the same size misfits more, in [0, 1].",
  edge_gap: "(lambda_max - lambda_plus) in units of the Tracy-Widom scale.",
  edge_p: "p-value of lambda_max under the Tracy-Widom law (beta = 1), corrected for the number of pooled matrices.",
  spikes: "Number of eigenvalues beyond the Tracy-Widom edge.",
  spike_fraction: "Share of the eigenvalues that are spikes, in [0, 1].",
  spike_weight: "Share of the trace that lies in the spikes, in [0, 1].",
  edge_convexity: "Shape of the density just above the edge: positive where it decays instead of ending.",
  mp_soft_rank: "lambda_plus / lambda_max.",
  alpha: "Exponent of the power-law fit.",
  ks: "Kolmogorov-Smirnov distance of the tail to its power law, in [0, 1].",
  tail_fraction: "Share of the eigenvalues in the power-law tail, in [0, 1].",
  tail_decades: "Decades that the tail spans, log10(xmax/xmin).",
  versus_exponential: "Normalised log-likelihood ratio of the power law against the exponential; positive favours the power law.",
  zero_fraction: "Share of the eigenvalues that are zero to working precision, in [0, 1].",
});

const DEFINITIONS = new Map<string, string>(LAYER_COLUMNS.map(({ name, definition }) => [name, definition]));

/** What a column of the report is, in a sentence. */
export function definitionOf(column: keyof LayerRecord): string {
  return DEFINITIONS.get(column) as string;
}
