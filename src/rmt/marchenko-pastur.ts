/**
 * The law of Marchenko and Pastur [MP67]: the limiting density of the eigenvalues of X = W'W/N for independent entries
 * of variance sigma2. Everything here is on the scale of X: an eigenvalue lambda of W'W corresponds to lambda/N.
 */
export interface MarchenkoPastur {
  /** Aspect ratio N/M >= 1. */
  readonly Q: number;
  /** Variance of an entry of W. Default 1. */
  readonly sigma2?: number;
}

function check({ Q, sigma2 = 1 }: MarchenkoPastur): {
  readonly gamma: number;
  readonly root: number;
  readonly sigma2: number;
} {
  if (!(Q >= 1 && Q < Number.POSITIVE_INFINITY))
    throw new RangeError(`Marchenko-Pastur: Q must be at least 1, got ${Q}`);
  if (!(sigma2 > 0 && sigma2 < Number.POSITIVE_INFINITY))
    throw new RangeError(`Marchenko-Pastur: sigma2 must be positive, got ${sigma2}`);
  return { gamma: 1 / Q, root: 1 / Math.sqrt(Q), sigma2 };
}

/** The edges lambda+- = sigma2 (1 +- 1/sqrt(Q))^2 of the bulk. Throws `RangeError` for Q < 1 or sigma2 <= 0. */
export function marchenkoPasturEdges(law: MarchenkoPastur): { readonly minus: number; readonly plus: number } {
  const { root, sigma2 } = check(law);
  return { minus: sigma2 * (1 - root) ** 2, plus: sigma2 * (1 + root) ** 2 };
}

/**
 * Density rho(x) = Q/(2 pi sigma2) sqrt((lambda+ - x)(x - lambda-))/x between the edges, 0 outside. [MM19] eq. 2.
 * For Q = 1 it diverges as 1/sqrt(x) at 0. Throws as `marchenkoPasturEdges`.
 */
export function marchenkoPasturDensity(x: number, law: MarchenkoPastur): number {
  const { minus, plus } = marchenkoPasturEdges(law);
  if (!(x > minus && x < plus)) return 0;
  return (law.Q / (2 * Math.PI * (law.sigma2 ?? 1))) * (Math.sqrt((plus - x) * (x - minus)) / x);
}

/** A law with sigma2 = 1, parametrised by its angle. */
interface UnitLaw {
  readonly gamma: number;
  /** sqrt(gamma). */
  readonly root: number;
}

/**
 * The angle theta in [0, pi] with x = sigma2 (1 + gamma + 2 sqrt(gamma) cos theta): it runs from the upper edge (0) to
 * the lower edge (pi) and removes the square roots at the edges: -dF = (2/pi) sin^2(theta) / (1 + gamma + 2 sqrt(gamma)
 * cos theta) dtheta. `tangent` is tan(theta/2).
 */
function survivalAtAngle(theta: number, tangent: number, { gamma, root }: UnitLaw): number {
  if (theta >= Math.PI) return 1;
  const atan = Math.atan(((1 - root) / (1 + root)) * tangent);
  const sine = (2 * tangent) / (1 + tangent * tangent);
  return (2 / Math.PI) * (((1 + gamma) * theta - 2 * (1 - gamma) * atan) / (4 * gamma) - sine / (2 * root));
}

/** -dF/dtheta, with sin and cos from tan(theta/2). */
function angleDensity(tangent: number, { root }: UnitLaw): number {
  const square = tangent * tangent;
  return ((8 / Math.PI) * square) / ((1 + square) * ((1 + root) ** 2 + (1 - root) ** 2 * square));
}

/** The logarithmic derivative of `angleDensity` with respect to theta. */
function angleDensitySlope(tangent: number, { gamma, root }: UnitLaw): number {
  const square = tangent * tangent;
  const cosine = (1 - square) / (1 + square);
  const sine = (2 * tangent) / (1 + square);
  return (2 * cosine) / sine + (2 * root * sine) / (1 + gamma + 2 * root * cosine);
}

