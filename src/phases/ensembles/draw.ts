import type { Rng } from "../../numeric/index.js";
import type { PhaseName } from "../phase.js";
import type { PhaseFamily } from "./family.js";
import { logBetween, pick } from "./random-numbers.js";
import { STORAGES, type Storage } from "./storage.js";

/** Bounds of the sizes: M and Q log-uniform (Q = 1 in 15 % of draws), N M at most `maxEntries`. */
export interface EnsembleSizes {
  readonly minM: number;
  readonly maxM: number;
  readonly maxQ: number;
  readonly maxEntries: number;
}

/** One matrix of a family, scaled and stored. */
export interface EnsembleDraw {
  readonly family: PhaseFamily;
  readonly N: number;
  readonly M: number;
  readonly W: Float32Array;
  readonly storage: Storage;
  readonly accepted: readonly PhaseName[];
}

/** Fraction of the draws that are stored in F32, without further rounding. */
const F32_SHARE = 0.6;
/**
 * Bits -> largest entry over the root mean square for integer storage. Above it, one common scale would round the other
 * entries to zero, so a float type is used.
 */
const MAX_PEAK = { 8: 30, 4: 6 } as Readonly<Record<number, number>>;

/** Draws one matrix of `family` with random sizes, a random scale (10^-3 to 10^2) and a random storage type. */
export function drawEnsemble(
  family: PhaseFamily,
  { minM, maxM, maxQ, maxEntries }: EnsembleSizes,
  rng: Rng,
): EnsembleDraw {
  const M = Math.round(logBetween(minM, maxM, rng));
  const Q = rng() < 0.15 ? 1 : Math.min(logBetween(1, maxQ, rng), Math.max(1, maxEntries / M ** 2));
  const N = Math.round(M * Q);
  const shape = { N, M };
  const { W, accepted } = family.draw(shape, rng);
  const scale = 10 ** (-3 + 5 * rng());
  let largest = 0;
  let square = 0;
  for (const value of W) {
    largest = Math.max(largest, Math.abs(value));
    square += value * value;
  }
  const peak = largest / Math.sqrt(square / W.length);
  const fits = STORAGES.filter(({ dtype, storedBits }) => !dtype.includes("affine") || peak < MAX_PEAK[storedBits]);
  const storage = rng() < F32_SHARE ? STORAGES[0] : pick(fits, rng);
  const stored = storage.store(W);
  return {
    family,
    N,
    M,
    W: Float32Array.from(stored, (value) => scale * value),
    storage,
    accepted: [...new Set([...accepted, ...acceptedOnceStored(accepted, emptied(W, stored, M), storage)])],
  };
}

/** Further names that rounding makes right: its noise fills lost directions, and columns below its step become zero. */
function acceptedOnceStored(
  accepted: readonly PhaseName[],
  emptied: number,
  { storedBits }: Storage,
): readonly PhaseName[] {
  if (accepted.includes("rank-collapse") && storedBits === 4)
    return ["bulk-decay", "bulk+spikes", "undecided", "heavy-tailed"];
  return emptied > MAX_EMPTIED ? ["rank-collapse"] : [];
}

/** Columns that rounding sets to zero are lost directions, as in the question "rank-lost" (4 %, minus its error). */
const MAX_EMPTIED = 0.03;

/** Fraction of the M columns that became zero by the storage. */
function emptied(W: Float64Array, stored: Float64Array, M: number): number {
  const [before, after] = [W, stored].map((values) => {
    const held = new Uint8Array(M);
    for (let k = 0; k < values.length; k++) if (values[k] !== 0) held[k % M] = 1;
    return held.reduce((sum, mark) => sum + mark, 0);
  });
  return (before - after) / M;
}
