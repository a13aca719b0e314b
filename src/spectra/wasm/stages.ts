import type { Kernels } from "./kernels.js";

/** What a share of a stage works with. */
export interface ShareContext {
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;
}

/** One share: the arguments common to all shares, and its number. */
type Share = (context: ShareContext, args: readonly number[], item: number) => void;

/**
 * The stages whose shares threads may take in any order. Each share writes to its own memory and sums in a fixed order,
 * so that the result does not depend on which thread did it. The bulge chase is not one of them: sweeps that follow
 * each other on two cores mostly send the band from one to the other (measured: half as fast as one core at M = 2048,
 * no gain at 4096).
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
  factoriseQuads: kernelShare("factoriseQuads"),
  applyChase: kernelShare("applyChase"),
  applyPanels: kernelShare("applyPanels"),
  secularRoots: kernelShare("secularRoots"),
  loewnerVector: kernelShare("loewnerVector"),
  secularVectors: kernelShare("secularVectors"),
  gatherTiles: kernelShare("gatherTiles"),
  mergeVectors: kernelShare("mergeVectors"),
  refineGroup,
} satisfies Record<string, Share>;

export type StageName = keyof typeof STAGES;

/** Stages by number; threads use it to tell each other the current stage. */
export const STAGE_NAMES = Object.keys(STAGES) as StageName[];

/** A kernel whose last argument is the share's number. */
function kernelShare(name: keyof Kernels): Share {
  return ({ kernels }, args, item) => {
    (kernels[name] as (...args: number[]) => number)(...args, item);
  };
}

/** Eight eigenvalues (kernels/sturm.ts). */
function refineGroup({ kernels }: ShareContext, args: readonly number[], group: number): void {
  const [diagonal, squares, n, values, firstIndex, halfWidth, steps] = args;
  kernels.refineEight(diagonal, squares, n, values + group * 64, firstIndex + group * 8, halfWidth, steps);
}
