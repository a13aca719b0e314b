import type { Tensor } from "../formats/tensor.js";
import type { SkippedTensor } from "./layer.js";
import type { Part } from "./reading.js";
import { skip } from "./source-tensors.js";

/** A part of a tensor that is no layer, and why. */
export interface SkippedPart {
  readonly part: Part;
  readonly reason: string;
}

interface SkippedParts {
  readonly left: readonly SkippedPart[];
  /** The number of parts. */
  readonly of: number;
  readonly name: string;
  readonly listedAs: string;
}

/**
 * One entry for a tensor whose parts are all skipped for one reason; else one entry per part, named like the layer that
 * it would have been.
 */
export function skippedParts(tensor: Tensor, { left, of, name, listedAs }: SkippedParts): SkippedTensor[] {
  if (left.length === 0) return [];
  if (left.length === of && left.every(({ reason }) => reason === left[0].reason))
    return [skip(tensor, left[0].reason, listedAs)];
  return left.map(({ part, reason }) => ({ name: name + part.suffix, shape: part.shape, dtype: tensor.dtype, reason }));
}
