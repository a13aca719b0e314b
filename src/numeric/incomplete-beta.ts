/** Terms of Stirling's series for ln Gamma, B_2k/(2k (2k - 1)) [DLMF] 5.11.1; from 10 on they reach eps. */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360_360, 1 / 156];
const MIN_STIRLING = 10;
/** The continued fraction needs O(sqrt(max(a, b))) steps. */
const MAX_STEPS = 10_000;
/** Keeps a denominator of the continued fraction from 0. */
const TINY = 1e-300;

/** ln Gamma(z) for z > 0, error below 1e-13 (1 + |ln Gamma|). Throws `RangeError` for other z. */
export function logGamma(z: number): number {
  if (!(z > 0 && z < Number.POSITIVE_INFINITY)) throw new RangeError(`logGamma: needs 0 < z < infinity, got ${z}`);
  let product = 1;
  let x = z;
  for (; x < MIN_STIRLING; x++) product *= x;
  const series = STIRLING.reduceRight((sum, term) => sum / (x * x) + term, 0) / x;
  return (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2 + series - Math.log(product);
}

/**
 * I_x(a, b) = B(x; a, b)/B(a, b), the regularised incomplete beta function [DLMF] 8.17.2, for 0 <= x <= 1 and a, b > 0:
 * P(X <= x) of a beta law. Relative error about 1e-12. The continued fraction 8.17.22 by the method of Lentz, on the
 * side of the mean where it converges fast; the other side is 1 - I_(1-x)(b, a). Throws `RangeError` for other values.
 */
export function regularisedBeta(x: number, a: number, b: number): number {
  if (!(x >= 0 && x <= 1 && a > 0 && b > 0 && Number.isFinite(a) && Number.isFinite(b)))
    throw new RangeError(`regularisedBeta: needs 0 <= x <= 1 and finite a, b > 0, got x = ${x}, a = ${a}, b = ${b}`);
  if (x === 0 || x === 1) return x;
  if (x > (a + 1) / (a + b + 2)) return 1 - regularisedBeta(1 - x, b, a);
  const logFactor = a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b);
  return (Math.exp(logFactor) / a) * betaFraction(x, a, b);
}

/** 1/(1 + d_1/(1 + d_2/(1 + ...))) with the d_n of [DLMF] 8.17.22. */
function betaFraction(x: number, a: number, b: number): number {
  const coefficient = (n: number): number => {
    const m = Math.floor(n / 2);
    return n % 2 === 0
      ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
      : (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
  };
  let c = 1;
  let d = 1 / awayFromZero(1 + coefficient(1));
  let value = d;
  for (let n = 2; n < MAX_STEPS; n++) {
    const term = coefficient(n);
    d = 1 / awayFromZero(1 + term * d);
    c = awayFromZero(1 + term / c);
    const factor = c * d;
    value *= factor;
    if (Math.abs(factor - 1) < 2 * Number.EPSILON) break;
  }
  return value;
}

function awayFromZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}
