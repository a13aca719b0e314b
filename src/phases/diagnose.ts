import type { DType } from "../formats/tensor.js";
import {
  type BulkFit,
  type BulkGoodness,
  bulkGoodness,
  type EdgeTest,
  fitBulk,
  type LevelSpacing,
  levelSpacing,
  type PermutationNull,
  testEdge,
} from "../rmt/index.js";
import { type Spectrum, storageFloor } from "../spectra/index.js";
import { fitPowerLaw, judgeTail, type PowerLawFit, type TailJudgement } from "../tails/index.js";
import { absoluteBoundObjection, alphaObjection } from "./alpha-validity.js";
import { classifyPhase } from "./classify.js";
import { phaseEvidence } from "./evidence.js";
import { entryObjection, liveShape } from "./live-shape.js";
import { type LiveSpectrum, liveSpectrum } from "./live-spectrum.js";
import { lowerEnd } from "./lower-end.js";
import type { PhaseDecision, PhaseEvidence, PhaseName } from "./phase.js";
import { MIN_RANK_LOSS_DECADES } from "./questions.js";
import { type SpectralJump, spectralJump } from "./spectral-jump.js";

/** How the weights were stored. This decides which eigenvalues count as zero. */
export interface StoredAs {
  readonly dtype: DType;
  readonly storedBits: number;
  /** The rank that the matrix has by construction (an adapter B A of rank r); it has no eigenvalues beyond it. */
  readonly knownRank?: number;
}

/** All fits of a spectrum that lead to its phase; null if a fit is not possible. */
export interface Diagnosis {
  /** The spectrum without rows and columns of zeros. The fits use it. */
  readonly live: LiveSpectrum;
  /** Eigenvalues at or below it are zero to the precision of arithmetic and storage. */
  readonly zeroFloor: number;
  readonly bulk: BulkFit | null;
  readonly goodness: BulkGoodness | null;
  readonly edge: EdgeTest | null;
  readonly spacing: LevelSpacing | null;
  /** WeightWatcher's fit, and the same fit without its absolute bound. */
  readonly tail: PowerLawFit | null;
  readonly scaleFree: PowerLawFit | null;
  /** The judgement of the tail. Alpha's validity and the phase both follow it. */
  readonly judgement: TailJudgement;
  readonly evidence: PhaseEvidence;
  readonly decision: PhaseDecision;
  /** Why alpha is not the exponent of a heavy tail; null if it is. */
  readonly alphaReason: string | null;
  /** Why the p-values of bulk and edge do not hold for these entries; null if they hold. */
  readonly nullObjection: string | null;
  /** The spectrum compared with those of its permuted entries, if requested. */
  readonly permuted: PermutationNull | null;
}

/**
 * Fits bulk, edge and tail of a spectrum and names its phase. `permuted` is the null distribution of the same entries
 * permuted, if there is one. Pure; O(n) per fit, plus the power law's search.
 */
export function diagnose(spectrum: Spectrum, stored: StoredAs, permuted: PermutationNull | null = null): Diagnosis {
  const { M } = spectrum;
  const rank = Math.min(M, stored.knownRank ?? M);
  const live = liveSpectrum(spectrum, rank);
  const { eigenvalues, slices, N, rf, kurtosis } = live;
  const zeroFloor = Math.max(spectrum.resolvedFloor, storageFloor(spectrum, stored));
  const jump = spectralJump(spectrum, { floor: spectrum.resolvedFloor, rank });
  const floor = Math.max(largestBelowJump(spectrum, jump, rank), spectrum.resolvedFloor);
  const bulk = fitBulk(eigenvalues, { N, M: live.M, rf, kurtosis, floor });
  const goodness = bulk === null ? null : bulkGoodness(bulk, rf);
  const edge = bulk === null ? null : testEdge(eigenvalues, bulk, { rf });
  const spacing = bulk === null ? null : levelSpacing(slices, bulk);
  const tail = fitPowerLaw(spectrum.eigenvalues);
  const judgement = judgeTail(eigenvalues, { fit: tail, floor });
  const scaleFree = judgement.powerLaw;
  const end = lowerEnd(live, spectrum.resolvedFloor);
  const evidence = phaseEvidence(spectrum, { live, end, jump, permuted, bulk, goodness, edge, judgement, rank });
  const boundObjection = absoluteBoundObjection(tail, scaleFree);
  const alphaReason = (phase: PhaseName | null) => boundObjection ?? alphaObjection(judgement, phase);
  const decision = classifyPhase(evidence, { size: rank, alphaReason, permuted });
  return {
    live,
    zeroFloor,
    bulk,
    goodness,
    edge,
    spacing,
    tail,
    scaleFree,
    judgement,
    evidence,
    decision,
    alphaReason: alphaReason(decision.phase),
    nullObjection: entryObjection(spectrum, liveShape(spectrum)),
    permuted,
  };
}

/**
 * The largest eigenvalue below a jump that counts as lost rank; 0 if there is none. The bulk is fitted to the
 * eigenvalues above it.
 */
function largestBelowJump({ slices, M }: Spectrum, jump: SpectralJump | null, rank: number): number {
  if (jump === null || !(jump.decades > MIN_RANK_LOSS_DECADES)) return 0;
  return Math.max(...slices.map((slice) => slice[M - rank + Math.round(jump.below * rank) - 1] ?? 0));
}
