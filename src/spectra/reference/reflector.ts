/** A Householder reflector H = I - tau v v' with Hx = (beta, 0, ..., 0). */
export interface Reflector {
  /** v_0 = 1. */
  readonly v: Float64Array;
  /** 0 if x already has that form. */
  readonly tau: number;
  readonly beta: number;
}

/** Sums of squares up to this count as zero for entries of size about 1; above it they keep all their bits. */
const MAX_NEGLIGIBLE_SQUARE = 2 ** -960;

/** The reflector of x, which is copied [GVL13, algorithm 5.1.1, with LAPACK's sign]. */
export function reflectorOf(x: Float64Array): Reflector {
  const v = x.slice();
  let tail = 0;
  for (let i = 1; i < v.length; i++) tail += v[i] * v[i];
  const alpha = v[0];
  v[0] = 1;
  if (tail <= MAX_NEGLIGIBLE_SQUARE) {
    v.fill(0, 1);
    return { v, tau: 0, beta: alpha };
  }
  const norm = Math.sqrt(alpha * alpha + tail);
  const beta = alpha < 0 ? norm : -norm;
  for (let i = 1; i < v.length; i++) v[i] /= alpha - beta;
  return { v, tau: (beta - alpha) / beta, beta };
}
