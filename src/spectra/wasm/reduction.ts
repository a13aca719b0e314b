import { type Arena, layOut } from "./arena.js";
import { lowerTile, ROW_BYTES, TILE, TILE_BYTES } from "./tile.js";

/** Bytes of a column of the band, and columns of zeros past its end: as in kernels/band-to-tridiagonal.ts. */
const BAND_COLUMN_BYTES = 512;
const BAND_MARGIN = 2 * TILE;

/** What the reduction needs beside the Gram matrix, from `start` on. */
export function reductionRegions(tiles: number, start: number) {
  const n = tiles * TILE;
  return layOut(start, {
    panel: n * ROW_BYTES,
    x: n * ROW_BYTES,
    update: 3 * n * ROW_BYTES,
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
 * Reduces the symmetric matrix whose lower tiles stand at `gram` (overwritten) to a band and that to a tridiagonal matrix, in two stages [BLS00]:
 * nearly all of the 4/3 n^3 operations are products of tiles. Rows from M on are zero and stay so.
 * The tridiagonal matrix stands at `regions.diagonal` and, squared, `regions.squares`.
 */
export function tridiagonalise(arena: Arena, gram: number, M: number, regions: Regions): void {
  const { kernels } = arena;
  const tiles = Math.ceil(M / TILE);
  for (let p = 0; p < tiles - 1; p++) bandStep(arena, gram, { tiles, p, regions });
  arena.zero(regions.band, (tiles * TILE + BAND_MARGIN) * BAND_COLUMN_BYTES);
  for (let p = 0; p < tiles; p++) kernels.storeBandTile(gram, tiles, p, regions.band);
  for (let s = 0; s < M - 2; s++) kernels.chaseSweep(regions.band, M, s, regions.work);
  kernels.readTridiagonal(regions.band, M, regions.diagonal, regions.squares);
}

/** Makes column p of tiles part of the band and applies the reflectors to the rest (kernels/dense-to-band.ts). */
function bandStep({ kernels }: Arena, gram: number, { tiles, p, regions }: { tiles: number; p: number; regions: Regions }): void {
  const { panel, x, update, factor, half, work, tau } = regions;
  const rows = (tiles - p - 1) * TILE;
  kernels.gatherPanel(gram, tiles, p, panel);
  kernels.panelQr(panel, rows, tau, work);
  kernels.separateReflectors(lowerTile(gram, p + 1, p), panel);
  kernels.compactFactor(panel, rows, tau, work, factor);
  for (let I = p + 1; I < tiles; I++) kernels.symmetricTileRow(gram, tiles, p, panel, x, I);
  kernels.updateFactors(panel, x, rows, factor, half, work);
  for (let row = 0; row < tiles - p - 1; row++) kernels.packUpdateTile(panel, x, factor, half, update, row, work);
  for (let I = p + 1; I < tiles; I++) kernels.updateTileRow(gram, p, update, I);
}
