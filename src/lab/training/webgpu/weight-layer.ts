import type { ConvolutionLayer, DenseLayer } from "../../networks/network.js";
import { sizeOf } from "../../networks/shapes.js";
import type { PlannedBuffer } from "./buffer-plan.js";
import { descendKernel } from "./descend.js";
import type { GpuLayer, LayerContext } from "./layer.js";
import { productKernel, sharesOf } from "./product.js";
import { sumOfSquaresKernel } from "./sum-of-squares.js";
import { type Extent, fixed, forEach, perExample } from "./wgsl.js";

/** A share of a weight gradient's depth is at least this long. */
const SHARE = 256;
/** Shares of a gradient take at most so many numbers (16 MiB), or one share. */
const SHARES_ROOM = 2 ** 22;

/** What a layer with weights says of its input, which the products see as a matrix of `rows` x `inputs`. */
export interface Rows {
  /** Rows an example: 1, or the pixels of the output. */
  readonly rows: number;
  readonly inputs: number;
  /**
   * A WGSL function `inputAt(row, place)`: the value at a place (below `inputs`) of a row of the input `x`; neighbours
   * in memory are neighbours in place.
   */
  readonly inputAt: string;
  /** Where in a row the input at a place of the checkpoint stands. */
  readonly inputPlace: (place: number) => number;
  /** d(loss)/d(input), of `rows` x `columns`, as a product of values of `dy` and of `w`. */
  readonly back: {
    readonly rows: Extent;
    readonly columns: number;
    readonly depth: number;
    /** Of `row` and `k`. */
    readonly gradientAt: string;
    /** Of `k` and `column`. */
    readonly weightAt: string;
  };
}

/** Length of the shares of a gradient of `size` numbers that is summed over `depth` rows at most. */
export function shareLengthOf(depth: number, size: number): number {
  const most = Math.max(1, Math.floor(SHARES_ROOM / size));
  return Math.max(SHARE, Math.ceil(Math.ceil(depth / most) / 16) * 16);
}

/**
 * A dense layer, or a convolution over patches. The weights stand input by input, `units` side by side, and the biases
 * after them as those of one more input that is always 1: so one product makes the output, and one the gradient of
 * both.
 */
export function weightLayer(
  { plan, shapes, parameters: [weight, bias], label, batch, momentum, weightDecay }: LayerContext,
  { activation, l2 = 0 }: DenseLayer | ConvolutionLayer,
  { rows: rowsEach, inputs, inputAt, inputPlace, back }: Rows,
): GpuLayer {
  const units = shapes.output.channels;
  const weights = inputs * units;
  const size = weights + units;
  const rectified = activation === "relu";
  const w = plan.take(`weights of ${label}`, size);
  const velocities = plan.take(`velocities of ${label}`, size);
  const y = plan.take(`the output of ${label}`, batch * sizeOf(shapes.output));
  const rows = perExample(rowsEach);
  const shareLength = shareLengthOf(rows.of(batch), size);
  const gradients = plan.share("shares of the weights' gradient", sharesOf(rows.of(batch), shareLength) * size);

  /** The input with its column of ones. */
  const withOne = (row: string, place: string): string => `if (${place} == ${inputs}u) { return 1.0; } return inputAt(${row}, ${place});`;

  return {
    tensors: [
      {
        parameter: weight,
        values: w,
        velocities,
        place: (index) => inputPlace(index % inputs) * units + Math.floor(index / inputs),
      },
      { parameter: bias, values: w, velocities, place: (index) => weights + index },
    ],

    forward(x) {
      const kernel = productKernel({
        label: `${label}: forward`,
        reads: { x, w },
        writes: { y },
        prelude: inputAt,
        rows,
        columns: fixed(units),
        depth: fixed(inputs + 1),
        left: { body: withOne("row", "k"), along: "k" },
        right: { body: `return w[k * ${units}u + column];`, along: "column" },
        // As a comparison, so that NaN passes.
        store: `y[row * ${units}u + column] = ${rectified ? "select(value, 0.0, value <= 0.0)" : "value"};`,
        batch,
      });
      return { kernels: [kernel], result: y };
    },

    backward({ input: x, gradient: dy, inputGradient }) {
      const rectify = { label: `${label}: ReLU backward`, reads: { y }, writes: { dy } };
      const kernels = [
        ...(rectified ? [{ ...rectify, ...forEach(perExample(sizeOf(shapes.output)), "if (!(y[i] > 0.0)) { dy[i] = 0.0; }") }] : []),
        // Before the update: the gradient of the input is that of the weights that made the output.
        ...(inputGradient === null ? [] : [inputGradientKernel(dy, inputGradient)]),
        productKernel({
          label: `${label}: weight gradient`,
          reads: { x, dy },
          writes: { gradients },
          prelude: inputAt,
          rows: fixed(inputs + 1),
          columns: fixed(units),
          depth: rows,
          left: { body: withOne("k", "row"), along: "row" },
          right: { body: `return dy[k * ${units}u + column];`, along: "column" },
          store: `gradients[share * ${size}u + row * ${units}u + column] = value;`,
          shareLength,
          batch,
        }),
        descendKernel({
          label: `${label}: update`,
          values: w,
          velocities,
          gradients,
          shares: {
            text: `((${rows.text} + ${shareLength - 1}u) / ${shareLength}u)`,
            of: (count) => sharesOf(rows.of(count), shareLength),
          },
          momentum,
          decay: weightDecay + 2 * l2,
          decayed: weights,
        }),
      ];
      return { kernels, result: inputGradient ?? dy };
    },

    ...(l2 === 0
      ? {}
      : { penalty: { strength: l2, kernel: (sums, first) => sumOfSquaresKernel({ label, values: w, count: weights, sums, first }) } }),
  };

  function inputGradientKernel(dy: PlannedBuffer, dx: PlannedBuffer) {
    return productKernel({
      label: `${label}: input gradient`,
      reads: { dy, w },
      writes: { dx },
      rows: back.rows,
      columns: fixed(back.columns),
      depth: fixed(back.depth),
      left: { body: back.gradientAt, along: "k" },
      right: { body: back.weightAt, along: "k" },
      store: `dx[row * ${back.columns}u + column] = value;`,
      batch,
    });
  }
}
