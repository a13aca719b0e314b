import { type Arena, doubles, layOut, zero } from "./arena.js";
import { lowerTriangle, ROW_BYTES, TILE, TILE_BYTES } from "./tile.js";

/** Bytes of a column of the band, and columns of zeros past its end: as in kernels/band-to-tridiagonal.ts. */
const BAND_COLUMN_BYTES = 512;
const BAND_MARGIN = 2 * TILE;
/** Rows of tiles in a share of the stages that are linear in n: as in kernels/dense-to-band.ts. */
const ROWS_PER_SHARE = 4;

/** The type in which the dense matrix is reduced. The band and all later steps are f64. */
export type DenseType = "F32" | "F64";

/** The memory of the reduction besides the Gram matrix, from `start` on. */
export function reductionRegions(tiles: number, start: number) {
  const n = tiles * TILE;
  return layOut(start, {
    panel: n * ROW_BYTES,
    x: n * ROW_BYTES,
    update: 3 * n * ROW_BYTES,
    sums: mostSumTiles(tiles) * TILE_BYTES,
    factor: TILE_BYTES,
    half: TILE_BYTES,
    work: Math.max(2 * TILE_BYTES, ROW_BYTES + 2 * n * 8),
    tau: ROW_BYTES,
    band: (n + BAND_MARGIN) * BAND_COLUMN_BYTES,
    diagonal: n * 8,
    squares: n * 8,
  });
}

type Regions = ReturnType<typeof reductionRegions>;

/**
 * Rows of tiles per share of the main stage if `left` are left: an eighth of them, so that shares are similar in size
 * and sums between shares are few.
 */
function groupRows(left: number): number {
  return Math.min(8, Math.max(2, Math.ceil(left / 8)));
}

/**
 * The largest number of tiles of sums between the shares of the main stage, over all its steps: g groups have (0 + 1 +
 * ... + g - 1) groupRows.
 */
function mostSumTiles(tiles: number): number {
  let most = 0;
  for (let left = 1; left < tiles; left++) {
    const groups = Math.ceil(left / groupRows(left));
    most = Math.max(most, (groupRows(left) * groups * (groups - 1)) / 2);
  }
  return most;
}

/**
 * Memory that keeps the reflectors, for the back-transformation of eigenvectors (kernels/back-transformation.ts); f64
 * only.
 */
export interface KeptReflectors {
  readonly panels: number;
  readonly factors: number;
  /** Must be zero initially. */
  readonly quads: number;
}

/** Bytes of the quads' blocks, and their number for each quad of sweeps: as in kernels/back-transformation.ts. */
const QUAD_BYTES = 1280;

/** The kept reflectors of a matrix of `tiles` rows of tiles, from `start` on. */
export function keptRegions(tiles: number, start: number) {
  return layOut(start, {
    panels: lowerTriangle(tiles) * TILE_BYTES,
    factors: tiles * TILE_BYTES,
    quads: Math.ceil((tiles * TILE) / 4) * tiles * QUAD_BYTES,
  });
}

/**
 * Reduces a symmetric matrix of numbers of `type` to a band and that to a tridiagonal matrix, in two stages [BLS00].
 * The lower tiles are at `matrix` and are overwritten. Nearly all of the 4/3 n^3 operations are products of tiles. Rows
 * from M on are zero and stay so. The tridiagonal matrix is written to `regions.diagonal` and, squared,
 * `regions.squares`.
 */
export function tridiagonalise(
  arena: Arena,
  matrix: number,
  { M, type, keep }: { M: number; type: DenseType; keep?: KeptReflectors },
  regions: Regions,
): void {
  const { kernels } = arena;
  const { band, diagonal, squares } = regions;
  const tiles = Math.ceil(M / TILE);
  reduceToBand(arena, matrix, { tiles, type, keep }, regions);
  zero(arena, band, (tiles * TILE + BAND_MARGIN) * BAND_COLUMN_BYTES);
  for (let p = 0; p < tiles; p++) kernels[`storeBandTile${type}`](matrix, tiles, p, band);
  for (let s = 0; s < M - 2; s++) kernels.chaseSweep(band, M, s, regions.work, keep?.quads ?? 0, tiles);
  kernels.readTridiagonal(band, M, diagonal, squares);
}

/** The steps p of kernels/dense-to-band.ts. */
function reduceToBand(
  { kernels, team }: Arena,
  matrix: number,
  { tiles, type, keep }: { tiles: number; type: DenseType; keep?: KeptReflectors | undefined },
  regions: Regions,
): void {
  const { panel, x, update, sums, factor, half, work, tau } = regions;
  for (let p = 0; p < tiles; p++) {
    team.run(`beginPanel${type}`, [matrix, tiles, p, update, panel], Math.ceil((tiles - p) / ROWS_PER_SHARE));
    const left = tiles - p - 1;
    if (left === 0) return;
    kernels[`factorisePanel${type}`](matrix, tiles, p, panel, tau, work, factor);
    if (keep !== undefined) kernels.keepPanel(tiles, p, panel, factor, keep.panels, keep.factors);
    const rows = groupRows(left);
    const groups = Math.ceil(left / rows);
    const shares = Math.ceil(left / ROWS_PER_SHARE);
    team.run(`multiplyTiles${type}`, [matrix, tiles, p, update, panel, x, sums, rows], groups);
    if (groups > 1) team.run(`gatherSums${type}`, [tiles, p, x, sums, rows], shares);
    kernels[`updateFactors${type}`](tiles, p, panel, x, factor, half, work);
    team.run(`packUpdate${type}`, [tiles, p, panel, x, factor, half, update], shares);
  }
}

/** The subdiagonal, with its signs, of the tridiagonal matrix to which the band at `band` was reduced. */
export function subdiagonalOf(arena: Arena, band: number, M: number): Float64Array {
  const entries = doubles(arena, band, M * (BAND_COLUMN_BYTES / 8));
  return Float64Array.from({ length: M - 1 }, (_, j) => entries[j * (BAND_COLUMN_BYTES / 8) + 1]);
}
