import type { KernelLayout, Tensor } from "../formats/tensor.js";
import { kernelOrder } from "./kernel-layout.js";
import type { LayerType, StackView } from "./layer.js";
import { contiguousView, product, type Reading, type ReadingContext, type Rule, wholeMatrix } from "./reading.js";
import { lastSegment, nameParts } from "./tensor-name.js";

const TYPES: Readonly<Record<number, LayerType>> = { 3: "conv1d", 4: "conv2d", 5: "conv3d" };

/**
 * WeightWatcher multiplies every slice by sqrt(1/2), so that a kernel's pooled spectrum is comparable to a dense
 * layer's [WW 0.7.5.5, conv2d_norm].
 */
const SLICE_SCALE = 1 / 2;

/** Tensors with four or five axes are convolutions. */
export const readConvolution: Rule = (tensor, context) => {
  const axes = tensor.shape.length;
  if (axes !== 4 && axes !== 5) return undefined;
  const { order, note } = kernelOrder(tensor);
  return convolution(tensor, { order, context, notes: note === undefined ? [] : [note] });
};

export interface ConvolutionReading {
  readonly order: KernelLayout;
  readonly context: ReadingContext;
  readonly notes: readonly string[];
}

/**
 * A kernel as one matrix per kernel position (out x in, or in x out as stored), pooled into one spectrum; or flattened
 * to out x (in * positions). A kernel with one input or output channel (for example a depthwise one) is a vector at
 * each position. Its one "eigenvalue" is the squared length: pooled, these are no spectrum. Such a kernel is skipped
 * where WeightWatcher keeps it (decision 15). Flattened it is channels x positions, if that is a matrix.
 */
export function convolution(tensor: Tensor, { order, context, notes }: ConvolutionReading): Reading {
  const { shape, hints } = tensor;
  const type = TYPES[shape.length];
  const { owner, leaf } = nameParts(tensor.name);
  const depthwise =
    hints?.role === "depthwise-conv" || /depthwise/i.test(leaf) || /depthwise/i.test(lastSegment(owner));
  if (context.conv === "flatten") return { type, parts: [flattened(tensor, order, depthwise)], notes };
  const view = slices(shape, order);
  const thin = Math.min(view.rows, view.cols) === 1 && view.count > 1;
  if (thin || (depthwise && view.count > 1)) {
    const { rows, cols } = flattened(tensor, order, depthwise).view;
    const advice = Math.min(rows, cols) > 1 ? "--conv flatten analyses it" : "flattened it is a vector too";
    return {
      reason: `a depthwise (or one-channel) convolution: a kernel position is a vector, not a matrix; ${advice}`,
    };
  }
  return { type, parts: [{ suffix: "", shape, view, eigenvalueScale: SLICE_SCALE }], notes };
}

function slices(shape: readonly number[], order: KernelLayout): StackView {
  if (order === "hwio") {
    const [rows, cols] = shape.slice(-2);
    return contiguousView(product(shape.slice(0, -2)), rows, cols);
  }
  if (order === "ohwi") {
    const count = product(shape.slice(1, -1));
    const [rows, cols] = [shape[0], shape[shape.length - 1]];
    return { count, rows, cols, offset: 0, matrixStride: cols, rowStride: count * cols, colStride: 1 };
  }
  if (order === "1hwo") return contiguousView(product(shape.slice(1, -1)), 1, shape[shape.length - 1]);
  const [rows, cols] = shape;
  const count = product(shape.slice(2));
  return { count, rows, cols, offset: 0, matrixStride: 1, rowStride: cols * count, colStride: count };
}

/** The elements in stored order, cut after the output axis (or before it, if it is the last). */
function flattened(tensor: Tensor, order: KernelLayout, depthwise: boolean) {
  const { shape } = tensor;
  const all = product(shape);
  if (order === "oihw" || order === "ohwi") return wholeMatrix(tensor, shape[0], all / shape[0]);
  const columns = order === "hwio" && depthwise ? product(shape.slice(-2)) : shape[shape.length - 1];
  return wholeMatrix(tensor, all / columns, columns);
}
