import { normalSampler, type Rng } from "../numeric/index.js";
import {
  ELEMENT_LAWS,
  edgeScale,
  elementSampler,
  independentMatrix,
  invertSpike,
  type MatrixShape,
  pareto,
  spiked,
  wishart,
  wishartSpectrum,
  withColumnVariances,
  withSpectrum,
} from "../rmt/index.js";
import type { Phase } from "./phase.js";

/** A family of random matrices whose phase is known by construction: N x M, row-major, entries of order 1. */
export interface PhaseEnsemble {
  readonly phase: Phase;
  readonly name: string;
  readonly draw: (shape: MatrixShape, rng: Rng) => Float64Array;
}

const between = (low: number, high: number, rng: Rng): number => low + (high - low) * rng();
const integer = (low: number, high: number, rng: Rng): number => low + Math.floor(rng() * (high - low + 1));

/** Strengths of the signals that put eigenvalues at the given multiples of the bulk's edge ([BS06], inverted). */
function strengthsAt(multiples: readonly number[], { N, M }: MatrixShape): number[] {
  const edge = (Math.sqrt(N) + Math.sqrt(M)) ** 2;
  return multiples.map((multiple) => invertSpike(multiple * edge, { N, M })?.strength ?? 0);
}

function repeat(count: number, value: (k: number) => number): number[] {
  return Array.from({ length: count }, (_, k) => value(k));
}

/** Population variances over M columns, in no particular order, from the quantile function of a law of variances. */
function population(M: number, quantile: (p: number) => number): Float64Array {
  return Float64Array.from({ length: M }, (_, j) => quantile((j + 0.5) / M));
}

/** Quantile function of a power law of density exponent `alpha` above 1. */
function powerLawQuantile(alpha: number): (p: number) => number {
  return (p) => (1 - p) ** (-1 / (alpha - 1));
}

/** A Wishart factor of which each column is dead with the given chance. */
function deadColumns(shape: MatrixShape, chance: number, rng: Rng): Float64Array {
  const alive = repeat(shape.M, () => (rng() < chance ? 0 : 1));
  return wishart(shape, rng).map((value, index) => value * alive[index % shape.M]);
}

/** Columns whose variances have a log-normal law of standard deviation `spread`, in natural logarithms. */
function trailing(shape: MatrixShape, spread: number, rng: Rng): Float64Array {
  const normal = normalSampler(rng);
  const variances = Float64Array.from({ length: shape.M }, () => Math.exp(spread * normal()));
  return withColumnVariances(shape, variances, rng);
}

/**
 * The ensembles that the classifier is calibrated and tested on. Phases follow [MM21] section 5: what is planted, not what a fit says.
 */
export const PHASE_ENSEMBLES: readonly PhaseEnsemble[] = [
  ...ELEMENT_LAWS.map(
    (law): PhaseEnsemble => ({
      phase: "random-like",
      name: `independent ${law} entries`,
      draw: (shape, rng) => independentMatrix(shape, elementSampler(law, rng)),
    }),
  ),
  {
    phase: "random-like",
    name: "signal below the transition",
    draw: (shape, rng) =>
      spiked(
        shape,
        repeat(integer(1, 4, rng), () => between(0.3, 0.75, rng) * (shape.M / shape.N) ** 0.25),
        rng,
      ),
  },
  {
    phase: "bleeding-out",
    name: "signals just past the transition",
    draw: (shape, rng) => {
      // Beyond what the edge fluctuates, and so near that the samples, which spread by 2 to 4 %, stay within some 15 % of it.
      const { centre, scale } = edgeScale(shape.N, shape.M);
      const top = Math.max(between(1.05, 1.09, rng), 1 + (5 * scale) / centre);
      return spiked(
        shape,
        strengthsAt(
          repeat(integer(3, 8, rng), (k) => (k === 0 ? top : 1 + (top - 1) * between(0.5, 1, rng))),
          shape,
        ),
        rng,
      );
    },
  },
  {
    phase: "bulk+spikes",
    name: "a few strong signals",
    draw: (shape, rng) => {
      const most = Math.max(1, Math.min(9, Math.floor(0.03 * shape.M)));
      return spiked(
        shape,
        strengthsAt(
          repeat(integer(1, most, rng), () => between(1.4, 8, rng)),
          shape,
        ),
        rng,
      );
    },
  },
  {
    phase: "bulk-decay",
    name: "exponentially decaying population",
    draw: (shape, rng) => {
      const rate = between(1.5, 2.5, rng);
      return withColumnVariances(
        shape,
        population(shape.M, (p) => Math.exp(-rate * p)),
        rng,
      );
    },
  },
  {
    phase: "bulk-decay",
    name: "population with an exponential law of variances",
    draw: (shape, rng) => {
      const spread = between(0.5, 1.2, rng);
      return withColumnVariances(
        shape,
        population(shape.M, (p) => 1 - spread * Math.log(1 - p)),
        rng,
      );
    },
  },
  {
    phase: "bulk-decay",
    name: "many graded signals",
    draw: (shape, rng) => {
      const decay = between(0.25, 0.5, rng);
      const count = Math.max(10, Math.round(shape.M * between(0.1, 0.18, rng)));
      return spiked(
        shape,
        strengthsAt(
          repeat(count, () => 1.01 - decay * Math.log(1 - rng())),
          shape,
        ),
        rng,
      );
    },
  },
  { phase: "heavy-tailed", name: "Pareto entries", draw: (shape, rng) => pareto(shape, between(0.8, 1.8, rng), rng) },
  {
    phase: "heavy-tailed",
    name: "power-law spectrum",
    draw: (shape, rng) => {
      const alpha = between(1.7, 3, rng);
      const W = withSpectrum(shape, population(shape.M, powerLawQuantile(alpha)), rng);
      const noise = 0.05 / Math.sqrt(shape.N);
      const normal = normalSampler(rng);
      return W.map((value) => value + noise * normal());
    },
  },
  {
    phase: "heavy-tailed",
    name: "power-law population",
    draw: (shape, rng) => {
      const alpha = between(1.7, 2.5, rng);
      return withColumnVariances(shape, population(shape.M, powerLawQuantile(alpha)), rng);
    },
  },
  {
    phase: "rank-collapse",
    name: "dead columns",
    draw: (shape, rng) => deadColumns(shape, between(0.15, 0.7, rng), rng),
  },
  {
    phase: "rank-collapse",
    name: "a bulk of lower rank",
    draw: (shape, rng) => {
      const rank = Math.max(2, Math.round(shape.M * between(0.05, 0.85, rng)));
      const live = wishartSpectrum({ N: shape.N, M: rank }, rng);
      return withSpectrum(
        shape,
        Float64Array.from({ length: shape.M }, (_, k) => (k < rank ? live[k] / shape.N : 0)),
        rng,
      );
    },
  },
  {
    phase: "rank-collapse",
    name: "variances that trail off to zero",
    draw: (shape, rng) => trailing(shape, between(4, 6, rng), rng),
  },
];

