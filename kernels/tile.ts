// The tile is the unit of storage and of the band: TILE x TILE numbers of type T (f64 or f32), row-major: 256 or 128
// bytes per row, 8 or 4 KiB per tile.
export const TILE: i32 = 32;

/** Bytes of a row of a tile, or of a panel of 32 columns. */
export function rowBytes<T>(): usize {
  return 32 * sizeof<T>();
}

export function tileBytes<T>(): usize {
  return 1024 * sizeof<T>();
}

/** The address of entry `i` of a vector. */
export function at<T>(base: usize, i: i32): usize {
  return base + <usize>i * sizeof<T>();
}

/**
 * A column whose sum of squares is at or below this counts as zero. The matrix is scaled so that its largest entry is
 * about 1: dropped entries are below 2^-480 of that in f64, and in f32 below 2^-45, far below the rounding. Above it
 * sums of squares keep all their bits (in f32: all that the rounding of the matrix leaves) and a reflector made from
 * one is orthogonal.
 */
export function negligibleSquare<T>(): T {
  if (sizeof<T>() === 8) return <T>reinterpret<f64>((1023 - 960) << 52);
  return <T>reinterpret<f32>((127 - 90) << 23);
}

/**
 * Address of tile (I, J), I >= J, of a symmetric matrix stored as its lower triangle of tiles, one row of tiles after
 * the other.
 */
export function lowerTile<T>(base: usize, I: i32, J: i32): usize {
  return base + (((<usize>I * (<usize>I + 1)) >> 1) + <usize>J) * tileBytes<T>();
}
