import { type Localisation, localisation, porterThomasDistance } from "../metrics/index.js";

/** What the localisation columns need of one eigenvector. */
export interface VectorMeasures extends Localisation {
  /** Distance of the components to Porter and Thomas' law. */
  readonly porterThomas: number;
}

/** All of them, of a vector of unit length. */
export function vectorMeasures(vector: Float64Array): VectorMeasures {
  return { ...localisation(vector), porterThomas: porterThomasDistance(vector) };
}
