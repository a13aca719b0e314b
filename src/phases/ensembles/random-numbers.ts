import { normalSampler, type Rng } from "../../numeric/index.js";
import { edgeScale, invertSpike, type MatrixShape } from "../../rmt/index.js";

export const between = (low: number, high: number, rng: Rng): number => low + (high - low) * rng();
/** Log-uniform in [low, high]. */
export const logBetween = (low: number, high: number, rng: Rng): number => low * (high / low) ** rng();
export const integer = (low: number, high: number, rng: Rng): number => low + Math.floor(rng() * (high - low + 1));
export const pick = <T>(values: readonly T[], rng: Rng): T => values[Math.floor(rng() * values.length)];

/** An exponential random number of mean 1. */
export const exponential = (rng: Rng): number => -Math.log(1 - rng());

/**
 * A gamma random number of the given shape and scale 1 (Marsaglia and Tsang; below shape 1 times a power of a uniform
 * number).
 */
export function gamma(shape: number, rng: Rng): number {
  if (shape < 1) return gamma(shape + 1, rng) * (1 - rng()) ** (1 / shape);
  const normal = normalSampler(rng);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - rng()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Student's t with `nu` degrees of freedom, not scaled. */
export function student(nu: number, normal: () => number, rng: Rng): number {
  return normal() / Math.sqrt((2 * gamma(nu / 2, rng)) / nu);
}

/** M independent variances. */
export function variances(M: number, sample: () => number): Float64Array {
  return Float64Array.from({ length: M }, sample);
}

/** Strengths of signals whose eigenvalues lie at the given multiples of the bulk's edge ([BS06], inverted). */
export function strengthsAt(multiples: readonly number[], { N, M }: MatrixShape): number[] {
  const edge = (Math.sqrt(N) + Math.sqrt(M)) ** 2;
  return multiples.map((multiple) => invertSpike(multiple * edge, { N, M })?.strength ?? 0);
}

/** Centre of the edge in Tracy-Widom scales: 1 % of the edge is a hundredth of this. */
export function scalesPerEdge({ N, M }: MatrixShape): number {
  const { centre, scale } = edgeScale(N, M);
  return centre / scale;
}
