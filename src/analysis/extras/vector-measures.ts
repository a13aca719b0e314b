import { type Localisation, localisation, porterThomasDistance } from "../../metrics/index.js";

/** The measures of one eigenvector for the localisation columns. */
export interface VectorMeasures extends Localisation {
  /** Distance of the components to the Porter-Thomas law. */
  readonly porterThomas: number;
}

/** All measures of a vector of unit length. */
export function vectorMeasures(vector: Float64Array): VectorMeasures {
  return { ...localisation(vector), porterThomas: porterThomasDistance(vector) };
}
