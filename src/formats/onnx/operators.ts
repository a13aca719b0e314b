import type { TensorHints } from "../tensor.js";
import { packedHeads } from "./packed-heads.js";
import type { Use } from "./scope.js";

/** The hints for a weight at an operator's input. */
type Rule = (use: Use, shape: readonly number[]) => TensorHints | undefined;

const MICROSOFT = "com.microsoft";
const BIAS: TensorHints = { role: "bias" };
const NORM: TensorHints = { role: "norm" };
const EMBEDDING: TensorHints = { role: "embedding" };
const IN_OUT: TensorHints = { role: "dense", denseLayout: "in-out" };
const OUT_IN: TensorHints = { role: "dense", denseLayout: "out-in" };

/**
 * LSTM gates in ONNX's order: input, output, forget, cell. GRU: update, reset, hidden [ONNX operators, LSTM-22,
 * GRU-22].
 */
const GATES: ReadonlyMap<string, readonly string[]> = new Map([
  ["LSTM", ["i", "o", "f", "c"]],
  ["DynamicQuantizeLSTM", ["i", "o", "f", "c"]],
  ["GRU", ["z", "r", "h"]],
  ["RNN", []],
]);

/**
 * ONNX's operators, and ONNX Runtime's (com.microsoft), that take weights: at which input, and the layout of the
 * weight.
 */
const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ["Gemm", product({ factors: [0, 1], bias: 2, transposes: true })],
  ["FusedGemm", product({ factors: [0, 1], bias: 2, transposes: true })],
  ["MatMul", product({ factors: [0, 1] })],
  ["FusedMatMul", product({ factors: [0, 1], transposes: true })],
  ["MatMulInteger", product({ factors: [0, 1] })],
  ["MatMulIntegerToFloat", product({ factors: [0, 1], bias: 6 })],
  ["DynamicQuantizeMatMul", product({ factors: [0, 1], bias: 4 })],
  ["QLinearMatMul", product({ factors: [0, 3] })],
  ["QGemm", product({ factors: [0, 3], bias: 6, transposes: true })],
  ["MatMulNBits", ({ input }) => (input === 1 ? OUT_IN : input === 5 ? BIAS : undefined)],
  ["MatMulBnb4", ({ input }) => (input === 1 ? OUT_IN : undefined)],
  ["Conv", convolution({ weight: 1, bias: 2 })],
  ["FusedConv", convolution({ weight: 1, bias: 2 })],
  ["ConvInteger", convolution({ weight: 1, bias: -1 })],
  ["QLinearConv", convolution({ weight: 3, bias: 8 })],
  ["ConvTranspose", transposedConvolution],
  ["LSTM", recurrent],
  ["GRU", recurrent],
  ["RNN", recurrent],
  ["DynamicQuantizeLSTM", dynamicLstm],
  ["Gather", ({ input }) => (input === 0 ? EMBEDDING : undefined)],
  ["GatherBlockQuantized", ({ input }) => (input === 0 ? EMBEDDING : undefined)],
  ["EmbedLayerNormalization", ({ input }) => (input >= 2 && input <= 4 ? EMBEDDING : NORM)],
  ["BatchNormalization", norm(1)],
  ["InstanceNormalization", norm(1)],
  ["LayerNormalization", norm(1)],
  ["RMSNormalization", norm(1)],
  ["SimplifiedLayerNormalization", norm(1)],
  ["GroupNormalization", norm(1)],
  ["GroupNorm", norm(1)],
  ["SkipLayerNormalization", norm(2)],
  ["SkipSimplifiedLayerNormalization", norm(2)],
  ["PRelu", ({ input }) => (input === 1 ? NORM : undefined)],
  ["BiasGelu", ({ input }) => (input === 1 ? BIAS : undefined)],
  ["FastGelu", ({ input }) => (input === 1 ? BIAS : undefined)],
  ["Attention", packedAttention],
  ["PackedAttention", packedAttention],
  ["QAttention", packedAttention],
  ["LongformerAttention", longformerAttention],
  ["DecoderAttention", decoderAttention],
]);

/**
 * Hints from an operator for the weight at one of its inputs; undefined if it gives none. `shape` as the operator sees
 * it.
 */
export function operatorHints(use: Use, shape: readonly number[]): TensorHints | undefined {
  return RULES.get(use.node.op)?.(use, shape);
}

/** A name for the input of an operator that takes several weights. */
export function inputWord({ node, input }: Use): string | undefined {
  return GATES.has(node.op) ? (input === 1 ? "W" : "R") : undefined;
}

function attribute({ node }: Use, name: string, otherwise: number): number {
  return node.integers.get(name)?.[0] ?? otherwise;
}

