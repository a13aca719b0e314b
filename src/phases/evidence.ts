import { normalQuantile } from "../numeric/index.js";
import {
  type BulkFit,
  type BulkGoodness,
  type EdgeTest,
  marchenkoPasturCdf,
  marchenkoPasturQuantiles,
  type PermutationNull,
  spectralWidth,
  tracyWidomSurvival,
} from "../rmt/index.js";
import type { Spectrum } from "../spectra/index.js";
import { bulkTailIndex, type TailJudgement } from "../tails/index.js";
import type { LiveSpectrum } from "./live-spectrum.js";
import type { LowerEnd } from "./lower-end.js";
import type { PhaseEvidence } from "./phase.js";
import { VISIBLE_KS_UNIT } from "./questions.js";
import { finite, rankLossDecades, trailing, weight } from "./rank-loss.js";
import type { SpectralJump } from "./spectral-jump.js";

/** The fits that the evidence is computed from; null if a fit is not possible. */
export interface PhaseFits {
  readonly live: LiveSpectrum;
  readonly end: LowerEnd;
  readonly jump: SpectralJump | null;
  readonly bulk: BulkFit | null;
  readonly goodness: BulkGoodness | null;
  readonly edge: EdgeTest | null;
  /** The judgement of the tail; its power law does not depend on the scale of the weights. */
  readonly judgement: TailJudgement;
  /**
   * The null distribution of the same entries in random order, if it was computed: for masked weights, whose fourth
   * moments no table covers.
   */
  readonly permuted: PermutationNull | null;
  /** The rank that the matrix has by construction; M if it has none. */
  readonly rank: number;
}

/**
 * Computes the statistics of the phases from a spectrum and its fits (docs/theory/phases.md has each formula). Every
 * number is finite or null.
 */
export function phaseEvidence(spectrum: Spectrum, fits: PhaseFits): PhaseEvidence {
  const { live, end, jump, permuted, bulk, goodness, edge } = fits;
  const { powerLaw: tail, index, versus } = fits.judgement;
  const { eigenvalues } = live;
  const n = eigenvalues.length;
  const largest = eigenvalues[n - 1];
  const spikes = permuted?.spikes ?? edge?.spikes ?? null;
  const applies = index?.applies === true ? index : null;
  const softRank = bulk === null ? null : finite(Math.min(1, bulk.lambdaPlus / largest));
  return {
    zero_fraction: finite(zeroFraction(spectrum, fits)),
    jump_decades: jump === null ? null : finite(rankLossDecades(jump)),
    jump_fraction: jump?.below ?? null,
    near_zero_fraction: finite(end.nearZeroFraction),
    trailing_decades: trailing(spectrum, end),
    relative_width: finite(relativeWidth(live)),
    bulk_misfit: goodness === null ? null : finite(goodness.misfit),
    visible_misfit:
      bulk === null || goodness === null
        ? null
        : finite(permuted?.misfitRatio ?? Math.min(goodness.misfit, bulk.ks / VISIBLE_KS_UNIT)),
    bulk_ks: bulk?.ks ?? null,
    bulk_p: permuted?.bulkP ?? goodness?.p ?? null,
    edge_gap: bulk === null || edge === null ? null : finite((largest - bulk.lambdaPlus) / edge.scale),
    edge_p: permuted?.edgeP ?? (edge === null ? null : finite(edge.p)),
    edge_score: edge === null ? null : finite(edgeScore(permuted === null ? edge.p : permutedEdgeP(largest, permuted))),
    spikes,
    spike_fraction: spikes === null ? null : spikes / n,
    crowding: spikes === null ? null : Math.max(0, spikes - UNCOUNTED_OUTLIERS * live.rf) / n,
    spike_weight: spikes === null ? null : finite(weight(eigenvalues, spikes)),
    mp_soft_rank: softRank,
    mp_soft_rank_se: bulk === null || softRank === null ? null : finite(softRankError(bulk, softRank)),
    tail_index: applies === null ? null : finite(applies.xi),
    tail_index_se: applies === null ? null : finite(applies.se),
    tail_index_low: applies === null ? null : finite(applies.low),
    tail_index_high: applies === null ? null : finite(applies.high),
    tail_index_k: applies?.k ?? null,
    tail_index_excess:
      applies === null
        ? null
        : finite(applies.xi - bulkTailIndex({ N: live.N, M: live.M, rf: live.rf, k: applies.k }).xi),
    alpha: tail === null ? null : finite(tail.alpha),
    ks: tail === null ? null : finite(tail.ks),
    tail_fraction: tail === null ? null : tail.nTail / n,
    tail_decades: tail === null ? null : finite(Math.log10(tail.xmax / tail.xmin)),
    versus_exponential: versus === null ? null : finite(versus.exponential.ratio),
    versus_lognormal: versus === null ? null : finite(versus.lognormal.ratio),
  };
}

