import { createRng, type Rng } from "#eigenscope/numeric/index.js";

/** One Pareto value of density exponent alpha above 1. */
export const pareto = (rng: Rng, alpha: number): number => (1 - rng()) ** (-1 / (alpha - 1));

/** n seeded draws, ascending. */
export function sample(n: number, seed: number, draw: (rng: Rng) => number): Float64Array {
  const rng = createRng(seed);
  return Float64Array.from({ length: n }, () => draw(rng)).sort();
}

/** Half a hump that ends below 1, half Pareto above 1: a power law whose xmin the data show. */
export const humpAndTail =
  (alpha: number) =>
  (rng: Rng): number =>
    rng() < 0.5 ? pareto(rng, alpha) : Math.exp(-1.5 * Math.abs(rng() + rng() + rng() - 1.5));

/** A truncated power law above 1: Pareto draws, kept with probability e^(-Lambda (x - 1)). */
export const truncated =
  (alpha: number, Lambda: number) =>
  (rng: Rng): number => {
    for (;;) {
      const x = pareto(rng, alpha);
      if (rng() < Math.exp(-Lambda * (x - 1))) return x;
    }
  };
