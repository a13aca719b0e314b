/** Side of a tile, and of the band: as in kernels/tile.ts. */
export const TILE = 32;
export const TILE_BYTES = TILE * TILE * 8;
/** Bytes of a row of a tile or a column panel. */
export const ROW_BYTES = TILE * 8;

/** Tiles in the lower triangle of `tiles` x `tiles` tiles. */
export function lowerTriangle(tiles: number): number {
  return (tiles * (tiles + 1)) / 2;
}
