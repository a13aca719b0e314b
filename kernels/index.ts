export { applyChase, applyPanels, factoriseQuads, keepPanel } from "./back-transformation";
export { chaseSweep, readTridiagonal } from "./band-to-tridiagonal";
export {
  applyReflectors,
  beginBidiagonal,
  bidiagonalStep,
  copyColumns,
  copyTile,
  factoriseColumns,
} from "./bidiagonal";
export { gramRowsF32, gramRowsF64, gramWideTileF32, gramWideTileF64, narrowInPlace } from "./gram";
export { copyVector, gatherTiles, mergeVectors, rotateVectors } from "./merge";
export { largestF32, largestF64 } from "./packing";
export { findSplit, qlStep } from "./root-free-ql";
export { loewnerVector, secularRoots, secularVectors } from "./secular";
export { refineEight } from "./sturm";
export * from "./typed";

/** First free byte of the memory: the host lays out everything from here. */
export function heapBase(): usize {
  return __heap_base;
}
