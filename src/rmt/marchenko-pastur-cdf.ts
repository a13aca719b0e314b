import { checkedLaw, type MarchenkoPastur } from "./marchenko-pastur.js";

/** A law with sigma2 = 1, parametrised by its angle. */
export interface UnitLaw {
  readonly gamma: number;
  /** sqrt(gamma). */
  readonly root: number;
}

/**
 * The angle theta in [0, pi] with x = sigma2 (1 + gamma + 2 sqrt(gamma) cos theta): it runs from the upper edge (0) to
 * the lower edge (pi) and removes the square roots at the edges: -dF = (2/pi) sin^2(theta) / (1 + gamma + 2 sqrt(gamma)
 * cos theta) dtheta. `tangent` is tan(theta/2).
 */
export function survivalAtAngle(theta: number, tangent: number, { gamma, root }: UnitLaw): number {
  if (theta >= Math.PI) return 1;
  const atan = Math.atan(((1 - root) / (1 + root)) * tangent);
  const sine = (2 * tangent) / (1 + tangent * tangent);
  return (2 / Math.PI) * (((1 + gamma) * theta - 2 * (1 - gamma) * atan) / (4 * gamma) - sine / (2 * root));
}

/**
 * Distribution function F(x) = P(X <= x), in closed form; absolute error below 4 Q eps. Throws as
 * `marchenkoPasturEdges`.
 */
export function marchenkoPasturCdf(x: number, law: MarchenkoPastur): number {
  const { gamma, root, sigma2 } = checkedLaw(law);
  const cosine = (x / sigma2 - 1 - gamma) / (2 * root);
  if (cosine >= 1) return 1;
  if (!(cosine > -1)) return 0;
  const theta = Math.acos(cosine);
  return Math.min(1, Math.max(0, 1 - survivalAtAngle(theta, Math.tan(theta / 2), { gamma, root })));
}
