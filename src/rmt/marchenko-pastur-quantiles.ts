import { checkedLaw, type MarchenkoPastur } from "./marchenko-pastur.js";
import { survivalAtAngle, type UnitLaw } from "./marchenko-pastur-cdf.js";

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
 * Quantile function: the x with F(x) = p. Throws `RangeError` for p outside [0, 1]; otherwise as
 * `marchenkoPasturEdges`.
 */
export function marchenkoPasturQuantile(p: number, law: MarchenkoPastur): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`marchenkoPasturQuantile: p must lie in [0, 1], got ${p}`);
  const { sigma2, ...unit } = checkedLaw(law);
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
  const law = checkedLaw({ Q });
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
  let low = 0;
  let high = Math.PI;
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
