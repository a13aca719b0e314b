export { chaseSweep, readTridiagonal, storeBandTile } from "./band-to-tridiagonal";
export { applyReflectors, beginBidiagonal, bidiagonalStep, copyColumns, copyTile } from "./bidiagonal";
export {
  compactFactor,
  gatherPanel,
  packUpdateTile,
  separateReflectors,
  symmetricTileRow,
  updateFactors,
  updateTileRow,
} from "./dense-to-band";
export { gramTileRows } from "./gram";
export { largestF32, largestF64, packColumnsF32, packColumnsF64, packRowsF32, packRowsF64, scaleInPlace } from "./packing";
export { panelQr } from "./panel-qr";
export { findSplit, qlStep } from "./root-free-ql";
export { refineEight } from "./sturm";

/** First free byte of the memory: the host lays everything out from here. */
export function heapBase(): usize {
  return __heap_base;
}
