import { FUSED_KERNELS, MEMORY_FLAGS, PLAIN_KERNELS } from "../generated/kernels.js";
import { fromBase64, kernelBuilds } from "./kernel-builds.js";

/**
 * The kernels' exports; addresses and byte counts are unsigned 32-bit. Each is documented at its source in kernels/.
 */
export interface Kernels {
  heapBase(): number;
  packRowsF32ToF32: PackRows;
  packRowsF32ToF64: PackRows;
  packRowsF64ToF32: PackRows;
  packRowsF64ToF64: PackRows;
  packColumnsF32ToF32: PackColumns;
  packColumnsF32ToF64: PackColumns;
  packColumnsF64ToF32: PackColumns;
  packColumnsF64ToF64: PackColumns;
  largestF32(from: number, count: number): number;
  largestF64(from: number, count: number): number;
  scaleInPlaceF32: ScaleInPlace;
  scaleInPlaceF64: ScaleInPlace;
  gramRowsF32: GramRows;
  gramRowsF64: GramRows;
  gramWideTileF32: GramWideTile;
  gramWideTileF64: GramWideTile;
  narrowInPlace(from: number, count: number): void;
  beginPanelF32: BeginPanel;
  beginPanelF64: BeginPanel;
  factorisePanelF32: FactorisePanel;
  factorisePanelF64: FactorisePanel;
  multiplyTilesF32: MultiplyTiles;
  multiplyTilesF64: MultiplyTiles;
  gatherSumsF32: GatherSums;
  gatherSumsF64: GatherSums;
  updateFactorsF32: UpdateFactors;
  updateFactorsF64: UpdateFactors;
  packUpdateF32: PackUpdate;
  packUpdateF64: PackUpdate;
  storeBandTileF32: StoreBandTile;
  storeBandTileF64: StoreBandTile;
  chaseSweep(band: number, n: number, s: number, work: number, quads: number, blocks: number): void;
  keepPanel(tiles: number, p: number, panel: number, factor: number, keptPanels: number, keptFactors: number): void;
  factoriseQuads(quads: number, blocks: number, item: number): void;
  applyChase(quads: number, blocks: number, n: number, panels: number, rows: number, item: number): void;
  applyPanels(tiles: number, keptPanels: number, keptFactors: number, panels: number, work: number, item: number): void;
  secularRoots: SecularRoots;
  loewnerVector(k: number, poles: number, differences: number, vector: number, item: number): void;
  secularVectors: SecularVectors;
  gatherTiles: GatherTiles;
  mergeVectors: MergeVectors;
  copyVector(
    from: number,
    column: number,
    to: number,
    target: number,
    n: number,
    firstRow: number,
    endRow: number,
  ): void;
  rotateVectors: RotateVectors;
  readTridiagonal(band: number, n: number, diagonal: number, squares: number): void;
  findSplit(diagonal: number, squares: number, first: number, last: number, negligible: number): number;
  qlStep(diagonal: number, squares: number, first: number, last: number): void;
  refineEight(
    diagonal: number,
    squares: number,
    n: number,
    values: number,
    index: number,
    halfWidth: number,
    steps: number,
  ): void;
  factoriseColumns(panel: number, rows: number, tau: number, work: number, upper: number, factor: number): void;
  applyReflectors(panel: number, rows: number, factor: number, target: number, work: number): void;
  copyColumns(panel: number, rows: number, square: number, n: number, p: number): void;
  copyTile(tile: number, square: number, n: number, p: number): void;
  beginBidiagonal(square: number, n: number, work: number): void;
  bidiagonalStep(square: number, n: number, k: number, work: number, diagonal: number, superdiagonal: number): void;
}

type SecularRoots = (
  k: number,
  poles: number,
  squares: number,
  rho: number,
  differences: number,
  roots: number,
  work: number,
  item: number,
) => void;
type SecularVectors = (
  k: number,
  vector: number,
  differences: number,
  places: number,
  panels: number,
  rows: number,
  item: number,
) => void;
type GatherTiles = (
  panels: number,
  n: number,
  firstRow: number,
  columns: number,
  count: number,
  to: number,
  item: number,
) => void;
type MergeVectors = (
  tilesAt: number,
  tileRows: number,
  tiles: number,
  factors: number,
  factorRows: number,
  firstFactor: number,
  panels: number,
  n: number,
  firstRow: number,
  firstPanel: number,
  item: number,
) => void;
type RotateVectors = (
  panels: number,
  n: number,
  x: number,
  y: number,
  c: number,
  s: number,
  firstRow: number,
  endRow: number,
) => void;
type PackRows = (
  from: number,
  rows: number,
  cols: number,
  to: number,
  width: number,
  groupBytes: number,
  first: number,
  scale: number,
) => void;
type PackColumns = (
  from: number,
  rows: number,
  count: number,
  to: number,
  width: number,
  groupBytes: number,
  column: number,
  first: number,
  scale: number,
) => void;
type ScaleInPlace = (from: number, end: number, factor: number) => void;
type GramRows = (gram: number, panel: number, stripBytes: number, depth: number, tiles: number, item: number) => void;
type GramWideTile = (
  gram: number,
  I: number,
  firstHeld: number,
  row: number,
  held: number,
  stripBytes: number,
  panels: number,
  lastDepth: number,
  item: number,
) => void;
type BeginPanel = (matrix: number, tiles: number, p: number, update: number, panel: number, item: number) => void;
type FactorisePanel = (
  matrix: number,
  tiles: number,
  p: number,
  panel: number,
  tau: number,
  work: number,
  factor: number,
) => void;
type MultiplyTiles = (
  matrix: number,
  tiles: number,
  p: number,
  update: number,
  panel: number,
  x: number,
  sums: number,
  groupRows: number,
  item: number,
) => void;
type GatherSums = (tiles: number, p: number, x: number, sums: number, groupRows: number, item: number) => void;
type UpdateFactors = (
  tiles: number,
  p: number,
  panel: number,
  x: number,
  factor: number,
  half: number,
  work: number,
) => void;
type PackUpdate = (
  tiles: number,
  p: number,
  panel: number,
  x: number,
  factor: number,
  half: number,
  update: number,
  item: number,
) => void;
type StoreBandTile = (matrix: number, tiles: number, p: number, band: number) => void;

/** Whether several threads can share a memory: in Node always, in a page only if it is cross-origin isolated. */
export const THREADS_SHARE_MEMORY: boolean = typeof SharedArrayBuffer === "function";

const builds = /* @__PURE__ */ kernelBuilds<Kernels>((build) => {
  const binary = fromBase64(build === "fused" ? FUSED_KERNELS : PLAIN_KERNELS);
  if (!THREADS_SHARE_MEMORY) binary[MEMORY_FLAGS[build]] = 1;
  return binary;
});
export const preferredBuild = builds.preferred;
export const instantiateKernels = builds.instantiate;

/** A new memory of one page that grows up to 4 GiB, shared between threads if the host allows it. */
export function newMemory(): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: THREADS_SHARE_MEMORY });
}
