/** NumPy's own limit is 64 axes since 2.0, 32 before; no weight has more than 6. */
export const MAX_AXES = 64;

/**
 * Number of elements of a shape (1 for a scalar); undefined if an axis is not an integer from 0, or the product exceeds
 * the safe integers.
 */
export function elementCount(shape: readonly number[]): number | undefined {
  if (shape.length > MAX_AXES) return undefined;
  let count = 1;
  for (const side of shape) {
    if (!Number.isSafeInteger(side) || side < 0) return undefined;
    count *= side;
    // Products below 2^53 are exact, so the first one above it is detected here even if a later axis is 0.
    if (count > Number.MAX_SAFE_INTEGER) return undefined;
  }
  return count;
}
