/** x'y. */
export function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * y[i];
  return sum;
}

/** y := y + factor x. */
export function addInPlace(y: Float64Array, factor: number, x: Float64Array): void {
  for (let i = 0; i < y.length; i++) y[i] += factor * x[i];
}

/**
 * Removes the components along the orthonormal `basis` from w, twice, so that the rest is orthogonal to working
 * precision ("twice is enough" [Par98, 6.9]). Returns the removed components.
 */
export function projectOutInPlace(w: Float64Array, basis: readonly Float64Array[]): Float64Array {
  const taken = new Float64Array(basis.length);
  for (let round = 0; round < 2; round++) {
    basis.forEach((q, i) => {
      const component = dot(q, w);
      addInPlace(w, -component, q);
      taken[i] += component;
    });
  }
  return taken;
}

/** Scales w to length 1; returns its former length. A zero vector is unchanged. */
export function normaliseInPlace(w: Float64Array): number {
  const length = Math.sqrt(dot(w, w));
  if (length > 0) for (let i = 0; i < w.length; i++) w[i] /= length;
  return length;
}
