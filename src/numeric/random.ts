/**
 * A source of randomness: independent uniform numbers in [0, 1) with 53 random bits. Samplers take one as an argument;
 * nothing uses a hidden global.
 */
export type Rng = () => number;

/**
 * A seeded `Rng`: the same seed gives the same numbers on every platform. xoshiro128++ (Blackman and Vigna 2021; period
 * 2^128 - 1), its 128-bit state filled from the 32-bit seed by a splitmix generator. Throws `RangeError` if the seed is
 * not an integer in [0, 2^32).
 */
export function createRng(seed: number): Rng {
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
    throw new RangeError(`createRng: the seed must be an integer in [0, 2^32), got ${seed}`);
  }
  let mix = seed >>> 0;
  const next = (): number => {
    mix = (mix + 0x9e3779b9) >>> 0;
    let z = mix;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
  let a = next();
  let b = next();
  let c = next();
  let d = next();
  const bits = (): number => {
    const sum = (a + d) | 0;
    const result = (((sum << 7) | (sum >>> 25)) + a) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
    return result;
  };
  return () => ((bits() >>> 5) * 67108864 + (bits() >>> 6)) / 9007199254740992;
}

/**
 * Standard normal numbers from `rng`, by Marsaglia's polar method (exact; two numbers from 2.55 uniform ones on
 * average).
 */
export function normalSampler(rng: Rng): () => number {
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const kept = spare;
      spare = undefined;
      return kept;
    }
    let u: number;
    let v: number;
    let s: number;
    do {
      u = 2 * rng() - 1;
      v = 2 * rng() - 1;
      s = u * u + v * v;
    } while (s >= 1 || s === 0);
    const factor = Math.sqrt((-2 * Math.log(s)) / s);
    spare = v * factor;
    return u * factor;
  };
}

/** Shuffles `values` in place, uniformly over all orders (Fisher and Yates). */
export function shuffleInPlace<T extends Float32Array | Float64Array | Uint32Array | number[]>(values: T, rng: Rng): T {
  shufflePartInPlace(values, rng, { from: values.length - 1, to: 0 });
  return values;
}

/**
 * The steps of `shuffleInPlace` from entry `from` down to the one above `to`: all of them, in order, make the whole
 * shuffle.
 */
export function shufflePartInPlace(
  values: Float32Array | Float64Array | Uint32Array | number[],
  rng: Rng,
  { from, to }: { readonly from: number; readonly to: number },
): void {
  for (let i = from; i > to; i--) {
    const j = Math.floor(rng() * (i + 1));
    const kept = values[i];
    values[i] = values[j];
    values[j] = kept;
  }
}
