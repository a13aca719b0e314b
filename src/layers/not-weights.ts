import type { Tensor } from "../formats/tensor.js";
import { product, type Rule } from "./reading.js";

/** Skips tensors without elements. */
export const skipEmpty: Rule = ({ shape }) =>
  product(shape) === 0 ? { reason: `has no elements (${shape.join(" x ")})` } : undefined;

/**
 * Skips what is no floating-point matrix by its type, its shape or the role given by the format: integers, scalars,
 * vectors, biases, norms.
 */
export const skipNonWeights: Rule = (tensor) => {
  const { shape, hints } = tensor;
  if (hints?.role === "scale") return { reason: "scales or zero points of a quantised weight" };
  if (!tensor.floating) return { reason: explainNonFloating(tensor) };
  if (hints?.role === "norm") return { reason: "a norm's parameter, not a weight matrix" };
  if (hints?.role === "bias") return { reason: "a bias, not a weight matrix" };
  if (shape.length === 0) return { reason: "a scalar" };
  const longAxes = shape.filter((side) => side > 1).length;
  if (shape.length === 1 || (shape.length > 2 && longAxes <= 1))
    return { reason: "a vector (bias, norm or buffer): it has no spectrum" };
  return undefined;
};

function explainNonFloating({ dtype, unreadable }: Tensor): string {
  if (unreadable !== undefined) return unreadable;
  if (dtype === "BOOL") return "booleans (a mask), not weights";
  if (dtype === "F8_E8M0") return "powers of two (F8_E8M0): scales of a quantised weight";
  if (/^[IU]\d+$/.test(dtype))
    return `integers (${dtype}), not weights; packed or quantised integers are never analysed as stored`;
  return `elements of type ${dtype}, which this version does not decode`;
}
