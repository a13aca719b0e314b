import { findRoot } from "../numeric/index.js";

/**
 * The upper edge of the spectrum of (B A)'(B A) for independent B (out x r) and A (r x in) with entries of mean 0, in
 * units of the mean of its r non-zero eigenvalues: the edge of the free multiplicative convolution of two
 * Marchenko-Pastur laws of aspect ratios g1 = r/out and g2 = r/in. Their S-transforms 1/(1 + g z) multiply [Voi87], so
 * that the edge is the least value of (1 + z)(1 + g1 z)(1 + g2 z)/z over z > 0. Reduces to (1 + sqrt(g1))^2 at g2 = 0.
 * Throws `RangeError` for a ratio that is negative or not finite, or if both are 0.
 */
export function productEdge(g1: number, g2: number): number {
  if (!(g1 >= 0 && g2 >= 0 && g1 + g2 > 0 && g1 + g2 < Number.POSITIVE_INFINITY))
    throw new RangeError(`productEdge: found the ratios ${g1} and ${g2}, expected two from 0, not both 0`);
  // z times the derivative of the logarithm. It rises with z. With s = g1 + g2, the two last terms together are at
  // least
  // s z/(1 + s z) and at most s z, which gives the two ends.
  const slope = (z: number): number => z / (1 + z) + (g1 * z) / (1 + g1 * z) + (g2 * z) / (1 + g2 * z) - 1;
  const s = g1 + g2;
  const z = g1 * g2 === 0 ? 1 / Math.sqrt(s) : findRoot(slope, [2 / (s + Math.sqrt(s * s + 4 * s)), 1 / Math.sqrt(s)]);
  return ((1 + z) * (1 + g1 * z) * (1 + g2 * z)) / z;
}
