// Networks for the pictures and measurements of the application, from seeded ensembles: a transformer's names, and
// layers of which each has a known fault or none. Nothing is downloaded. Needs a built package.
import { createRng, deriveSeed } from "../dist/numeric/index.js";
import { wishart, withSpectrum } from "../dist/rmt/index.js";
import { safetensorsFile } from "./network-files/writers.mjs";

/** Layers of a block, in the order of the computation. */
const ROLES = [
  "self_attn.q_proj",
  "self_attn.k_proj",
  "self_attn.v_proj",
  "self_attn.o_proj",
  "mlp.up_proj",
  "mlp.down_proj",
];

/** Exponents of the power laws of layers in order. */
const [ALPHA_LOW, ALPHA_HIGH] = [2.8, 4.5];
/** alpha of a layer that went too far: far enough below 2 that its interval does not reach 2. */
const OVER_TRAINED_ALPHA = 1.45;

/** Eigenvalues at the quantiles of a power law of density exponent alpha. */
function powerLaw(M, alpha) {
  return Float64Array.from({ length: M }, (_, k) => ((k + 0.5) / M) ** (-1 / (alpha - 1)));
}

/** A matrix with these eigenvalues, times N: the smallest ones are as large as those of noise of variance 1. */
function withLaw(shape, eigenvalues, rng) {
  return withSpectrum(shape, eigenvalues, rng).map((value) => value * Math.sqrt(shape.N));
}

/** What a layer can be: each makes the values of an N x M matrix. */
const KINDS = {
  healthy: (shape, rng) => withLaw(shape, powerLaw(shape.M, ALPHA_LOW + (ALPHA_HIGH - ALPHA_LOW) * rng()), rng),
  random: (shape, rng) => wishart(shape, rng),
  /** Half of the directions are lost. */
  collapsed: (shape, rng) =>
    withLaw(
      shape,
      powerLaw(shape.M, 3).map((value, k) => (k < shape.M / 2 ? value : 0)),
      rng,
    ),
  overTrained: (shape, rng) => withLaw(shape, powerLaw(shape.M, OVER_TRAINED_ALPHA), rng),
  /** Healthy, with a value that is not finite. */
  broken: (shape, rng) => KINDS.healthy(shape, rng).fill(Number.NaN, 5, 6),
};

/** The name of the layer with a number, from 0. */
export const layerName = (k) => `model.layers.${Math.floor(k / ROLES.length)}.${ROLES[k % ROLES.length]}.weight`;

/** A layer's values: its kind, and `trained` of the way from the random weights of its start, 0 to 1. */
function layerValues({ kind, seed, shape, trained }) {
  const goal = KINDS[kind](shape, createRng(seed));
  if (trained === 1) return goal;
  const start = wishart(shape, createRng(deriveSeed(seed, 1)));
  return goal.map((value, i) => trained * value + (1 - trained) * start[i]);
}

/**
 * A network as a safetensors file. `kinds` names the layers that are not healthy, by number; `trained` is how far it is
 * from its random start.
 */
export function network(layers, { kinds = {}, N = 192, M = 128, seed = 1, trained = 1 } = {}) {
  const shape = { N, M };
  const tensors = Array.from({ length: layers }, (_, k) => {
    const values = layerValues({ kind: kinds[k] ?? "healthy", seed: deriveSeed(seed, k), shape, trained });
    // Initialised as usual: variance 1 / N.
    const scaled = Float32Array.from(values, (value) => value / Math.sqrt(N));
    return { name: layerName(k), shape: [N, M], type: "F32", bytes: Buffer.from(scaled.buffer) };
  });
  return safetensorsFile(tensors);
}

/** One collapsed, two random-like, one over-trained layer among 24: what a reader has to find in a minute. */
export const FAULTS = { 3: "random", 8: "collapsed", 14: "random", 20: "overTrained" };
