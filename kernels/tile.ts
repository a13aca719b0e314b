// The tile is the unit of storage and of the band: TILE x TILE doubles, row-major, 256 bytes a row, 8 KiB a tile (four tiles fit in any L1).
export const TILE: i32 = 32;
export const ROW_BYTES: usize = 256;
export const TILE_BYTES: usize = 8192;

/**
 * A column whose sum of squares is at or below this counts as zero: 2^-960. The matrix is scaled so that its largest entry is about 1, so what is
 * dropped is below 2^-480 of that; above it, sums of squares keep all their bits and a reflector made from one is orthogonal.
 */
export const NEGLIGIBLE_SQUARE: f64 = reinterpret<f64>((1023 - 960) << 52);

/** Address of tile (I, J), I >= J, of a symmetric matrix that is stored as its lower triangle of tiles, row of tiles after row of tiles. */
// @ts-expect-error: decorator
export function lowerTile(base: usize, I: i32, J: i32): usize {
  return base + (((<usize>I * (<usize>I + 1)) >> 1) + <usize>J) * TILE_BYTES;
}
