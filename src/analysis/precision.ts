import type { Layer } from "../layers/index.js";
import type { Precision, SpectralPool } from "../spectra/index.js";

/**
 * Bits up to which the products of two stored numbers are exact in f32: 8 bits of significand for bf16, 11 for f16,
 * of 24.
 */
const EXACT_IN_F32 = 16;

/**
 * The arithmetic for a layer. "auto": f32 where the weights are stored in 16 bits or fewer or were quantised, since its
 * error, some 1e-6 of lambdaMax at most, lies far inside what rounding to the stored type has done (of relative size
 * 2^-8 for bf16); f64 otherwise. The engine goes on to f64 by itself where f32 leaves eigenvalues of a small matrix
 * unresolved.
 */
export function precisionOf({ storedBits, quantised }: Pick<Layer, "storedBits" | "quantised">, asked: "auto" | Precision): Precision {
  if (asked !== "auto") return asked;
  return quantised || storedBits <= EXACT_IN_F32 ? "f32" : "f64";
}

/** The pool, solving at this precision where the caller does not ask for another. */
export function atPrecision(pool: SpectralPool, precision: Precision): SpectralPool {
  return {
    engine: pool.engine,
    width: pool.width,
    get warnings() {
      return pool.warnings;
    },
    solve: (source, signal, options) => pool.solve(source, signal, { precision, ...options }),
    eigenvectors: (source, request, signal) => pool.eigenvectors(source, request, signal),
    approximate: (source, request, signal) => pool.approximate(source, request, signal),
    close: () => pool.close(),
  };
}
