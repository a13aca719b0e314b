import type { ConvolutionLayer, DenseLayer } from "../../networks/network.js";
import type { LayerContext, StoredTensor } from "./layer.js";

/**
 * Most rows per call of `addWeightGradient` (kernels/lab/weights.ts). More would make f32 sums too long and exceed the
 * cache.
 */
export const ROWS = 256;

/**
 * Numbers of scratch memory for the packed operands of the products: the edge tile, 256 x 256 numbers, a strip of 256
 * rows, and dY in strips.
 */
export const workOf = (units: number, stripUnits: number): number =>
  32 + ROWS * ROWS + ROWS * stripUnits + ROWS * Math.ceil(units / stripUnits) * stripUnits;

/** Numbers of a strip of weights: its inputs are padded to a multiple of eight. */
const stripOf = (inputs: number, stripUnits: number): number => Math.ceil(inputs / 8) * 8 * stripUnits;

/** Numbers that the weights of `units` units with `inputs` inputs take in strips. */
export const stripsOf = (inputs: number, units: number, stripUnits: number): number =>
  Math.ceil(units / stripUnits) * stripOf(inputs, stripUnits);

export interface Rows {
  /** Address of inputs (or of their gradients), `inputs` numbers per row, contiguous. */
  readonly x: number;
  /** Address of outputs (or of their gradients), `units` numbers per row, contiguous. */
  readonly y: number;
  readonly rows: number;
}

/**
 * W and b in memory with their velocities, and the products with them, for dense layers and for convolutions over
 * patches.
 */
export interface WeightMatrix {
  readonly tensors: readonly StoredTensor[];
  readonly inputs: number;
  readonly units: number;
  /** y = W x + b. */
  forward(rows: Rows): void;
  /** dx = W' dy. */
  inputGradient(rows: Rows): void;
  /** G += dy x' for at most `ROWS` rows. G is the scratch gradient. */
  addWeightGradient(rows: Rows): void;
  /** The momentum step along dy x' in one pass, for at most `ROWS` rows. */
  descendAlong(rows: Rows, rate: number): void;
  /** The momentum step along G. */
  descend(rate: number): void;
  /** The momentum step of b along the sum of the dy. */
  descendBias(rows: Rows, rate: number): void;
  penalty(): number;
}

/**
 * With strips of s units, entry (input i, unit u) is at index `s i + u mod s` of strip `floor(u / s)`
 * (kernels/lab/weights.ts, native/lab.h). `inputPlace` maps an input's index in the checkpoint to i, its index in the
 * activations.
 */
export function weightMatrix(
  { kernels, stripUnits, plan, scratch, parameters: [weight, bias], momentum, weightDecay }: LayerContext,
  { l2 = 0 }: DenseLayer | ConvolutionLayer,
  inputPlace: (place: number) => number,
): WeightMatrix {
  const units = weight.shape[0];
  const inputs = weight.shape.slice(1).reduce((product, side) => product * side, 1);
  const strip = stripOf(inputs, stripUnits);
  const count = stripsOf(inputs, units, stripUnits);
  const place = (index: number): number => {
    const unit = Math.floor(index / inputs);
    return Math.floor(unit / stripUnits) * strip + stripUnits * inputPlace(index % inputs) + (unit % stripUnits);
  };
  const [w, v] = [plan.take(count), plan.take(count)];
  const [b, bv] = [plan.take(units), plan.take(units)];
  const [xRow, yRow] = [4 * inputs, 4 * units];
  const { work, gradient } = scratch;
  const decay = weightDecay + 2 * l2;
  return {
    tensors: [
      { parameter: weight, values: w, velocities: v, count, place },
      { parameter: bias, values: b, velocities: bv, count: units, place: (index) => index },
    ],
    inputs,
    units,
    forward({ x, y, rows }) {
      kernels.fillRows(b, rows, units, y);
      kernels.addForward(x, xRow, rows, inputs, w, units, y, yRow, work);
    },
    inputGradient({ x, y, rows }) {
      kernels.clear(x, rows * inputs);
      kernels.addInputGradient(y, yRow, rows, units, w, inputs, x, xRow, work);
    },
    addWeightGradient({ x, y, rows }) {
      kernels.addWeightGradient(x, xRow, rows, inputs, y, yRow, units, gradient, work);
    },
    descendAlong({ x, y, rows }, rate) {
      kernels.descendAlongProduct(x, xRow, rows, inputs, y, yRow, units, w, v, rate, momentum, decay, work);
    },
    descend(rate) {
      kernels.descend(w, v, gradient, count, rate, momentum, decay);
    },
    descendBias({ y, rows }, rate) {
      kernels.sumRows(y, rows, units, gradient);
      kernels.descend(b, bv, gradient, units, rate, momentum, 0);
    },
    penalty: () => (l2 === 0 ? 0 : l2 * kernels.sumOfSquares(w, count)),
  };
}
