import { erfc } from "../numeric/index.js";

/**
 * Five-per-cent point of D (sqrt M + 0.2) for vectors that are uniform on the sphere: simulated, 8000 to 20000 vectors
 * each of M = 20, 50, 100, 300 and 1000, where it lies between 1.156 and 1.170. It is below Kolmogorov's 1.358 because
 * unit length already fixes the scale of the vector.
 */
const CRITICAL_DISTANCE = 1.165;
const SHIFT = 0.2;

/**
 * Kolmogorov-Smirnov distance of sqrt(M) |v_i| to the law of |x| for a standard normal x: Porter and Thomas' law, which
 * the components of the eigenvectors of a random matrix follow [PT56]. `vector` of unit length.
 */
export function porterThomasDistance(vector: Float64Array): number {
  const M = vector.length;
  const sizes = vector.map((component) => Math.abs(component) * Math.sqrt(M)).sort();
  let distance = 0;
  for (let j = 0; j < M; j++) {
    const F = 1 - erfc(sizes[j] * Math.SQRT1_2);
    distance = Math.max(distance, F - j / M, (j + 1) / M - F);
  }
  return distance;
}

/** Whether a vector of M components at that distance differs from a random one at the 5 % level. M from 20. */
export function isNotPorterThomas(distance: number, M: number): boolean {
  return distance * (Math.sqrt(M) + SHIFT) > CRITICAL_DISTANCE;
}
