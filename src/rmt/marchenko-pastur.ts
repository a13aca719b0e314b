/**
 * The law of Marchenko and Pastur [MP67]: the limiting density of the eigenvalues of X = W'W/N for independent entries
 * of variance sigma2. Everything here is on the scale of X; an eigenvalue lambda of W'W is lambda/N there.
 */
export interface MarchenkoPastur {
  /** Aspect ratio N/M >= 1. */
  readonly Q: number;
  /** Variance of an entry of W. Default 1. */
  readonly sigma2?: number;
}

function check({ Q, sigma2 = 1 }: MarchenkoPastur): { readonly gamma: number; readonly root: number; readonly sigma2: number } {
  if (!(Q >= 1 && Q < Number.POSITIVE_INFINITY)) throw new RangeError(`Marchenko-Pastur: Q must be at least 1, got ${Q}`);
  if (!(sigma2 > 0 && sigma2 < Number.POSITIVE_INFINITY)) throw new RangeError(`Marchenko-Pastur: sigma2 must be positive, got ${sigma2}`);
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

/**
 * The angle theta in [0, pi] with x = sigma2 (1 + gamma + 2 sqrt(gamma) cos theta): it runs from the upper edge (0) to
 * the lower (pi), and makes the square roots at the edges smooth: -dF = (2/pi) sin^2(theta) / (1 + gamma + 2
 * sqrt(gamma) cos theta) dtheta.
 */
function survivalAtAngle(theta: number, gamma: number, root: number): number {
  if (theta >= Math.PI) return 1;
  const A = 1 + gamma;
  const B = 2 * root;
  const atan = Math.atan(((1 - root) / (1 + root)) * Math.tan(theta / 2));
  return (2 / Math.PI) * ((A * theta - 2 * (1 - gamma) * atan) / (B * B) - Math.sin(theta) / B);
}

function angleDensity(theta: number, gamma: number, root: number): number {
  const sine = Math.sin(theta);
  return ((2 / Math.PI) * sine * sine) / (1 + gamma + 2 * root * Math.cos(theta));
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
  return Math.min(1, Math.max(0, 1 - survivalAtAngle(Math.acos(cosine), gamma, root)));
}

/**
 * Quantile function: the x with F(x) = p. Throws `RangeError` for p outside [0, 1]; otherwise as
 * `marchenkoPasturEdges`.
 */
export function marchenkoPasturQuantile(p: number, law: MarchenkoPastur): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`marchenkoPasturQuantile: p must lie in [0, 1], got ${p}`);
  const { gamma, root, sigma2 } = check(law);
  const theta = solveAngle(1 - p, { gamma, root, start: Math.PI / 2 });
  return atAngle(theta, gamma, root) * sigma2;
}

/**
 * The `count` mid-point quantiles F^-1((i - 1/2)/count), ascending, in units of sigma2: where the eigenvalues of a
 * perfect bulk would lie. O(count): each is found by Newton's method from its neighbour.
 */
export function marchenkoPasturQuantiles(count: number, Q: number): Float64Array {
  const { gamma, root } = check({ Q });
  const quantiles = new Float64Array(count);
  let theta = Math.PI;
  for (let i = 0; i < count; i++) {
    const slope = i === 0 ? 0 : angleDensity(theta, gamma, root);
    const start = slope > 0 ? Math.max(theta / 2, theta - 1 / (count * slope)) : Math.PI * 0.9;
    theta = solveAngle(1 - (i + 0.5) / count, { gamma, root, start });
    quantiles[i] = atAngle(theta, gamma, root);
  }
  return quantiles;
}

function atAngle(theta: number, gamma: number, root: number): number {
  return 1 + gamma + 2 * root * Math.cos(theta);
}

/** The angle at which the survival function has the given value: Newton's method kept inside a shrinking bracket. */
function solveAngle(survival: number, { gamma, root, start }: { gamma: number; root: number; start: number }): number {
  if (survival <= 0) return 0;
  if (survival >= 1) return Math.PI;
  let [low, high] = [0, Math.PI];
  let theta = start;
  for (let step = 0; step < 100; step++) {
    const error = survivalAtAngle(theta, gamma, root) - survival;
    if (error > 0) high = theta;
    else low = theta;
    let next = theta - error / angleDensity(theta, gamma, root);
    if (!(next > low && next < high)) next = (low + high) / 2;
    if (Math.abs(next - theta) <= 1e-14 * Math.PI) return next;
    theta = next;
  }
  return theta;
}
