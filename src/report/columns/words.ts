import { OVER_TRAINED_BELOW, UNDER_TRAINED_ABOVE, type Verdict } from "../../analysis/verdict.js";
import type { LayerType } from "../../layers/layer.js";
import type { Role } from "../../layers/role.js";
import { PHASES, type PhaseName } from "../../phases/phase.js";
import type { Precision } from "../../spectra/engine.js";
import type { DecidedLaw } from "../../tails/index.js";
import type { UniversalityClass } from "../../tails/mu-from-alpha.js";
import { STYLE } from "../phase-style.js";

/** The words that columns hold, each with its meaning. A missing word is a compile error. */

export const PHASE_WORDS = {
  ...Object.fromEntries(PHASES.map((phase) => [phase, STYLE[phase].meaning])),
  undecided: "No phase describes the spectrum; phase_reason says what was found instead.",
} as Readonly<Record<PhaseName, string>>;

const WEAKLY_CORRELATED = `alpha is valid and above ${UNDER_TRAINED_ABOVE}: correlations are weak`;

export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  healthy: "No test failed. It does not say that the layer is good.",
  "under-trained": `The weights look random, or ${WEAKLY_CORRELATED}.`,
  "over-trained": `Alpha is valid and below ${OVER_TRAINED_BELOW}: the tail is very heavy.`,
  "rank collapse": "Many eigenvalues are zero, or nearly: the layer has lost rank.",
  "correlation trap":
    "Eigenvalues stay outside the bulk when the weights are shuffled: a few very large weights cause them.",
  unknown: "No verdict: the layer has no spectrum, is too small, or fits no phase. verdict_reason says which.",
};

export const WARNING_WORDS: Readonly<Record<"over-trained" | "under-trained", string>> = {
  "over-trained": `WeightWatcher's label for alpha below ${OVER_TRAINED_BELOW}, whether or not alpha is valid.`,
  "under-trained": `WeightWatcher's label for alpha above ${UNDER_TRAINED_ABOVE}, whether or not alpha is valid.`,
};

export const STATUS_WORDS: Readonly<Record<"success" | "failed", string>> = {
  success: "The layer was analysed.",
  failed: "The layer has no spectrum, or a fit failed; reason says why.",
};

export const LAYER_TYPE_WORDS: Readonly<Record<LayerType, string>> = {
  dense: "A matrix that multiplies a vector of activations.",
  embedding: "A table with one row per token or position.",
  conv1d: "A convolution over one axis; its kernel positions are pooled, or flattened with --conv flatten.",
  conv2d: "A convolution over two axes, pooled or flattened like conv1d.",
  conv3d: "A convolution over three axes, pooled or flattened like conv1d.",
  recurrent: "The gates of a recurrent layer, one matrix per gate.",
  experts: "A stack of the matrices of a mixture of experts.",
  lora: "The product B A of a low-rank adapter.",
};

export const ROLE_WORDS: Readonly<Record<Role, string>> = {
  "attention.q": "Makes the queries of attention.",
  "attention.k": "Makes the keys of attention.",
  "attention.v": "Makes the values of attention.",
  "attention.kv": "Makes keys and values in one matrix.",
  "attention.qkv": "Makes queries, keys and values in one matrix.",
  "attention.o": "Maps the output of attention back to the residual stream.",
  "mlp.gate": "The gate of a gated feed-forward block.",
  "mlp.up": "The first matrix of a feed-forward block: from the model's width up.",
  "mlp.gate-up": "Gate and first matrix of a feed-forward block in one matrix.",
  "mlp.down": "The last matrix of a feed-forward block: back to the model's width.",
  router: "Chooses the experts of a mixture.",
  embedding: "Maps tokens or positions to vectors.",
  head: "Maps the last activations to the output.",
};

export const ROUTE_WORDS: Readonly<Record<"gram" | "bidiagonal" | "mixed" | "lanczos", string>> = {
  gram: "Eigenvalues of the Gram matrix W'W.",
  bidiagonal: "Singular values of W itself: small ones keep their digits.",
  mixed: "As a route: some matrices of the stack by the Gram route, some by the bidiagonal one.",
  lanczos: "Approximate, from products with random vectors: the matrix is too large for the exact routes.",
};

export const PRECISION_WORDS: Readonly<Record<Precision, string>> = {
  f64: "All arithmetic in 64 bits.",
  mixed: "As a precision: the Gram matrix in 32 bits, its sums and all else in 64.",
  f32: "The Gram matrix and its reduction in 32 bits.",
};

export const TAIL_LAW_WORDS: Readonly<Record<DecidedLaw, string>> = {
  PL: "Power law.",
  TPL: "Truncated power law: a power law times an exponential.",
  EXP: "Exponential.",
  S_EXP: "Stretched exponential.",
  LOG_N: "Lognormal.",
  "not decided": "No law describes the tail clearly better than the others.",
};

export const UNIVERSALITY_WORDS: Readonly<Record<UniversalityClass, string>> = {
  "very heavy-tailed": "Tail exponent mu of the entries below 2.",
  "moderately heavy-tailed": "Tail exponent mu of the entries from 2 to 4.",
  "weakly heavy-tailed": "Tail exponent mu of the entries above 4.",
};
