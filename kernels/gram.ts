import { addTransposedProducts } from "./multiply-add";
import { lowerTile } from "./tile";

// The Gram matrix G = sum over panels of P'P, in f64. A panel is up to 256 rows of W, packed as T (f64, or f32 whose
// sums over the panel are added to G as f64) into strips of 32 bytes of columns. A and B of a product then have the
// same form, so that one packing serves both.

/**
 * Rows of tiles that one call multiplies by one column of tiles before the next: their strips stay in the second-level
 * cache.
 */
const TILE_ROWS: i32 = 4;

/** Group `item` of rows of tiles, counted from the longest, of G += P'P: the tiles on and left of the diagonal. */
function gramRows<T>(gram: usize, panel: usize, stripBytes: usize, depth: i32, tiles: i32, item: i32): void {
  const tileBytes: usize = sizeof<T>() === 8 ? 8 * stripBytes : 4 * stripBytes;
  const end = tiles - item * TILE_ROWS;
  const first = max(0, end - TILE_ROWS);
  for (let J = 0; J < end; J++) {
    for (let I = max(first, J); I < end; I++) {
      const a = panel + <usize>I * tileBytes;
      const b = panel + <usize>J * tileBytes;
      addTransposedProducts<T, f64>(a, b, stripBytes, 32, depth, lowerTile<f64>(gram, I, J), 1, 0, 0, 0);
    }
  }
}

export function gramRowsF64(gram: usize, panel: usize, stripBytes: usize, depth: i32, tiles: i32, item: i32): void {
  gramRows<f64>(gram, panel, stripBytes, depth, tiles, item);
}

export function gramRowsF32(gram: usize, panel: usize, stripBytes: usize, depth: i32, tiles: i32, item: i32): void {
  gramRows<f32>(gram, panel, stripBytes, depth, tiles, item);
}

/**
 * Tile (I, firstHeld + item) of G += A'B for two packed rows of tiles of a wide matrix, one panel of 256 rows of W
 * after the other: `row` is that of I, `held` those from `firstHeld` on. The last of the `panels` has
 * `lastDepth` rows.
 */
function gramWideTile<T>(
  gram: usize,
  I: i32,
  firstHeld: i32,
  row: usize,
  held: usize,
  stripBytes: usize,
  panels: i32,
  lastDepth: i32,
  item: i32,
): void {
  const panelBytes: usize = sizeof<T>() === 8 ? 8 * stripBytes : 4 * stripBytes;
  const c = lowerTile<f64>(gram, I, firstHeld + item);
  let a = row;
  let b = held + <usize>item * <usize>panels * panelBytes;
  for (let q = 1; q <= panels; q++) {
    addTransposedProducts<T, f64>(a, b, stripBytes, 32, q === panels ? lastDepth : 256, c, 1, 0, 0, 0);
    a += panelBytes;
    b += panelBytes;
  }
}

export function gramWideTileF64(
  gram: usize,
  I: i32,
  firstHeld: i32,
  row: usize,
  held: usize,
  stripBytes: usize,
  panels: i32,
  lastDepth: i32,
  item: i32,
): void {
  gramWideTile<f64>(gram, I, firstHeld, row, held, stripBytes, panels, lastDepth, item);
}

export function gramWideTileF32(
  gram: usize,
  I: i32,
  firstHeld: i32,
  row: usize,
  held: usize,
  stripBytes: usize,
  panels: i32,
  lastDepth: i32,
  item: i32,
): void {
  gramWideTile<f32>(gram, I, firstHeld, row, held, stripBytes, panels, lastDepth, item);
}

/** Rounds `count` f64 at `from` to f32, in place: the result uses the first half of the memory. */
export function narrowInPlace(from: usize, count: i32): void {
  let to = from;
  for (let k = count >> 2; k > 0; k--) {
    const low = f32x4.demote_f64x2_zero(v128.load(from));
    const high = f32x4.demote_f64x2_zero(v128.load(from, 16));
    v128.store(to, v128.shuffle<i64>(low, high, 0, 2));
    from += 32;
    to += 16;
  }
}
