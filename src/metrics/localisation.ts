/**
 * How evenly a unit vector is spread over its M components. Each measure is 1 for an even vector and smaller for a
 * localised one.
 */
export interface Localisation {
  /** Shannon entropy of the squared components divided by its maximum, -sum v^2 ln v^2/ln M, in [0, 1]. */
  readonly entropy: number;
  /** |v|_1/(M |v|_inf), in [1/M, 1]. */
  readonly localisationRatio: number;
  /** 1/(M sum v^4), in [1/M, 1]: near 1/3 for a random vector in a space of many dimensions. */
  readonly participationRatio: number;
}

/**
 * The localisation of a vector of unit length and at least 2 components ([MM21] section 3.3, each measure scaled to a
 * maximum of 1).
 */
export function localisation(vector: Float64Array): Localisation {
  const M = vector.length;
  let entropy = 0;
  for (const component of vector) {
    const p = component * component;
    if (p > 0) entropy -= p * Math.log(p);
  }
  return {
    entropy: entropy / Math.log(M),
    localisationRatio: localisationRatio(vector) / M,
    participationRatio: participationRatio(vector) / M,
  };
}

/** |v|_1/|v|_inf: about how many components carry the vector. */
export function localisationRatio(vector: Float64Array): number {
  let sum = 0;
  let largest = 0;
  for (const component of vector) {
    sum += Math.abs(component);
    largest = Math.max(largest, Math.abs(component));
  }
  return sum / largest;
}

/** (sum v^2)^2/sum v^4: how many components carry the vector's square. */
export function participationRatio(vector: Float64Array): number {
  let square = 0;
  let fourth = 0;
  for (const component of vector) {
    square += component ** 2;
    fourth += component ** 4;
  }
  return square ** 2 / fourth;
}
