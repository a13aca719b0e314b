import type { DType } from "../formats/tensor.js";
import {
  type BulkFit,
  type BulkGoodness,
  bulkGoodness,
  type EdgeTest,
  fitBulk,
  type LevelSpacing,
  levelSpacing,
  marchenkoPasturCdf,
  type PermutationNull,
  testEdge,
} from "../rmt/index.js";
import { type Spectrum, storageFloor } from "../spectra/index.js";
import { fitPowerLaw, type PowerLawFit } from "../tails/index.js";
import { classifyPhase } from "./classify.js";
import { phaseEvidence } from "./evidence.js";
import { entryObjection, type LiveShape, liveShape } from "./live-shape.js";
import { lowerEnd } from "./lower-end.js";
import type { PhaseDecision } from "./phase.js";
import { scaleFreeTail } from "./scale-free-tail.js";

/** How the weights were stored: decides below what an eigenvalue is zero. */
export interface StoredAs {
  readonly dtype: DType;
  readonly storedBits: number;
  /** The rank that the matrix has by construction (an adapter B A of rank r); eigenvalues beyond it are zero by right. */
  readonly knownRank?: number;
}

/** Everything that is fitted to a spectrum on the way to its phase; null where a fit could not be made. */
export interface Diagnosis {
  /** Eigenvalues at or below it are zero to the precision of arithmetic and storage. */
  readonly zeroFloor: number;
  readonly bulk: BulkFit | null;
  readonly goodness: BulkGoodness | null;
  readonly edge: EdgeTest | null;
  readonly spacing: LevelSpacing | null;
  /** The peer's fit, and the same without its absolute bound. */
  readonly tail: PowerLawFit | null;
  readonly scaleFree: PowerLawFit | null;
  readonly decision: PhaseDecision;
  /** What the fits reckoned with: the live sides of a matrix and the kurtosis of its entries; N, M and 3 where the entries are not known. */
  readonly live: LiveShape;
  /** Why the p-values of bulk and edge do not hold for these entries; null where they do. */
  readonly nullObjection: string | null;
  /** The spectrum against those of its entries permuted, where that was asked for. */
  readonly permuted: PermutationNull | null;
}

/**
 * Fits bulk, edge and tail of a spectrum and names its phase. `permuted` is the null of the same entries permuted, where there is one. Pure; O(n) a fit, and the
 * power law's search.
 */
export function diagnose(spectrum: Spectrum, stored: StoredAs, permuted: PermutationNull | null = null): Diagnosis {
  const { eigenvalues, slices, M, rf } = spectrum;
  const zeroFloor = Math.max(spectrum.resolvedFloor, storageFloor(spectrum, stored));
  const zeroFraction = excessAtZero(spectrum, zeroFloor, stored.knownRank);
  const live = liveShape(spectrum);
  const bulk = fitBulk(eigenvalues, {
    N: live.N,
    M,
    rf,
    kurtosis: live.kurtosis,
    floor: zeroFraction > SOME || live.M < M || stored.knownRank !== undefined ? zeroFloor : 0,
  });
  const goodness = bulk === null ? null : bulkGoodness(bulk, rf);
  const edge = bulk === null ? null : testEdge(eigenvalues, bulk, { rf });
  const spacing = bulk === null ? null : levelSpacing(slices, bulk);
  const tail = fitPowerLaw(eigenvalues);
  const scaleFree = scaleFreeTail(eigenvalues, tail, zeroFloor);
  const evidence = phaseEvidence(spectrum, {
    bulk,
    goodness,
    edge,
    tail: scaleFree,
    zeroFraction,
    lowerEnd: lowerEnd(spectrum, { floor: zeroFloor, rank: stored.knownRank }),
  });
  return {
    zeroFloor,
    bulk,
    goodness,
    edge,
    spacing,
    tail,
    scaleFree,
    decision: classifyPhase(evidence, Math.min(M, stored.knownRank ?? M)),
    live,
    nullObjection: entryObjection(spectrum, live),
    permuted,
  };
}

/** Less than this share at zero is no reason to take eigenvalues out of the bulk. */
const SOME = 0.02;

/**
 * Share of the eigenvalues at or below the zero floor, less the share that a bulk of this shape and trace would have there: a square random matrix has
 * eigenvalues near zero by right, and coarse storage hides them.
 */
function excessAtZero({ eigenvalues, N, M, Q, rf }: Spectrum, zeroFloor: number, knownRank = M): number {
  let [zeros, trace] = [0, 0];
  for (const value of eigenvalues) {
    if (value <= zeroFloor) zeros++;
    trace += value;
  }
  if (!(trace > 0)) return 1;
  const expected = marchenkoPasturCdf(zeroFloor / N, { Q, sigma2: trace / (N * M * rf) });
  return Math.max(0, zeros / eigenvalues.length - expected - Math.max(0, M - knownRank) / M);
}
