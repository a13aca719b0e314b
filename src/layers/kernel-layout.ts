import type { KernelLayout, Tensor } from "../formats/tensor.js";
import { product } from "./reading.js";
import { nameParts } from "./tensor-name.js";

/** The largest kernels in use have 31 positions per side (RepLKNet); a longer axis is a channel axis. */
export const MAX_KERNEL_SIDE = 31;

/**
 * Whether a kernel has the name of a library whose last two axes are in and out: "kernel" (Keras, Flax), and behind a
 * "/" also "weights", "filter" (TensorFlow) or "w" (Haiku, Sonnet).
 */
export function hasChannelsLast(name: string): boolean {
  const { leaf } = nameParts(name);
  return /(^|_)kernel$/.test(leaf) || (name.includes("/") && /(^|_)(weights|filters?|w)$/.test(leaf));
}

/**
 * The order of a kernel's axes: from the file's graph, else its name, else its shape, with a note if it was guessed.
 */
export function kernelOrder(tensor: Tensor): { readonly order: KernelLayout; readonly note?: string } {
  const { shape, hints } = tensor;
  if (hints?.kernelLayout !== undefined) return { order: hints.kernelLayout };
  const { leaf } = nameParts(tensor.name);
  if (hasChannelsLast(tensor.name)) {
    return { order: "hwio", note: "kernel axes taken as height, width, in, out from the name" };
  }

  const plausible = (sides: readonly number[]): boolean => sides.every((side) => side <= MAX_KERNEL_SIDE);
  const last = shape.slice(2);
  const first = shape.slice(0, -2);
  const middle = shape.slice(1, -1);
  // Equal short sides in the middle and a long axis at the end: the kernel order of MLX and TFLite.
  if (!plausible(last) && plausible(middle) && middle.every((side) => side === middle[0])) {
    if (!plausible(first)) return { order: "ohwi", note: "kernel axes taken as out, height, width, in from the shape" };
  }
  if (leaf === "weight" || !plausible(first)) return { order: "oihw" };
  const smaller = product(first) < product(last);
  if (plausible(last) && !smaller) return { order: "oihw" };
  return smaller
    ? { order: "hwio", note: "kernel axes taken as height, width, in, out from the shape" }
    : { order: "oihw" };
}
