import { normalSampler, type Rng } from "./random.js";

/**
 * Chi-squared numbers with k > 0 degrees of freedom from `rng`: twice a gamma number of shape k/2, by the rejection
 * method of Marsaglia and Tsang (ACM Trans. Math. Softw. 26, 2000), exact for any k; about 1.05 tries per number.
 * Throws
 * `RangeError` if k is not positive.
 */
export function chiSquaredSampler(rng: Rng): (k: number) => number {
  const normal = normalSampler(rng);
  const gamma = (shape: number): number => {
    // Below 1 the method starts from shape + 1 and a power of a uniform number.
    if (shape < 1) return gamma(shape + 1) * (1 - rng()) ** (1 / shape);
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = normal();
      const v = (1 + c * x) ** 3;
      if (v > 0 && Math.log(1 - rng()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
    }
  };
  return (k) => {
    if (!(k > 0)) throw new RangeError(`chiSquaredSampler: the degrees of freedom must be positive, got ${k}`);
    return 2 * gamma(k / 2);
  };
}
