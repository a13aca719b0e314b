import type { Rng } from "../../numeric/index.js";
import { type MatrixShape, withColumnVariances } from "../../rmt/index.js";
import type { PhaseName } from "../phase.js";
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

/** Below this M the tail has about a dozen eigenvalues, and not everything planted can be detected. */
export const SMALL_M = 64;

interface Law {
  readonly group: Group;
  readonly why: string;
  readonly accepted: readonly PhaseName[];
  /** Also accepted if M is below `SMALL_M`. */
  readonly whenSmall?: readonly PhaseName[];
}

/** What a population with an exponential tail may be called. */
export const EXPONENTIAL = {
  group: "decay",
  why: "the population's tail is exponential or lighter, and unbounded: the edge decays, its tail index is 0",
  accepted: ["bulk-decay"],
} as const;
/** What a population between an exponential tail and a power law may be called. */
export const BETWEEN = {
  group: "decay",
  why: "an index of 0 in the limit that is 0.1 to 0.5 at these sizes: between an exponential and a power law",
  accepted: ["bulk-decay", "heavy-tailed"],
} as const;
/** What a population with a power law may be called. */
export const POWER_LAW = {
  group: "heavy",
  why: "the population has a power law of density exponent alpha, and so has the spectrum [MM21] Table 1",
  accepted: ["heavy-tailed"],
} as const;
/** What a population with a steep power law may be called. */
export const STEEP = { ...POWER_LAW, accepted: ["bulk-decay", "heavy-tailed"], whenSmall: ["bulk+spikes"] } as const;

/** What a population of nearly equal variances may be called. */
export const NEARLY_EQUAL = {
  group: "decay",
  why: "nearly equal variances with a few larger ones: which of them can be detected depends on the size",
  accepted: ["bulk-decay", "heavy-tailed", "bulk+spikes", "bleeding-out"],
  whenSmall: ["random-like", "undecided"],
} as const;

/** Draws variances from a power law of density exponent alpha. */
export const powerLaw =
  (alpha: number, rng: Rng): (() => number) =>
  () =>
    (1 - rng()) ** (-1 / (alpha - 1));
