import { FUSED_KERNELS, PLAIN_KERNELS } from "../generated/kernels.js";

/** The kernels' exports; addresses and byte counts are unsigned 32-bit. What each does stands at its source in kernels/. */
export interface Kernels {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;
  packRowsF32: PackRows;
  packRowsF64: PackRows;
  packColumnsF32: PackColumns;
  packColumnsF64: PackColumns;
  largestF32(from: number, count: number): number;
  largestF64(from: number, count: number): number;
  scaleInPlace(from: number, end: number, factor: number): void;
  gramTileRows(gram: number, panel: number, stripBytes: number, depth: number, first: number, end: number): void;
  panelQr(panel: number, rows: number, tau: number, work: number): void;
  gatherPanel(matrix: number, tiles: number, p: number, panel: number): void;
  separateReflectors(factor: number, panel: number): void;
  compactFactor(panel: number, rows: number, tau: number, products: number, factor: number): void;
  symmetricTileRow(matrix: number, tiles: number, p: number, panel: number, x: number, I: number): void;
  updateFactors(panel: number, x: number, rows: number, factor: number, half: number, work: number): void;
  packUpdateTile(panel: number, x: number, factor: number, half: number, update: number, row: number, work: number): void;
  updateTileRow(matrix: number, p: number, update: number, I: number): void;
  storeBandTile(matrix: number, tiles: number, p: number, band: number): void;
  chaseSweep(band: number, n: number, s: number, work: number): void;
  readTridiagonal(band: number, n: number, diagonal: number, squares: number): void;
  findSplit(diagonal: number, squares: number, first: number, last: number, negligible: number): number;
  qlStep(diagonal: number, squares: number, first: number, last: number): void;
  refineEight(diagonal: number, squares: number, n: number, values: number, index: number, halfWidth: number, steps: number): void;
  applyReflectors(panel: number, rows: number, factor: number, target: number, work: number): void;
  copyColumns(panel: number, rows: number, square: number, n: number, p: number): void;
  copyTile(tile: number, square: number, n: number, p: number): void;
  beginBidiagonal(square: number, n: number, work: number): void;
  bidiagonalStep(square: number, n: number, k: number, work: number, diagonal: number, superdiagonal: number): void;
}

type PackRows = (
  from: number,
  rows: number,
  cols: number,
  to: number,
  width: number,
  groupBytes: number,
  at: number,
  scale: number,
) => void;
type PackColumns = (
  from: number,
  rows: number,
  count: number,
  to: number,
  width: number,
  groupBytes: number,
  first: number,
  at: number,
  scale: number,
) => void;

/** The two builds of the kernels: with fused multiply-add (relaxed SIMD) and without. */
export type Build = "fused" | "plain";

const modules = new Map<Build, WebAssembly.Module>();

/** "fused" where the host takes relaxed SIMD (Node 22, current browsers): about 1.2 times faster on x86, and one rounding less a term. */
export function preferredBuild(): Build {
  return WebAssembly.validate(decode(FUSED_KERNELS)) ? "fused" : "plain";
}

/** A new instance with a memory of its own; a build is compiled once a thread. Throws where the host has no WebAssembly SIMD. */
export function instantiateKernels(build: Build): Kernels {
  const module = modules.get(build) ?? new WebAssembly.Module(decode(build === "fused" ? FUSED_KERNELS : PLAIN_KERNELS));
  modules.set(build, module);
  const { exports } = new WebAssembly.Instance(module);
  return exports as unknown as Kernels;
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
