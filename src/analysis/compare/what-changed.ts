import { liveSpectrum } from "../../phases/live-spectrum.js";
import type { Spectrum } from "../../spectra/index.js";
import type { LayerResult } from "../layer-result.js";
import { zeroFloorOf } from "../measure-layer.js";
import { type ChangeKind, changeKind } from "./change-kind.js";
import type { DirectionsRequest, LeadingDirections } from "./leading-directions.js";
import { countAbove, energyShare, type RandomPart } from "./random-part.js";
import { type RoundingError, randomEdge, roundingError, roundingVariance } from "./rounding.js";

/** What W_B - W_A says: its size, what rounding explains of it, its random part, its rank. */
export interface DifferenceColumns {
  readonly kind: ChangeKind | null;
  readonly relative_change_operator: number | null;
  readonly rounding_edge: number | null;
  readonly dw_sigma: number | null;
  readonly dw_edge: number | null;
  readonly dw_rank: number | null;
  readonly dw_rank_low: number | null;
  readonly dw_rank_high: number | null;
  readonly dw_rank_share: number | null;
  readonly spikes_a: number | null;
  readonly spikes_lost: number | null;
}

/** What became of the leading singular directions of A. */
export interface DirectionColumns {
  readonly spikes_turned: number | null;
  readonly leading: number | null;
  readonly overlap_left: number | null;
  readonly overlap_left_chance: number | null;
  readonly overlap_left_p: number | null;
  readonly angle_left: number | null;
  readonly overlap_right: number | null;
  readonly overlap_right_chance: number | null;
  readonly overlap_right_p: number | null;
  readonly angle_right: number | null;
}

/** What quantising or fine-tuning did to a layer. */
export interface WhatChanged extends DifferenceColumns, DirectionColumns {}

/** W_B - W_A: nothing, one value everywhere, or a spectrum. */
export type Delta =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "spectrum"; readonly spectrum: Spectrum; readonly random: RandomPart };

/** A layer in both models, both with a spectrum, and their difference. */
export interface ComparedPair {
  readonly inA: LayerResult;
  readonly inB: LayerResult;
  readonly delta: Delta;
  /** The scale of the difference's eigenvalues. A 1 x 1 convolution has another one than the matrix that it equals. */
  readonly scale: number;
}

/** What was found by reading both layers again. */
export interface ReadAgain {
  /** null if the leading directions were not compared. */
  readonly directions: LeadingDirections | null;
  /** The edge of the rounding by its own profile, without the layer's scale; null if it was not needed. */
  readonly profileEdge: number | null;
}

const NO_DIRECTIONS: DirectionColumns = {
  spikes_turned: null,
  leading: null,
  overlap_left: null,
  overlap_left_chance: null,
  overlap_left_p: null,
  angle_left: null,
  overlap_right: null,
  overlap_right_chance: null,
  overlap_right_p: null,
  angle_right: null,
};

/** Every column null: there is no difference, or no spectrum. */
export const NOTHING_KNOWN: WhatChanged = {
  kind: null,
  relative_change_operator: null,
  rounding_edge: null,
  dw_sigma: null,
  dw_edge: null,
  dw_rank: null,
  dw_rank_low: null,
  dw_rank_high: null,
  dw_rank_share: null,
  spikes_a: null,
  spikes_lost: null,
  ...NO_DIRECTIONS,
};

/**
 * What became of a layer. Units: `dw_edge` and `rounding_edge` are eigenvalues of the difference, `dw_sigma` is a
 * weight. Pure; O(n).
 */
