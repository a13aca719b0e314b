/**
 * Lanczos's approximation of ln Gamma with g = 7 and nine terms (Godfrey's coefficients): relative error of Gamma below
 * 2e-15 for positive arguments.
 */
const LANCZOS_G = 7;
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];
const HALF_LOG_TWO_PI = 0.9189385332046727;
const MAX_STEPS = 10_000;
/** Stands for a denominator of zero in Lentz's method. */
const TINY = 1e-300;

/** ln Gamma(a) for a > 0 ([DLMF] 5.2.1). Throws `RangeError` otherwise. */
export function logGamma(a: number): number {
  if (!(a > 0 && a < Number.POSITIVE_INFINITY)) throw new RangeError(`logGamma: needs 0 < a < infinity, got ${a}`);
  if (a < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * a)) - logGamma(1 - a);
  const x = a - 1;
  const t = x + LANCZOS_G + 0.5;
  let series = LANCZOS[0];
  for (let k = 1; k < LANCZOS.length; k++) series += LANCZOS[k] / (x + k);
  return HALF_LOG_TWO_PI + (x + 0.5) * Math.log(t) - t + Math.log(series);
}

/**
 * P(X > x) for X of the beta law with parameters a and b: 1 - I_x(a, b), the regularised incomplete beta function
 * ([DLMF] 8.17.2). The continued fraction 8.17.22 on the side where it converges fast. Relative error below 1e-12 (1 +
 * (a + b)/100) in both tails, so that small p-values are accurate. Throws `RangeError` unless a, b > 0 and x is a
 * number.
 */
export function betaSurvival(x: number, { a, b }: { readonly a: number; readonly b: number }): number {
  if (!(a > 0 && b > 0 && a + b < Number.POSITIVE_INFINITY) || Number.isNaN(x))
    throw new RangeError(`betaSurvival: needs a number and a, b > 0, got x = ${x}, a = ${a}, b = ${b}`);
  if (x <= 0) return 1;
  if (x >= 1) return 0;
  const log = a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b);
  return x < (a + 1) / (a + b + 2)
    ? 1 - (Math.exp(log) * fraction(x, a, b)) / a
    : (Math.exp(log) * fraction(1 - x, b, a)) / b;
}

/** The continued fraction [DLMF] 8.17.22, by Lentz's method. */
function fraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m < MAX_STEPS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonZero(1 + even * d);
    c = nonZero(1 + even / c);
    value *= c * d;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonZero(1 + odd * d);
    c = nonZero(1 + odd / c);
    value *= c * d;
    if (Math.abs(c * d - 1) < Number.EPSILON) break;
  }
  return value;
}

function nonZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}
