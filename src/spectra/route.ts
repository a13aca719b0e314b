import type { Precision } from "./engine.js";

/** Unit roundoff as defined by LAPACK's `eps` and numpy's `finfo.eps`. */
export const EPSILON = 2 ** -52;
/** Unit roundoff of f32, half of its eps: the largest relative error of one rounding. */
const ROUNDOFF_F32 = 2 ** -24;

/**
 * Rows of W that are summed separately, in f32 unless the precision is f64, before they are added to the Gram matrix.
 */
export const PANEL_ROWS = 256;

/**
 * The largest matrices whose W is kept for the bidiagonal route. Bidiagonalisation is half memory-bound: at M = 1024 it
 * takes about a second, at 2048 eight times as long. 2^23 entries are 64 MiB of f64.
 */
export const BIDIAGONAL_LIMIT = { M: 1024, entries: 2 ** 23 } as const;

interface Sides {
  readonly N: number;
  readonly M: number;
}

/** Whether W is kept while its Gram matrix is summed, so that the bidiagonal route is possible. */
export function keepsMatrix({ N, M }: Sides): boolean {
  return M > 1 && M <= BIDIAGONAL_LIMIT.M && N * M <= BIDIAGONAL_LIMIT.entries;
}

/**
 * Eigenvalues of a computed Gram matrix at or below this are rounding noise: M eps lambdaMax, the eigenvalue error of G
 * + E with |E| of that size [GVL13, 8.1].
 */
export function gramFloor(M: number, lambdaMax: number): number {
  return M * EPSILON * lambdaMax;
}

/**
 * The same for each precision:
 *
 * f64 M eps lambdaMax
 * mixed min(N, 256) 2^-24 lambdaMax, or that of f64 if it is larger: the f32 sums run over 256 rows at most
 * f32 2 sqrt(M) 2^-24 lambdaMax more, for the reduction, whose roundings add up like a random walk
 *
 * Measured errors are far below: see the precision table in docs/performance.md.
 */
export function precisionFloor({ N, M }: Sides, lambdaMax: number, precision: Precision): number {
  const inF64 = gramFloor(M, lambdaMax);
  if (precision === "f64") return inF64;
  const gram = Math.max(Math.min(N, PANEL_ROWS) * ROUNDOFF_F32 * lambdaMax, inF64);
  return gram + (precision === "f32" ? 2 * Math.sqrt(M) * ROUNDOFF_F32 * lambdaMax : 0);
}

/** The same for squared singular values: the error of W + E with |E| = M eps svMax. */
export function singularValueFloor(M: number, lambdaMax: number): number {
  return (M * EPSILON) ** 2 * lambdaMax;
}

/**
 * Whether the Gram route leaves eigenvalues unresolved: the smallest lies at or below the floor. A zero matrix is
 * resolved.
 */
export function hasUnresolved(
  ascending: Float64Array,
  floor = gramFloor(ascending.length, ascending[ascending.length - 1]),
): boolean {
  return ascending[ascending.length - 1] > 0 && ascending[0] <= floor;
}

/**
 * The precision to begin with. In f32 the smallest eigenvalue of a square random matrix lies below the floor. If W is
 * kept, the matrix would then be repeated in f64. So f64 is used at once if even noise of this shape has
 * lambdaMin/lambdaMax = ((sqrt Q - 1)/(sqrt Q + 1))^2 below the floor [MP67].
 */
export function firstPrecision(sides: Sides, asked: Precision): Precision {
  const root = Math.sqrt(sides.N / sides.M);
  const unresolved = ((root - 1) / (root + 1)) ** 2 <= precisionFloor(sides, 1, asked);
  return asked !== "f64" && keepsMatrix(sides) && unresolved ? "f64" : asked;
}
