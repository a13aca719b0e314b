import type { Layer } from "../layers/index.js";
import type { Precision, SpectralPool } from "../spectra/index.js";

/**
 * Up to this many stored bits, products of two numbers are exact in f32: bf16 has 8 bits of significand, f16 has 11,
 * f32 has 24.
 */
const MAX_EXACT_BITS = 16;

/**
 * The arithmetic for a layer. "auto" uses f32 if the weights were quantised or are stored in at most 16 bits, else f64.
 * The error of f32 is at most about 1e-6 of lambdaMax, far below the rounding to the stored type (relative size 2^-8
 * for bf16). If f32 leaves eigenvalues of a small matrix unresolved, the engine repeats it in f64.
 */
export function precisionOf(
  { storedBits, quantised }: Pick<Layer, "storedBits" | "quantised">,
  asked: "auto" | Precision,
): Precision {
  if (asked !== "auto") return asked;
  return quantised || storedBits <= MAX_EXACT_BITS ? "f32" : "f64";
}

/** The pool with this precision as the default of `solve`. */
export function atPrecision(pool: SpectralPool, precision: Precision): SpectralPool {
  return {
    ...pool,
    get warnings() {
      return pool.warnings;
    },
    solve: (source, signal, options) => pool.solve(source, signal, { precision, ...options }),
  };
}