/** `crowding` does not count this many outliers per matrix. */
const UNCOUNTED_OUTLIERS = 5;

/**
 * Fraction of the directions that carry nothing: dead columns, and eigenvalues at the floor of the arithmetic. Minus
 * what a bulk of this shape and trace has there, because a square random matrix has eigenvalues near zero too.
 */
function zeroFraction({ resolvedFloor, M, rf }: Spectrum, { live, rank }: PhaseFits): number {
  const directions = Math.min(M, rank) * rf;
  const { eigenvalues } = live;
  let zeros = 0;
  let trace = 0;
  for (const value of eigenvalues) {
    if (value <= resolvedFloor) zeros++;
    trace += value;
  }
  if (!(trace > 0)) return 1;
  const Q = Math.max(1, live.N / live.M);
  const expected =
    eigenvalues.length * marchenkoPasturCdf(resolvedFloor / live.N, { Q, sigma2: trace / (live.N * live.M * rf) });
  return (directions - eigenvalues.length + Math.max(0, zeros - expected)) / directions;
}

/**
 * The larger of two relative widths: of the middle four fifths (`spectralWidth`) and of the middle 95 %. A power law
 * may have a narrow middle. Mean over the slices.
 */
function relativeWidth(live: LiveSpectrum): number {
  const middle = spectralWidth(live.slices, live)?.ratio ?? Number.NaN;
  return Math.max(middle, wholeWidth(live));
}

function wholeWidth({ slices, N }: LiveSpectrum): number {
  const widths = slices
    .filter(({ length }) => length >= 10)
    .map((slice) => spread(slice) / spread(marchenkoPasturQuantiles(slice.length, Math.max(1, N / slice.length))));
  return widths.reduce((sum, width) => sum + width, 0) / widths.length;
}

function spread(ascending: Float64Array): number {
  const n = ascending.length;
  return (ascending[Math.floor(0.975 * n)] - ascending[Math.floor(0.025 * n)]) / ascending[n >> 1];
}

/**
 * P(the largest eigenvalue of permuted entries is as large), by the Tracy-Widom law with the mean and the standard
 * deviation of the permuted ones. Unlike ranks among the permutations, it resolves small p-values.
 */
function permutedEdgeP(largest: number, { largestMean, largestSd }: PermutationNull): number {
  return tracyWidomSurvival(TRACY_WIDOM_MEAN + (TRACY_WIDOM_SD * (largest - largestMean)) / largestSd);
}

/** Mean and standard deviation of the Tracy-Widom law, beta = 1 [TW96]. */
const TRACY_WIDOM_MEAN = -1.206533574582;
const TRACY_WIDOM_SD = 1.2679805514;

/** Standard normal score of p. A p that underflowed counts as 1e-300. */
function edgeScore(p: number): number {
  return -normalQuantile(Math.min(1 - 1e-15, Math.max(p, 1e-300)));
}

/**
 * Standard error of the soft rank. The largest eigenvalue of a true signal fluctuates by about sqrt(2/N) of itself,
 * less near the transition ([Pau07]).
 */
function softRankError({ N }: BulkFit, softRank: number): number {
  return softRank * Math.sqrt((2 / N) * Math.max(0, 1 - softRank));
}
