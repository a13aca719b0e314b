import type { TensorHints } from "../tensor.js";
import type { Operator } from "./model-types.js";

/** A use of a tensor. */
export interface Use {
  readonly operator: Operator;
  readonly input: number;
  /** Position of the operator among those of its subgraph. */
  readonly position: number;
}

type Rule = (use: Use) => TensorHints | undefined;

const BIAS: TensorHints = { role: "bias" };
const NORM: TensorHints = { role: "norm" };
const EMBEDDING: TensorHints = { role: "embedding" };
const DENSE: TensorHints = { role: "dense", denseLayout: "out-in" };
const RECURRENT: TensorHints = { role: "recurrent", denseLayout: "out-in" };
const CONV: TensorHints = { role: "conv", kernelLayout: "ohwi" };
const DEPTHWISE: TensorHints = { role: "depthwise-conv", kernelLayout: "1hwo" };
const TRANSPOSED: TensorHints = { role: "transposed-conv", kernelLayout: "ohwi" };

/** Fields of an operator's options. */
const WEIGHTS_FORMAT = 1;
const ADJ_X = 0;
const ADJ_Y = 1;

/** Builtin operators that take weights, by their numbers [tflite schema, BuiltinOperator]. */
const RULES: ReadonlyMap<number, Rule> = new Map<number, Rule>([
  [3, at({ 1: CONV, 2: BIAS })], // CONV_2D
  [4, at({ 1: DEPTHWISE, 2: BIAS })], // DEPTHWISE_CONV_2D
  [7, at({ 1: EMBEDDING })], // EMBEDDING_LOOKUP
  [9, at({ 1: DENSE, 2: BIAS })], // FULLY_CONNECTED
  [16, lstm], // LSTM
  [24, at({ 1: RECURRENT, 2: RECURRENT, 3: BIAS })], // RNN
  [27, at({ 1: DENSE, 2: DENSE, 3: BIAS })], // SVDF
  [33, at({ 3: EMBEDDING })], // EMBEDDING_LOOKUP_SPARSE
  [35, at({ 1: RECURRENT, 2: RECURRENT, 3: BIAS })], // UNIDIRECTIONAL_SEQUENCE_RNN
  [36, at({ 0: EMBEDDING })], // GATHER
  [44, lstm], // UNIDIRECTIONAL_SEQUENCE_LSTM
  [46, at({ 1: RECURRENT, 2: RECURRENT, 3: BIAS, 5: RECURRENT, 6: RECURRENT, 7: BIAS })], // BIDIRECTIONAL_SEQUENCE_RNN
  [52, bidirectionalLstm], // BIDIRECTIONAL_SEQUENCE_LSTM
  [54, at({ 1: NORM })], // PRELU
  [67, at({ 1: TRANSPOSED, 3: BIAS })], // TRANSPOSE_CONV
  [126, batchMatMul], // BATCH_MATMUL
  [132, at({ 1: { role: "conv", kernelLayout: "hwio" }, 2: BIAS })], // CONV_3D
  [141, at({ 1: { role: "transposed-conv", kernelLayout: "hwio" }, 3: BIAS })], // CONV_3D_TRANSPOSE
]);
const CUSTOM = 32;
/** MediaPipe's transposed convolution. */
const CUSTOM_RULES: ReadonlyMap<string, Rule> = new Map([
  ["Convolution2DTransposeBias", at({ 1: TRANSPOSED, 2: BIAS })],
]);

const FULLY_CONNECTED = 9;
/** DEQUANTIZE (float16 weights), CAST, QUANTIZE, DENSIFY: their output is the unchanged weight. */
const PASSES: ReadonlySet<number> = new Set([6, 53, 114, 124]);

export function operatorHints(use: Use): TensorHints | undefined {
  const { code, custom } = use.operator;
  return (code === CUSTOM ? CUSTOM_RULES.get(custom) : RULES.get(code))?.(use);
}

/**
 * IF, WHILE, CALL_ONCE and similar pass a tensor to another subgraph; custom operators, delegates, resource variables
 * and StableHLO may do anything.
 */
const OTHER_GRAPHS: ReadonlySet<number> = new Set([31, 32, 51, 107, 118, 119, 129, 142, 143, 144]);
const FIRST_STABLEHLO = 147;

/** Whether the operator's use of an input is unknown here. */
export function takesToAnotherGraph({ operator: { code } }: Use): boolean {
  return OTHER_GRAPHS.has(code) || code >= FIRST_STABLEHLO;
}

/** Names of builtin operators that take constants and do not multiply by them. */
const NAMES: ReadonlyMap<number, string> = new Map([
  ...([
    [0, "ADD"],
    [2, "CONCATENATION"],
    [18, "MUL"],
    [22, "RESHAPE"],
    [34, "PAD"],
    [41, "SUB"],
    [42, "DIV"],
  ] as const),
  ...([
    [55, "MAXIMUM"],
    [57, "MINIMUM"],
    [64, "SELECT"],
    [69, "TILE"],
    [78, "POW"],
    [99, "SQUARED_DIFFERENCE"],
    [123, "SELECT_V2"],
  ] as const),
]);

export function operatorName({ code }: Operator): string {
  return NAMES.get(code) ?? `builtin operator ${code}`;
}

export function passesOn({ operator, input }: Use): boolean {
  return PASSES.has(operator.code) && input === 0;
}

/** True if a fully connected layer stores its weight in the register order of an old kernel, which is not supported. */
export function isShuffled({ operator, input }: Use): boolean {
  return operator.code === FULLY_CONNECTED && input === 1 && (operator.options?.uint8(WEIGHTS_FORMAT) ?? 0) !== 0;
}

function at(inputs: Readonly<Record<number, TensorHints>>): Rule {
  return ({ input }) => inputs[input];
}

/**
 * One matrix per gate: from the input (1 to 4), from the state (5 to 8), a projection (16). The basic cell has all
 * gates in one matrix (2).
 */
function lstm({ operator, input }: Use): TensorHints | undefined {
  if (operator.inputs.length === 5) return input === 2 ? RECURRENT : input === 3 ? BIAS : undefined;
  if ((input >= 1 && input <= 8) || input === 16) return RECURRENT;
  if ((input >= 12 && input <= 15) || input === 17) return BIAS;
  return (input >= 9 && input <= 11) || (input >= 20 && input <= 23) ? NORM : undefined;
}

/** Forward inputs as above, backward inputs 17 later. */
function bidirectionalLstm({ input }: Use): TensorHints | undefined {
  const index = input > 17 && input <= 34 ? input - 17 : input;
  if ((index >= 1 && index <= 8) || index === 16) return RECURRENT;
  return (index >= 12 && index <= 15) || index === 17 ? BIAS : undefined;
}

function batchMatMul({ operator, input }: Use): TensorHints | undefined {
  if (input > 1) return undefined;
  const transposed = (operator.options?.uint8(input === 1 ? ADJ_Y : ADJ_X) ?? 0) !== 0;
  return { role: "dense", denseLayout: (input === 1) === transposed ? "out-in" : "in-out" };
}