/**
 * Distribution function F(x) = P(X <= x), in closed form; absolute error below 4 Q eps. Throws as
 * `marchenkoPasturEdges`.
 */
export function marchenkoPasturCdf(x: number, law: MarchenkoPastur): number {
  const { gamma, root, sigma2 } = check(law);
  const cosine = (x / sigma2 - 1 - gamma) / (2 * root);
  if (cosine >= 1) return 1;
  if (!(cosine > -1)) return 0;
  const theta = Math.acos(cosine);
  return Math.min(1, Math.max(0, 1 - survivalAtAngle(theta, Math.tan(theta / 2), { gamma, root })));
}

/**
 * Quantile function: the x with F(x) = p. Throws `RangeError` for p outside [0, 1]; otherwise as
 * `marchenkoPasturEdges`.
 */
export function marchenkoPasturQuantile(p: number, law: MarchenkoPastur): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`marchenkoPasturQuantile: p must lie in [0, 1], got ${p}`);
  const { sigma2, ...unit } = check(law);
  return atAngle(solveAngle(1 - p, unit, Math.PI / 2), unit) * sigma2;
}

/**
 * The quantiles asked for last: a layer asks several times for those of its own shape, and so do layers of one shape.
 */
const recent = new Map<string, Float64Array>();
const MAX_RECENT = 8;

/**
 * The `count` mid-point quantiles F^-1((i - 1/2)/count), ascending, in units of sigma2: where the eigenvalues of a
 * perfect bulk would lie. O(count): each is found from its neighbour, in one or two steps. The caller may overwrite
 * them.
 */
export function marchenkoPasturQuantiles(count: number, Q: number): Float64Array {
  const key = `${count}/${Q}`;
  let quantiles = recent.get(key);
  if (quantiles === undefined) {
    quantiles = solvedQuantiles(count, Q);
    recent.set(key, quantiles);
    // A map keeps its keys in the order of their coming: the first is the oldest.
    if (recent.size > MAX_RECENT) recent.delete(recent.keys().next().value as string);
  }
  return quantiles.slice();
}

function solvedQuantiles(count: number, Q: number): Float64Array {
  const law = check({ Q });
  const quantiles = new Float64Array(count);
  let theta = Math.PI * 0.9;
  for (let i = 0; i < count; i++) {
    theta = solveAngle(1 - (i + 0.5) / count, law, i === 0 ? theta : nextAngle(theta, law, count));
    quantiles[i] = atAngle(theta, law);
  }
  return quantiles;
}

/** The angle of the next of `count` quantiles, to second order in 1/count and never below half of `theta`. */
function nextAngle(theta: number, law: UnitLaw, count: number): number {
  const tangent = Math.tan(theta / 2);
  const step = 1 / (count * angleDensity(tangent, law));
  return Math.max(theta / 2, theta - step * (1 + (step * angleDensitySlope(tangent, law)) / 2));
}

function atAngle(theta: number, { gamma, root }: UnitLaw): number {
  return 1 + gamma + 2 * root * Math.cos(theta);
}

/**
 * Halley's method converges cubically: after a step below this fraction of the distance to the nearer edge, the
 * remaining error is about 1e-14 of that distance.
 */
const LAST_STEP = 2e-5;

/** The angle at which the survival function has the given value, by Halley's method inside a shrinking bracket. */
function solveAngle(survival: number, law: UnitLaw, start: number): number {
  if (survival <= 0) return 0;
  if (survival >= 1) return Math.PI;
  let [low, high] = [0, Math.PI];
  let theta = start;
  for (let step = 0; step < 100; step++) {
    const tangent = Math.tan(theta / 2);
    const error = survivalAtAngle(theta, tangent, law) - survival;
    if (error > 0) high = theta;
    else low = theta;
    const newton = error / angleDensity(tangent, law);
    const next = theta - newton / Math.max(0.5, 1 - (newton * angleDensitySlope(tangent, law)) / 2);
    if (Math.abs(next - theta) <= LAST_STEP * Math.min(theta, Math.PI - theta)) return next;
    theta = next > low && next < high ? next : (low + high) / 2;
  }
  return theta;
}