export function whatChanged(pair: ComparedPair, { directions, profileEdge }: ReadAgain): WhatChanged {
  const { inA, inB, delta, scale } = pair;
  const { eigenvalues, M, rf } = inA.spectrum as Spectrum;
  const scaleOfA = inA.layer.eigenvalueScale / scale;
  const random = randomPartOf(pair);
  const { largest, withinEnergy, edge: uniformEdge } = sizeOf(pair);
  const roundingEdge = profileEdge === null ? uniformEdge : scale * profileEdge;
  const { rank, rankLow, rankHigh, rankShare } = rankOf(delta, random, roundingEdge ?? 0);
  const spikes = spikesOf(inA);
  const lost =
    spikes === null || random.edge === null
      ? null
      : spikes - countAbove(eigenvalues.subarray(eigenvalues.length - spikes), scaleOfA * random.edge);
  const kind = changeKind({
    unchanged: delta.kind === "constant" && delta.value === 0,
    relativeChange: relativeNorm(pair),
    withinRounding: withinEnergy === null || roundingEdge === null ? null : withinEnergy && largest <= roundingEdge,
    rank,
    rankLow,
    directions: M * rf,
    rankShare,
    spikesLost: lost,
    overlapP: [directions?.left.p ?? null, directions?.right.p ?? null],
    phases: [inA.record.phase, inB.record.phase],
    sameType: inA.layer.dtype === inB.layer.dtype,
  });
  return {
    kind,
    relative_change_operator: Math.sqrt((scaleOfA * largest) / eigenvalues[eigenvalues.length - 1]),
    rounding_edge: roundingEdge,
    dw_sigma: random.sigma2 === null ? null : Math.sqrt(random.sigma2 / scale),
    dw_edge: random.edge,
    dw_rank: rank,
    dw_rank_low: rankLow,
    dw_rank_high: rankHigh,
    dw_rank_share: rankShare,
    spikes_a: spikes,
    spikes_lost: lost,
    ...(directions === null ? NO_DIRECTIONS : directionColumns(directions, spikes)),
  };
}

/** Probability that the largest eigenvalue of rounding is above the low end of its edge, as in `rankBeyondEdge`. */
const ABOVE_LOW_END = 0.995;

/**
 * The rank beyond the random part that rounding cannot explain either. Rounding follows the weights: large ones have
 * large errors, so that it shows directions beyond the edge of a uniform bulk. A component weaker than the edge of the
 * rounding is not counted, as one weaker than the edge of the bulk is not; the high end counts from the low end of that
 * edge.
 */
function rankOf(delta: Delta, { rank, rankLow, rankHigh }: RandomPart, roundingEdge: number) {
  if (delta.kind === "constant") return { rank, rankLow, rankHigh, rankShare: rank > 0 ? 1 : 0 };
  const { eigenvalues, N, M, rf } = delta.spectrum;
  const lowEnd = randomEdge(1, { N, M, rf }, ABOVE_LOW_END) / randomEdge(1, { N, M, rf });
  const unexplained = countAbove(eigenvalues, roundingEdge);
  const sure = Math.min(rank, unexplained);
  return {
    rank: sure,
    rankLow: Math.min(rankLow, unexplained),
    rankHigh: Math.min(rankHigh, countAbove(eigenvalues, lowEnd * roundingEdge)),
    rankShare: energyShare(eigenvalues, sure),
  };
}

function directionColumns(
  { leading, left, right, turned }: LeadingDirections,
  spikes: number | null,
): DirectionColumns {
  return {
    spikes_turned: spikes === null ? null : spikes === 0 ? 0 : turned,
    leading,
    overlap_left: left.cos2,
    overlap_left_chance: left.chance,
    overlap_left_p: left.p,
    angle_left: left.angle,
    overlap_right: right.cos2,
    overlap_right_chance: right.chance,
    overlap_right_p: right.p,
    angle_right: right.angle,
  };
}

/** The directions to compare, in the units of the eigenvalues of W'W without the layer's scale. */
export function directionsRequest(pair: ComparedPair): DirectionsRequest {
  const { inA, inB, scale } = pair;
  const [a, b] = [edgeBelowSpikes(inA), edgeBelowSpikes(inB)];
  const { sigma2 } = randomPartOf(pair);
  return {
    edgeA: a === null ? null : a / inA.layer.eigenvalueScale,
    edgeB: a === null || b === null ? null : b / inB.layer.eigenvalueScale,
    sigma2: sigma2 !== null && sigma2 > 0 ? sigma2 / scale : noiseWithoutBulk(pair, sigma2 === null),
  };
}

/**
 * The noise in a difference without a bulk: all of the difference if it is full and no larger than rounding, else what
 * rounding can give.
 */
function noiseWithoutBulk(pair: ComparedPair, isFull: boolean): number {
  const { variance, meanSquare, withinEnergy } = sizeOf(pair);
  return isFull && withinEnergy === true ? meanSquare : (variance ?? 0);
}

/**
 * The errors that storing gives the entries of both, if the bulk of the difference may be rounding and eigenvalues are
 * beyond the edge of a uniform one.
 */
