import { storeBandTile } from "./band-to-tridiagonal";
import { beginPanel, factorisePanel, gatherSums, multiplyTiles, packUpdate, updateFactors } from "./dense-to-band";
import { packColumns, packRows, scaleInPlace } from "./packing";

// WebAssembly has no type parameters: this file exports the generic kernels once for each type. They are documented at
// their source.

export function beginPanelF64(matrix: usize, tiles: i32, p: i32, update: usize, panel: usize, item: i32): void {
  beginPanel<f64>(matrix, tiles, p, update, panel, item);
}

export function beginPanelF32(matrix: usize, tiles: i32, p: i32, update: usize, panel: usize, item: i32): void {
  beginPanel<f32>(matrix, tiles, p, update, panel, item);
}

export function factorisePanelF64(
  matrix: usize,
  tiles: i32,
  p: i32,
  panel: usize,
  tau: usize,
  work: usize,
  factor: usize,
): void {
  factorisePanel<f64>(matrix, tiles, p, panel, tau, work, factor);
}

export function factorisePanelF32(
  matrix: usize,
  tiles: i32,
  p: i32,
  panel: usize,
  tau: usize,
  work: usize,
  factor: usize,
): void {
  factorisePanel<f32>(matrix, tiles, p, panel, tau, work, factor);
}

export function multiplyTilesF64(
  matrix: usize,
  tiles: i32,
  p: i32,
  update: usize,
  panel: usize,
  x: usize,
  sums: usize,
  groupRows: i32,
  item: i32,
): void {
  multiplyTiles<f64>(matrix, tiles, p, update, panel, x, sums, groupRows, item);
}

export function multiplyTilesF32(
  matrix: usize,
  tiles: i32,
  p: i32,
  update: usize,
  panel: usize,
  x: usize,
  sums: usize,
  groupRows: i32,
  item: i32,
): void {
  multiplyTiles<f32>(matrix, tiles, p, update, panel, x, sums, groupRows, item);
}

export function gatherSumsF64(tiles: i32, p: i32, x: usize, sums: usize, groupRows: i32, item: i32): void {
  gatherSums<f64>(tiles, p, x, sums, groupRows, item);
}

export function gatherSumsF32(tiles: i32, p: i32, x: usize, sums: usize, groupRows: i32, item: i32): void {
  gatherSums<f32>(tiles, p, x, sums, groupRows, item);
}

export function updateFactorsF64(
  tiles: i32,
  p: i32,
  panel: usize,
  x: usize,
  factor: usize,
  half: usize,
  work: usize,
): void {
  updateFactors<f64>(tiles, p, panel, x, factor, half, work);
}

export function updateFactorsF32(
  tiles: i32,
  p: i32,
  panel: usize,
  x: usize,
  factor: usize,
  half: usize,
  work: usize,
): void {
  updateFactors<f32>(tiles, p, panel, x, factor, half, work);
}

export function packUpdateF64(
  tiles: i32,
  p: i32,
  panel: usize,
  x: usize,
  factor: usize,
  half: usize,
  update: usize,
  item: i32,
): void {
  packUpdate<f64>(tiles, p, panel, x, factor, half, update, item);
}

export function packUpdateF32(
  tiles: i32,
  p: i32,
  panel: usize,
  x: usize,
  factor: usize,
  half: usize,
  update: usize,
  item: i32,
): void {
  packUpdate<f32>(tiles, p, panel, x, factor, half, update, item);
}

export function storeBandTileF64(matrix: usize, tiles: i32, p: i32, band: usize): void {
  storeBandTile<f64>(matrix, tiles, p, band);
}

export function storeBandTileF32(matrix: usize, tiles: i32, p: i32, band: usize): void {
  storeBandTile<f32>(matrix, tiles, p, band);
}

export function packRowsF32ToF64(
  from: usize,
  rows: i32,
  cols: i32,
  to: usize,
  width: i32,
  groupBytes: usize,
  first: i32,
  scale: f64,
): void {
  packRows<f32, f64>(from, rows, cols, to, width, groupBytes, first, scale);
}

export function packRowsF64ToF64(
  from: usize,
  rows: i32,
  cols: i32,
  to: usize,
  width: i32,
  groupBytes: usize,
  first: i32,
  scale: f64,
): void {
  packRows<f64, f64>(from, rows, cols, to, width, groupBytes, first, scale);
}

export function packRowsF32ToF32(
  from: usize,
  rows: i32,
  cols: i32,
  to: usize,
  width: i32,
  groupBytes: usize,
  first: i32,
  scale: f64,
): void {
  packRows<f32, f32>(from, rows, cols, to, width, groupBytes, first, scale);
}

export function packRowsF64ToF32(
  from: usize,
  rows: i32,
  cols: i32,
  to: usize,
  width: i32,
  groupBytes: usize,
  first: i32,
  scale: f64,
): void {
  packRows<f64, f32>(from, rows, cols, to, width, groupBytes, first, scale);
}

export function packColumnsF32ToF64(
  from: usize,
  rows: i32,
  count: i32,
  to: usize,
  width: i32,
  groupBytes: usize,
  column: i32,
  first: i32,
  scale: f64,
): void {
  packColumns<f32, f64>(from, rows, count, to, width, groupBytes, column, first, scale);
}

export function packColumnsF64ToF64(
  from: usize,
  rows: i32,
  count: i32,
  to: usize,
  width: i32,
  groupBytes: usize,
  column: i32,
  first: i32,
  scale: f64,
): void {
  packColumns<f64, f64>(from, rows, count, to, width, groupBytes, column, first, scale);
}

export function packColumnsF32ToF32(
  from: usize,
  rows: i32,
  count: i32,
  to: usize,
  width: i32,
  groupBytes: usize,
  column: i32,
  first: i32,
  scale: f64,
): void {
  packColumns<f32, f32>(from, rows, count, to, width, groupBytes, column, first, scale);
}

export function packColumnsF64ToF32(
  from: usize,
  rows: i32,
  count: i32,
  to: usize,
  width: i32,
  groupBytes: usize,
  column: i32,
  first: i32,
  scale: f64,
): void {
  packColumns<f64, f32>(from, rows, count, to, width, groupBytes, column, first, scale);
}

export function scaleInPlaceF64(from: usize, end: usize, factor: f64): void {
  scaleInPlace<f64>(from, end, factor);
}

export function scaleInPlaceF32(from: usize, end: usize, factor: f64): void {
  scaleInPlace<f32>(from, end, factor);
}
