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

/** The law with its defaults. Throws `RangeError` for Q < 1 or sigma2 <= 0. */
export function checkedLaw({ Q, sigma2 = 1 }: MarchenkoPastur): {
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
  const { root, sigma2 } = checkedLaw(law);
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
