import { type Arena, layOut } from "./arena.js";
import { ROW_BYTES, TILE, TILE_BYTES } from "./tile.js";

/** The memory of divide and conquer for a matrix of `tiles` rows of tiles, from `start` on. */
export function conquerRegions(tiles: number, start: number) {
  const n = tiles * TILE;
  return layOut(start, {
    // Eigenvectors as column panels: those of the level below, and those of the current one.
    panels: tiles * n * ROW_BYTES,
    others: tiles * n * ROW_BYTES,
    tiles: tiles * (tiles + 2) * TILE_BYTES,
    // Factors are read up to two tiles past their last row, where they are zero.
    factors: tiles * (n + 2 * TILE) * ROW_BYTES,
    differences: n * n * 8,
    poles: n * 8,
    squares: n * 8,
    vector: n * 8,
    roots: n * 8,
    work: tiles * 32,
    places: n * 4,
    columns: n * 4,
  });
}

/** The regions of one problem. */
export type Regions = ReturnType<typeof conquerRegions>;

/** Eigenvalues and eigenvectors of the current part of the matrix. */
export interface State {
  readonly arena: Arena;
  readonly regions: Regions;
  /** Side, and the side padded to whole tiles. */
  readonly n: number;
  readonly rows: number;
  readonly values: Float64Array;
  /** Within each finished part: its columns in ascending order of their eigenvalues. */
  readonly order: Int32Array;
  panels: number;
  others: number;
}

export interface Part {
  readonly lo: number;
  readonly mid: number;
  readonly hi: number;
  readonly coupling: number;
}
