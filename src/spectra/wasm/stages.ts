import type { Kernels } from "./kernels.js";

/** What a share of a stage works with. */
export interface Bench {
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;
}

/** One share: what is common to all shares, its number, and the number of the thread that took it, for scratch memory. */
type Share = (bench: Bench, args: readonly number[], item: number, member: number) => void;

/** Sweeps go on in pieces of this many steps (about 20 us), after each of which the next sweep may follow. */
const STEPS_A_PIECE = 16;
/** Scratch bytes that a thread needs for a sweep. */
export const CHASE_WORK_BYTES = 1024;

/**
 * The stages whose shares threads may take in any order (those of "chaseSweep" in the order of their numbers): each share writes to places of its own
 * and sums in a fixed order, so that the result does not depend on who did what.
 */
export const STAGES = {
  gramRowsF32: kernelShare("gramRowsF32"),
  gramRowsF64: kernelShare("gramRowsF64"),
  gramWideTileF32: kernelShare("gramWideTileF32"),
  gramWideTileF64: kernelShare("gramWideTileF64"),
  beginPanelF32: kernelShare("beginPanelF32"),
  beginPanelF64: kernelShare("beginPanelF64"),
  multiplyTilesF32: kernelShare("multiplyTilesF32"),
  multiplyTilesF64: kernelShare("multiplyTilesF64"),
  gatherSumsF32: kernelShare("gatherSumsF32"),
  gatherSumsF64: kernelShare("gatherSumsF64"),
  packUpdateF32: kernelShare("packUpdateF32"),
  packUpdateF64: kernelShare("packUpdateF64"),
  chaseSweep,
  refineGroup,
} satisfies Record<string, Share>;

export type StageName = keyof typeof STAGES;

/** Stages by number, as the threads tell each other which is on. */
export const STAGE_NAMES = Object.keys(STAGES) as StageName[];

/** A kernel whose last argument is the share's number. */
function kernelShare(name: keyof Kernels): Share {
  return ({ kernels }, args, item) => {
    (kernels[name] as (...args: number[]) => number)(...args, item);
  };
}

/** Sweep `s` of the bulge chase, one step behind the sweep before it (kernels/band-to-tridiagonal.ts); `done` counts each sweep's steps. */
function chaseSweep({ kernels, memory }: Bench, [band, n, work, done]: readonly number[], s: number, member: number): void {
  const counts = new Int32Array(memory.buffer, done, n);
  const stepsOf = (sweep: number): number => Math.ceil((n - sweep - 1) / 32);
  for (let first = 0; first < stepsOf(s); first += STEPS_A_PIECE) {
    const end = Math.min(stepsOf(s), first + STEPS_A_PIECE);
    if (s > 0) waitFor(counts, s - 1, Math.min(stepsOf(s - 1), end + 1));
    kernels.chaseSteps(band, n, s, first, end, work + member * CHASE_WORK_BYTES);
    Atomics.store(counts, s, end);
  }
}

/** Waits until counts[index] >= wanted: spins, and looks again every millisecond once that has not helped. */
function waitFor(counts: Int32Array, index: number, wanted: number): void {
  for (let spins = 0; ; spins++) {
    const seen = Atomics.load(counts, index);
    if (seen >= wanted) return;
    if (spins > 10_000) Atomics.wait(counts, index, seen, 1);
  }
}

/** Eight eigenvalues (kernels/sturm.ts). */
function refineGroup({ kernels }: Bench, args: readonly number[], group: number): void {
  const [diagonal, squares, n, values, firstIndex, halfWidth, steps] = args;
  kernels.refineEight(diagonal, squares, n, values + group * 64, firstIndex + group * 8, halfWidth, steps);
}
