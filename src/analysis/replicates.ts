import { type Replicates, replicateDistances, resamplePowerLaw } from "../tails/index.js";

/** The results of the replicates of a tail, one entry each, in order. */
export interface TailReplicates {
  /** alpha and xmin of the spectrum resampled (`resamplePowerLaw`). */
  readonly alpha: Float64Array;
  readonly xmin: Float64Array;
  /** Distances of spectra drawn from the fit to their own best power law (`replicateDistances`). */
  readonly distances: Float64Array;
}

/** The replicates from `from` up to `to`, now. About 1.6 ms each at 1000 values. */
export function drawReplicates(values: Float64Array, replicates: Required<Replicates>): TailReplicates {
  return { ...resamplePowerLaw(values, replicates), distances: replicateDistances(values, replicates) };
}
