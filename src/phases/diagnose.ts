import type { DType } from "../formats/tensor.js";
import {
  type BulkFit,
  type BulkGoodness,
  bulkGoodness,
  type EdgeTest,
  fitBulk,
  type LevelSpacing,
  levelSpacing,
  testEdge,
} from "../rmt/index.js";
import { type Spectrum, storageFloor } from "../spectra/index.js";
import { fitPowerLaw, judgeTail, type PowerLawFit, type TailJudgement } from "../tails/index.js";
import { absoluteBoundObjection, alphaObjection } from "./alpha-validity.js";
import { classifyPhase } from "./classify.js";
import { phaseEvidence } from "./evidence.js";
import { type LiveSpectrum, liveSpectrum } from "./live-spectrum.js";
import { lowerEnd } from "./lower-end.js";
import { readPermutations } from "./permutation.js";
import type { PhaseDecision, PhaseEvidence, PhaseName } from "./phase.js";

/** How the weights were stored: decides below what an eigenvalue is zero. */
export interface StoredAs {
  readonly dtype: DType;
  readonly storedBits: number;
  /** The rank that the matrix has by construction (an adapter B A of rank r); it has no eigenvalues beyond it. */
  readonly knownRank?: number;
}

/** Everything that is fitted to a spectrum on the way to its phase; null where a fit could not be made. */
export interface Diagnosis {
  /** What rows and columns of zeros leave: the fits are made on it. */
  readonly live: LiveSpectrum;
  /** Eigenvalues at or below it are zero to the precision of arithmetic and storage. */
  readonly zeroFloor: number;
  readonly bulk: BulkFit | null;
  readonly goodness: BulkGoodness | null;
  readonly edge: EdgeTest | null;
  readonly spacing: LevelSpacing | null;
  /** WeightWatcher's fit, and the same without its absolute bound. */
  readonly tail: PowerLawFit | null;
  readonly scaleFree: PowerLawFit | null;
  /** The one judgement of the tail: alpha and the phase follow it. */
  readonly judgement: TailJudgement;
  readonly evidence: PhaseEvidence;
  readonly decision: PhaseDecision;
  /** Why alpha must not be read as the exponent of a heavy tail; null where it may be. */
  readonly alphaReason: string | null;
}

export interface DiagnoseOptions {
  /** Spectra of the same entries in random places, of the live part (ascending): for masks. */
  readonly permuted?: readonly Float64Array[];
}

/** Fits bulk, edge and tail of a spectrum and names its phase. Pure; O(n) per fit, and the power law's search. */
export function diagnose(spectrum: Spectrum, stored: StoredAs, { permuted = [] }: DiagnoseOptions = {}): Diagnosis {
  const { M } = spectrum;
  const rank = Math.min(M, stored.knownRank ?? M);
  const live = liveSpectrum(spectrum, rank);
  const { eigenvalues, slices, N, rf } = live;
  const zeroFloor = Math.max(spectrum.resolvedFloor, storageFloor(spectrum, stored));
  const end = lowerEnd(live, spectrum.resolvedFloor);
  const shape = { N, M: live.M, rf, floor: Math.max(end.fallenBelow ?? 0, spectrum.resolvedFloor) };
  const bulk = fitBulk(eigenvalues, shape);
  const goodness = bulk === null ? null : bulkGoodness(bulk, rf);
  const edge = bulk === null ? null : testEdge(eigenvalues, bulk, { rf });
  const spacing = bulk === null ? null : levelSpacing(slices, bulk);
  const tail = fitPowerLaw(spectrum.eigenvalues);
  const judgement = judgeTail(eigenvalues, { fit: tail, floor: shape.floor });
  const scaleFree = judgement.powerLaw;
  const permutation = readPermutations({ bulk, edge }, permuted, shape);
  const evidence = phaseEvidence(spectrum, { live, end, permutation, bulk, goodness, edge, judgement, rank });
  const boundObjection = absoluteBoundObjection(tail, scaleFree);
  const alphaReason = (phase: PhaseName | null) => boundObjection ?? alphaObjection(judgement, phase);
  const decision = classifyPhase(evidence, { size: rank, alphaReason });
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
  };
}
