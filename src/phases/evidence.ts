import type { BulkFit, BulkGoodness, EdgeTest } from "../rmt/index.js";
import type { Spectrum } from "../spectra/index.js";
import { compareWithExponential, type PowerLawFit } from "../tails/index.js";
import type { LowerEnd } from "./lower-end.js";
import type { PhaseEvidence } from "./phase.js";

/** The fits that the evidence is read from; null where a fit could not be made. */
export interface PhaseFits {
  readonly bulk: BulkFit | null;
  readonly goodness: BulkGoodness | null;
  readonly edge: EdgeTest | null;
  /** A fit that does not depend on the scale of the weights (`scaleFreeTail`). */
  readonly tail: PowerLawFit | null;
  /** Share of the eigenvalues that are zero to the precision of the weights, beyond what a bulk has there. */
  readonly zeroFraction: number;
  readonly lowerEnd: LowerEnd;
}

/**
 * Reads the measurable discriminants of the phases off a spectrum and its fits (docs/theory/phases.md has each with its formula). Every number is finite or null.
 */
export function phaseEvidence(spectrum: Spectrum, { bulk, goodness, edge, tail, zeroFraction, lowerEnd }: PhaseFits): PhaseEvidence {
  const { eigenvalues } = spectrum;
  const n = eigenvalues.length;
  const largest = eigenvalues[n - 1];
  const comparison = tail === null ? null : compareWithExponential(eigenvalues, tail);
  const spikes = edge?.spikes ?? null;
  return {
    bulk_misfit: goodness === null ? null : finite(goodness.misfit),
    bulk_ks: bulk?.ks ?? null,
    bulk_p: goodness?.p ?? null,
    edge_gap: bulk === null || edge === null ? null : finite((largest - bulk.lambdaPlus) / edge.scale),
    edge_p: edge === null ? null : finite(edge.p),
    spikes,
    spike_fraction: spikes === null ? null : spikes / n,
    spike_weight: spikes === null ? null : finite(weight(eigenvalues, spikes)),
    edge_convexity: bulk === null ? null : edgeConvexity(eigenvalues, bulk.lambdaPlus),
    mp_soft_rank: bulk === null ? null : finite(Math.min(1, bulk.lambdaPlus / largest)),
    alpha: tail === null ? null : finite(tail.alpha),
    ks: tail === null ? null : finite(tail.ks),
    tail_fraction: tail === null ? null : tail.nTail / n,
    tail_decades: tail === null ? null : finite(Math.log10(tail.xmax / tail.xmin)),
    versus_exponential: comparison === null ? null : finite(comparison.ratio),
    zero_fraction: finite(zeroFraction),
    near_zero_fraction: finite(lowerEnd.nearZeroFraction),
    trailing_decades: lowerEnd.trailingDecades === null ? null : finite(lowerEnd.trailingDecades),
  };
}

/** Share of the trace that the largest `count` eigenvalues carry. */
function weight(eigenvalues: Float64Array, count: number): number {
  let [top, total] = [0, 0];
  for (let i = 0; i < eigenvalues.length; i++) {
    total += eigenvalues[i];
    if (i >= eigenvalues.length - count) top += eigenvalues[i];
  }
  return top / total;
}

/** Fewer eigenvalues above the edge than this have no shape. */
const SMALLEST_SHAPE = 4;

/**
 * Shape of the density above the edge: 1 - 2 mean((lambda - lambda+)/(lambdaMax - lambda+)) over the eigenvalues between lambda+ and lambdaMax.
 * 1 where they crowd at the edge and thin out (a density that decays: convex), 0 where they are spread evenly, negative where they stand off.
 */
function edgeConvexity(eigenvalues: Float64Array, lambdaPlus: number): number | null {
  const span = eigenvalues[eigenvalues.length - 1] - lambdaPlus;
  let [count, sum] = [0, 0];
  for (let i = eigenvalues.length - 2; i >= 0 && eigenvalues[i] > lambdaPlus; i--) {
    count++;
    sum += (eigenvalues[i] - lambdaPlus) / span;
  }
  return count < SMALLEST_SHAPE - 1 ? null : finite(1 - (2 * sum) / count);
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
