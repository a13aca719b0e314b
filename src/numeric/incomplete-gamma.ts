/**
 * zeta(k) - 1 for k = 2, 3, ...: 4^-k of the series below, so that 27 terms reach eps. Euler-Maclaurin sums of 50
 * digits.
 */
const ZETA_LESS_ONE = [
  0.6449340668482264, 0.2020569031595943, 0.08232323371113819, 0.03692775514336993, 0.01734306198444914,
  0.008349277381922827, 0.004077356197944339, 0.002008392826082214, 9.945751278180853e-4, 4.941886041194646e-4,
  2.460865533080483e-4, 1.2271334757848915e-4, 6.124813505870483e-5, 3.058823630702049e-5, 1.528225940865187e-5,
  7.637197637899763e-6, 3.81729326499984e-6, 1.908212716553939e-6, 9.53962033872796e-7, 4.769329867878064e-7,
  2.38450502727733e-7, 1.1921992596531106e-7, 5.960818905125948e-8, 2.980350351465228e-8, 1.490155482836504e-8,
  7.450711789835428e-9, 3.725334024788457e-9,
];
const EULER_GAMMA = 0.5772156649015329;
/**
 * Below this z the power series is used (its cancellation loses at most a factor of 50), above it the continued
 * fraction (at most about 40 steps).
 */
const SERIES_END = 2;
/** From here on the continued fraction converges at any z: its n-th convergent is off by less than n!/p^n. */
const MIN_FRACTION_ORDER = 60;
const STEPS = 10_000;

/**
 * ln Gamma(a, z), the upper incomplete gamma function int_z^inf t^(a-1) e^-t dt, for any real a and z > 0.
 * Relative error of Gamma below 1e-13 (1 + |a|/100). For a <= 1/2 from `scaledExponentialIntegral`; above by the
 * recurrence Gamma(a + 1, z) = a Gamma(a, z) + z^a e^-z [DLMF] 8.8.2, whose terms are all positive: O(a) steps. Throws
 * `RangeError` unless z > 0 and both are finite.
 */
export function logUpperGamma(a: number, z: number): number {
  if (!(z > 0 && z < Number.POSITIVE_INFINITY && Number.isFinite(a)))
    throw new RangeError(`logUpperGamma: needs a finite and 0 < z, got a = ${a}, z = ${z}`);
  if (a <= 0.5) return a * Math.log(z) - z + Math.log(scaledExponentialIntegral(1 - a, z));
  const steps = Math.ceil(a - 1.5);
  let order = a - steps;
  let log =
    z < SERIES_END
      ? Math.log(Math.exp(logGammaOnePlus(order - 1)) - z ** order * lowerSeries(order, z) - z ** order / order)
      : 0;
  if (z >= SERIES_END) log = order * Math.log(z) - z + Math.log(continuedFraction(1 - order, z));
  for (let step = 0; step < steps; step++, order++) {
    log += Math.log(order);
    log += Math.log1p(Math.exp(order * Math.log(z) - z - log));
  }
  return log;
}

/**
 * e^z E_p(z) = int_1^inf t^-p e^(-z (t - 1)) dt = z^(p-1) e^z Gamma(1 - p, z) for p >= 1/2 and z >= 0: neither over-
 * nor underflows, and is 1/(p - 1) at z = 0 (infinite for p <= 1). Relative error below 1e-13. z < 2: the power series
 * [DLMF] 8.7.3 with its pole at a = 0 taken out, at |a| <= 1/2, then the recurrence p F_(p+1) = 1 - z F_p (ibid.
 * 8.19.12), which is stable there; z >= 2 or p > 60: the even part of the continued fraction 8.19.17. Throws
 * `RangeError` for p < 1/2, z < 0 and NaN.
 */
export function scaledExponentialIntegral(p: number, z: number): number {
  if (!(p >= 0.5 && z >= 0))
    throw new RangeError(`scaledExponentialIntegral: needs p >= 1/2 and z >= 0, got p = ${p}, z = ${z}`);
  if (z === 0) return p > 1 ? 1 / (p - 1) : Number.POSITIVE_INFINITY;
  if (z >= SERIES_END || p > MIN_FRACTION_ORDER) return continuedFraction(p, z);
  const steps = Math.floor(p - 0.5);
  let order = p - steps;
  const a = 1 - order;
  const logZ = Math.log(z);
  const pole = a === 0 ? -EULER_GAMMA - logZ : (Math.expm1(logGammaOnePlus(a)) - Math.expm1(a * logZ)) / a;
  let value = Math.exp(z - a * logZ) * (pole - Math.exp(a * logZ) * lowerSeries(a, z));
  for (let step = 0; step < steps; step++, order++) value = (1 - z * value) / order;
  return value;
}

/** ln Gamma(1 + a) for |a| <= 1/2: -ln(1 + a) + (1 - gamma) a + sum_k (-1)^k (zeta(k) - 1) a^k/k [DLMF] 5.7.3. */
function logGammaOnePlus(a: number): number {
  let sum = 0;
  for (let k = ZETA_LESS_ONE.length + 1; k >= 2; k--) sum = (sum + ZETA_LESS_ONE[k - 2] / k) * -a;
  return -Math.log1p(a) + a * (1 - EULER_GAMMA - sum);
}

/** sum_{k >= 1} (-z)^k/(k! (a + k)): the lower incomplete gamma function over z^a, without its term k = 0. */
function lowerSeries(a: number, z: number): number {
  let sum = 0;
  let power = 1;
  for (let k = 1; k < STEPS; k++) {
    power *= -z / k;
    const term = power / (a + k);
    sum += term;
    if (Math.abs(term) < 1e-17 * Math.abs(sum)) break;
  }
  return sum;
}

/**
 * 1/(z + p - 1 p/(z + p + 2 - 2 (p + 1)/(z + p + 4 - ...))), forwards by Steed's method: sums the differences of the
 * convergents.
 */
function continuedFraction(p: number, z: number): number {
  let b = z + p;
  let d = 1 / b;
  let change = d;
  let value = d;
  for (let n = 1; n < STEPS; n++) {
    const a = -n * (p + n - 1);
    b += 2;
    d = 1 / (b + a * d);
    change *= b * d - 1;
    value += change;
    if (Math.abs(change) < 1e-16 * value) break;
  }
  return value;
}
