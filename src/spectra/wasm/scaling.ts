import { binaryExponent } from "../matrix-solver.js";
import type { Arena } from "./arena.js";
import type { PanelType } from "./panel-type.js";

interface Range {
  readonly from: number;
  readonly end: number;
}

/**
 * The power of two by which W is scaled, so that its largest entry lies in [1/2, 1): squares then neither overflow nor
 * underflow.
 */
export interface Scaling {
  /**
   * The scale factor for values whose largest absolute value is `largest`; earlier values are rescaled to it, exactly.
   */
  scaleFor(largest: number): number;
  /** e if the Gram matrix is that of 2^-e W. */
  exponent(): number;
}

/**
 * A scale that grows when a larger entry comes: the Gram matrix (f64) and the earlier packed operands (of `type`) are
 * scaled down with it.
 */
export function growingScale(
  { kernels }: Arena,
  { gram, operands, type }: { gram: Range; operands: Range; type: PanelType },
): Scaling {
  let exponent: number | undefined;
  return {
    scaleFor(largest) {
      if (largest > 0) {
        const needed = binaryExponent(largest);
        if (exponent === undefined) exponent = needed;
        else if (needed > exponent) {
          kernels.scaleInPlaceF64(gram.from, gram.end, 2 ** (2 * (exponent - needed)));
          kernels[`scaleInPlace${type}`](operands.from, operands.end, 2 ** (exponent - needed));
          exponent = needed;
        }
      }
      return 2 ** -(exponent ?? 0);
    },
    exponent: () => exponent ?? 0,
  };
}