/** A family of random matrices between two phases: either name would do, and neither should come with much confidence. */
export interface BorderEnsemble extends Omit<PhaseEnsemble, "phase"> {
  readonly phases: readonly [Phase, Phase];
}

/** The ensembles on the borders. They set no threshold: they show what the classifier does where its question has no answer. */
export const BORDER_ENSEMBLES: readonly BorderEnsemble[] = [
  {
    phases: ["random-like", "bleeding-out"],
    name: "signals at the transition",
    draw: (shape, rng) => {
      const { centre, scale } = edgeScale(shape.N, shape.M);
      return spiked(
        shape,
        strengthsAt(
          repeat(integer(1, 4, rng), () => 1 + (between(0.5, 3, rng) * scale) / centre),
          shape,
        ),
        rng,
      );
    },
  },
  {
    phases: ["bleeding-out", "bulk+spikes"],
    name: "signals well past the transition, not far from the edge",
    draw: (shape, rng) =>
      spiked(
        shape,
        strengthsAt(
          repeat(integer(1, Math.max(1, Math.min(9, Math.floor(0.03 * shape.M))), rng), () => between(1.12, 1.35, rng)),
          shape,
        ),
        rng,
      ),
  },
  {
    phases: ["bulk+spikes", "bulk-decay"],
    name: "graded signals, more than a few and not yet many",
    draw: (shape, rng) => {
      const count = Math.max(4, Math.round(shape.M * between(0.03, 0.09, rng)));
      return spiked(
        shape,
        strengthsAt(
          repeat(count, () => 1.05 - 0.5 * Math.log(1 - rng())),
          shape,
        ),
        rng,
      );
    },
  },
  {
    phases: ["bulk-decay", "heavy-tailed"],
    name: "Pareto entries of moderately heavy tails (2 < mu < 3)",
    draw: (shape, rng) => pareto(shape, between(2, 3, rng), rng),
  },
  {
    phases: ["bulk-decay", "heavy-tailed"],
    name: "power-law population of a steep tail",
    draw: (shape, rng) => {
      const alpha = between(3.2, 4.5, rng);
      return withColumnVariances(shape, population(shape.M, powerLawQuantile(alpha)), rng);
    },
  },
  {
    phases: ["heavy-tailed", "rank-collapse"],
    name: "power-law population with some dead columns",
    draw: (shape, rng) => {
      const alpha = between(1.7, 2.5, rng);
      const dead = between(0.03, 0.12, rng);
      const quantile = powerLawQuantile(alpha);
      return withColumnVariances(
        shape,
        population(shape.M, (p) => (p < dead ? 0 : quantile(p))),
        rng,
      );
    },
  },
  {
    phases: ["heavy-tailed", "rank-collapse"],
    name: "variances that trail off some of the way to zero",
    draw: (shape, rng) => trailing(shape, between(2, 3.5, rng), rng),
  },
  {
    phases: ["random-like", "rank-collapse"],
    name: "a few dead columns",
    draw: (shape, rng) => deadColumns(shape, between(0.02, 0.12, rng), rng),
  },
];
