import type { Rng } from "../../numeric/index.js";
import { type MatrixShape, withColumnVariances } from "../../rmt/index.js";
import type { PhaseName } from "../phase.js";
import { SMALL_M } from "./decay-laws.js";
import type { Group, PhaseFamily } from "./family.js";
import { variances } from "./random-numbers.js";

/**
 * A Gaussian matrix whose columns have independent variances: `sampler` draws the law of the variances, then each
 * variance.
 */
export function population(
  name: string,
  { group, why, accepted, whenSmall = [] }: Law,
  sampler: (rng: Rng, shape: MatrixShape) => () => number,
): PhaseFamily {
  return {
    name,
    group,
    why,
    draw: (shape, rng) => ({
      W: withColumnVariances(shape, variances(shape.M, sampler(rng, shape)), rng),
      accepted: shape.M < SMALL_M ? [...accepted, ...whenSmall] : accepted,
    }),
  };
}

interface Law {
  readonly group: Group;
  readonly why: string;
  readonly accepted: readonly PhaseName[];
  /** Also accepted if M is below `SMALL_M`. */
  readonly whenSmall?: readonly PhaseName[];
}

/** Draws variances from a power law of density exponent alpha. */
export const powerLaw =
  (alpha: number, rng: Rng): (() => number) =>
  () =>
    (1 - rng()) ** (-1 / (alpha - 1));
