import type { ConvolutionLayer, DenseLayer } from "../../networks/network.js";
import { sizeOf } from "../../networks/shapes.js";
import type { PlannedBuffer } from "./buffer-plan.js";
import { descendKernel } from "./descend.js";
import type { GpuLayer, LayerContext } from "./layer.js";
import { productKernel, sharesOf } from "./product.js";
import { sumOfSquaresKernel } from "./sum-of-squares.js";
import { type Extent, fixed, forEach, perExample } from "./wgsl.js";

/** Smallest length of a share of a weight gradient's depth. */
const MIN_SHARE_ROWS = 256;
/** Most numbers of all shares of a gradient (16 MiB), unless one share has more. */
const MAX_SHARES_NUMBERS = 2 ** 22;

/** How a layer with weights reads its input, as a matrix of `rows` x `inputs` for the products. */
export interface Rows {
  /** Rows per example: 1, or the pixels of the output. */
  readonly rows: number;
  readonly inputs: number;
  /**
   * A WGSL function `inputAt(row, place)`: the value at index `place` (below `inputs`) of a row of the input `x`.
   * Neighbouring indices are neighbours in memory.
   */
  readonly inputAt: string;
  /** Maps an input's index in the checkpoint to its index in a row. */
  readonly inputPlace: (place: number) => number;
  /** d(loss)/d(input), `rows` x `columns`, as a product of values of `dy` and of `w`. */
  readonly back: {
    readonly rows: Extent;
    readonly columns: number;
    readonly depth: number;
    /** A function of `row` and `k`. */
    readonly gradientAt: string;
    /** A function of `k` and `column`. */
    readonly weightAt: string;
  };
}

/** Length of the shares of a gradient of `size` numbers that is summed over at most `depth` rows. */
export function shareLengthOf(depth: number, size: number): number {
  const most = Math.max(1, Math.floor(MAX_SHARES_NUMBERS / size));
  return Math.max(MIN_SHARE_ROWS, Math.ceil(Math.ceil(depth / most) / 16) * 16);
}

/**
 * A dense layer, or a convolution over patches. The weights are stored input by input, `units` per input. The biases
 * follow as the weights of one more input that is always 1. So one product gives the output, and one the gradient of
 * weights and biases.
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

  /** The input with an extra column of ones. */
  const withOne = (row: string, place: string): string =>
    `if (${place} == ${inputs}u) { return 1.0; } return inputAt(${row}, ${place});`;

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
        // A comparison keeps NaN.
        store: `y[row * ${units}u + column] = ${rectified ? "select(value, 0.0, value <= 0.0)" : "value"};`,
        batch,
      });
      return { kernels: [kernel], result: y };
    },

    backward({ input: x, gradient: dy, inputGradient }) {
      const rectify = { label: `${label}: ReLU backward`, reads: { y }, writes: { dy } };
      const kernels = [
        ...(rectified
          ? [{ ...rectify, ...forEach(perExample(sizeOf(shapes.output)), "if (!(y[i] > 0.0)) { dy[i] = 0.0; }") }]
          : []),
        // Before the update, because the input's gradient needs the weights of the forward pass.
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
      : {
          penalty: {
            strength: l2,
            kernel: (sums, first) => sumOfSquaresKernel({ label, values: w, count: weights, sums, first }),
          },
        }),
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
