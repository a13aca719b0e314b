import { SYMMETRIC_EIGEN_LIMIT, symmetricEigen } from "../../numeric/symmetric-eigen.js";
import { EPSILON } from "../route.js";
import type { ProductLoop } from "./lanczos-quadrature.js";
import { addInPlace, dot, normaliseInPlace, projectOutInPlace } from "./orthogonal.js";

/** Approximate eigenpairs (theta, y) at the top of the spectrum, the largest first. */
export interface RitzPairs {
  /** theta: each is a lower bound on the eigenvalue of the same rank. */
  readonly values: Float64Array;
  /**
   * |A y - theta y|, y of length 1: an eigenvalue lies within this of theta [Par98, theorem 4.5.1]. Computed directly,
   * not estimated.
   */
  readonly residuals: Float64Array;
  /** y, row by row. */
  readonly vectors: readonly Float64Array[];
}

export interface BlockLanczosOptions {
  readonly steps: number;
  /** The largest number of pairs to return. */
  readonly count: number;
}

/**
 * Block Lanczos with full reorthogonalisation, and Rayleigh-Ritz over the whole basis [GVL13, 10.3]. Finds multiple
 * eigenvalues up to the block's width. Isolated ones converge in a few steps; those at the edge of a bulk converge
 * slowly, and their residuals show it. Directions that add nothing are dropped. Memory: two vectors per column of each
 * block. The basis has at most `SYMMETRIC_EIGEN_LIMIT` columns.
 */
export function* blockLanczos(
  starts: readonly Float64Array[],
  { steps, count }: BlockLanczosOptions,
): ProductLoop<RitzPairs> {
  const most = Math.min(starts[0].length, SYMMETRIC_EIGEN_LIMIT);
  const basis: Float64Array[] = [];
  const images: Float64Array[] = [];
  for (const start of starts) extend(basis, start, most);
  for (let step = 1; images.length < basis.length; step++) {
    const newest = basis.slice(images.length);
    images.push(...(yield newest));
    if (step === steps) break;
    for (const image of images.slice(-newest.length)) extend(basis, image, most);
  }
  return ritzPairs(basis, images, count);
}

/** Extends the basis by the part of `vector` orthogonal to it, if that is more than rounding. */
function extend(basis: Float64Array[], vector: Float64Array, most: number): void {
  if (basis.length === most) return;
  const w = vector.slice();
  const before = normaliseInPlace(w);
  projectOutInPlace(w, basis);
  if (before === 0 || normaliseInPlace(w) <= w.length * EPSILON) return;
  // After division by a small length, the rest along the basis is no longer small.
  projectOutInPlace(w, basis);
  normaliseInPlace(w);
  basis.push(w);
}

/** The eigenpairs of the operator projected on the basis; `images` are its products with the basis. */
function ritzPairs(basis: readonly Float64Array[], images: readonly Float64Array[], count: number): RitzPairs {
  const k = basis.length;
  const T = new Float64Array(k * k);
  for (let i = 0; i < k; i++) {
    for (let j = 0; j <= i; j++)
      T[i * k + j] = T[j * k + i] = (dot(basis[i], images[j]) + dot(basis[j], images[i])) / 2;
  }
  const eigen = symmetricEigen(T, k);
  const pairs = Array.from({ length: Math.min(count, k) }, (_, rank) => {
    const row = k - 1 - rank;
    const along = eigen.vectors.subarray(row * k, row * k + k);
    const y = combination(basis, along);
    const theta = eigen.values[row];
    const rest = combination(images, along);
    addInPlace(rest, -theta, y);
    return { theta, y, residual: Math.sqrt(dot(rest, rest)) };
  });
  return {
    values: Float64Array.from(pairs, ({ theta }) => theta),
    residuals: Float64Array.from(pairs, ({ residual }) => residual),
    vectors: pairs.map(({ y }) => y),
  };
}

function combination(vectors: readonly Float64Array[], factors: Float64Array): Float64Array {
  const sum = new Float64Array(vectors[0].length);
  vectors.forEach((vector, i) => {
    addInPlace(sum, factors[i], vector);
  });
  return sum;
}