/** y = A B: a weight is in x out as B and out x in as A, unless the product transposes it. */
function product({
  factors,
  bias,
  transposes = false,
}: {
  factors: readonly [number, number];
  bias?: number;
  transposes?: boolean;
}): Rule {
  return (use, shape) => {
    if (use.input === bias) return BIAS;
    const second = use.input === factors[1];
    if (!second && use.input !== factors[0]) return undefined;
    const transposed = transposes && attribute(use, second ? "transB" : "transA", 0) !== 0;
    const hints = second === transposed ? OUT_IN : IN_OUT;
    if (!second || shape.length !== 2) return hints;
    const projections = packedHeads(use, shape[transposed ? 0 : 1]);
    if (projections === undefined) return hints;
    return { ...hints, projections: transposed ? { ...projections, along: "rows" } : projections };
  };
}

/** A kernel is out x (in / groups) x positions; with one input channel per group it is depthwise. */
function convolution({ weight, bias }: { weight: number; bias: number }): Rule {
  return (use, shape) => {
    if (use.input === bias) return BIAS;
    if (use.input !== weight) return undefined;
    const depthwise = attribute(use, "group", 1) > 1 && shape[1] === 1;
    return { role: depthwise ? "depthwise-conv" : "conv", kernelLayout: "oihw" };
  };
}

/**
 * A transposed kernel is in x (out / groups) x positions: each slice the transpose of a convolution's, with the same
 * spectrum.
 */
function transposedConvolution(use: Use, shape: readonly number[]): TensorHints | undefined {
  if (use.input === 2) return BIAS;
  if (use.input !== 1) return undefined;
  const depthwise = attribute(use, "group", 1) > 1 && shape[1] === 1;
  return { role: depthwise ? "depthwise-conv" : "transposed-conv", kernelLayout: "oihw" };
}

/** W is [directions, gates * hidden, in], R is [directions, gates * hidden, hidden], B holds both biases. */
function recurrent({ node, input }: Use): TensorHints | undefined {
  if (input === 3) return BIAS;
  if (input !== 1 && input !== 2) return undefined;
  return { role: "recurrent", denseLayout: "out-in", gates: { along: "rows", names: GATES.get(node.op) ?? [] } };
}

/** ONNX Runtime's quantised LSTM stores the transposes: [directions, in, gates * hidden]. */
function dynamicLstm({ node, input }: Use): TensorHints | undefined {
  if (input === 3) return BIAS;
  if (input !== 1 && input !== 2) return undefined;
  return { role: "recurrent", denseLayout: "in-out", gates: { along: "columns", names: GATES.get(node.op) ?? [] } };
}

function norm(first: number): Rule {
  return ({ input }) => (input >= first ? NORM : undefined);
}

/**
 * ONNX Runtime's Attention takes one in x (q + k + v) matrix; ONNX's own takes no weights. The parts are equal unless
 * `qkv_hidden_sizes` gives their sizes [ONNX Runtime, ContribOperators.md, com.microsoft.Attention].
 */
function packedAttention({ node, input }: Use, shape: readonly number[]): TensorHints | undefined {
  if (node.domain !== MICROSOFT) return undefined;
  if (input !== 1) return input === 2 ? BIAS : undefined;
  return sideBySide(["q", "k", "v"], shape, node.integers.get("qkv_hidden_sizes"));
}

/** Local and global attention, each in x (q + k + v). */
function longformerAttention({ input }: Use, shape: readonly number[]): TensorHints | undefined {
  if (input === 1 || input === 4) return sideBySide(["q", "k", "v"], shape);
  return input === 2 || input === 5 ? BIAS : undefined;
}

/** The query's matrix, and in x (k + v). */
function decoderAttention({ input }: Use, shape: readonly number[]): TensorHints | undefined {
  if (input === 2) return IN_OUT;
  return input === 3 ? sideBySide(["k", "v"], shape) : input === 4 ? BIAS : undefined;
}

/**
 * Columns side by side, in equal parts unless their sizes are given. Sizes that do not add up leave the matrix whole.
 */
function sideBySide(names: readonly string[], shape: readonly number[], given?: readonly number[]): TensorHints {
  const width = shape[shape.length - 1] ?? 0;
  const sizes = given ?? names.map(() => width / names.length);
  const sum = sizes.reduce((total, size) => total + size, 0);
  const fits = sizes.length === names.length && sizes.every((size) => Number.isInteger(size) && size > 0);
  return fits && sum === width && shape.length === 2
    ? { ...IN_OUT, projections: { along: "columns", names, sizes } }
    : IN_OUT;
}