export function roundingToProfile(pair: ComparedPair): readonly [RoundingError, RoundingError] | null {
  const { largest, edge } = sizeOf(pair);
  if (edge === null || largest <= edge || pair.delta.kind === "constant") return null;
  const bulkEdge = pair.delta.random.edge;
  return bulkEdge === null || bulkEdge <= edge ? errorsOf(pair) : null;
}

function errorsOf({ inA, inB }: ComparedPair): readonly [RoundingError, RoundingError] | null {
  const a = roundingError(inA.spectrum as Spectrum, inA.layer);
  const b = roundingError(inB.spectrum as Spectrum, inB.layer);
  return a === null || b === null ? null : [a, b];
}

interface Size {
  /** Largest eigenvalue of the difference. */
  readonly largest: number;
  /** Mean square of its entries, and the largest that rounding gives; null if the entries are unknown. */
  readonly meanSquare: number;
  readonly variance: number | null;
  readonly withinEnergy: boolean | null;
  /** The largest eigenvalue that rounding gives if all entries have the same error. */
  readonly edge: number | null;
}

/** How large the difference is, beside what rounding to the stored types can give. */
function sizeOf(pair: ComparedPair): Size {
  const { inA, inB, delta, scale } = pair;
  const { N, M, rf } = inA.spectrum as Spectrum;
  const errors = errorsOf(pair);
  const variance =
    errors === null
      ? null
      : roundingVariance(inA.spectrum as Spectrum, errors[0]) + roundingVariance(inB.spectrum as Spectrum, errors[1]);
  const moved = energyOf(delta, { N, M, rf, scale });
  const meanSquare = moved / (N * M * rf * scale);
  return {
    largest: delta.kind === "constant" ? moved / rf : delta.spectrum.eigenvalues[delta.spectrum.eigenvalues.length - 1],
    meanSquare,
    variance,
    withinEnergy: variance === null ? null : meanSquare <= variance,
    edge: variance === null ? null : scale * randomEdge(variance, { N, M, rf }),
  };
}

interface Sizes {
  readonly N: number;
  readonly M: number;
  readonly rf: number;
  readonly scale: number;
}

/** ||W_B - W_A||_F^2, in the units of the eigenvalues. */
function energyOf(delta: Delta, { N, M, rf, scale }: Sizes): number {
  return delta.kind === "constant" ? scale * delta.value ** 2 * N * M * rf : sum(delta.spectrum.eigenvalues);
}

/** The random part of the difference. A constant one is one direction per matrix, and nothing else. */
function randomPartOf({ inA, delta }: ComparedPair): RandomPart {
  if (delta.kind === "spectrum") return delta.random;
  const rank = delta.value === 0 ? 0 : inA.layer.rf;
  return { bulk: null, sigma2: 0, edge: 0, rank, rankLow: rank, rankHigh: rank };
}

/** ||W_B - W_A||_F/||W_A||_F. */
function relativeNorm({ inA, delta, scale }: ComparedPair): number {
  const { N, M, rf, eigenvalues } = inA.spectrum as Spectrum;
  const energyOfA = (scale * sum(eigenvalues)) / inA.layer.eigenvalueScale;
  return Math.sqrt(energyOf(delta, { N, M, rf, scale }) / energyOfA);
}

/**
 * The directions of a layer that stand out from its random part: its spikes beyond the bulk. If fewer than half of its
 * live eigenvalues are above zero, it has no bulk, and these are its directions. null if neither can be told.
 */
export function spikesOf({ layer, spectrum, record }: LayerResult): number | null {
  if (spectrum === null) return null;
  const { eigenvalues } = liveSpectrum(spectrum);
  const nonZero = countAbove(eigenvalues, zeroFloorOf(layer, spectrum));
  return 2 * nonZero < eigenvalues.length ? nonZero : record.spikes;
}

/** A value between the weakest spike and the eigenvalue below it; null if there are no spikes, or none known. */
function edgeBelowSpikes(result: LayerResult): number | null {
  const spikes = spikesOf(result);
  if (spikes === null || spikes === 0) return null;
  const { eigenvalues } = result.spectrum as Spectrum;
  const below = eigenvalues[eigenvalues.length - 1 - spikes] ?? 0;
  return (below + eigenvalues[eigenvalues.length - spikes]) / 2;
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
