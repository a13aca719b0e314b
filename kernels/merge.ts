import { addProducts } from "./multiply-add";

// The matrix products of divide and conquer. Eigenvectors are stored as column panels: 32 columns, `n` rows of 256
// bytes each, contiguous; rows and columns of the problem [lo, hi) have the same numbers in the panels.

const TILE_BYTES: usize = 8192;
/** Tiles of the inner dimension that are multiplied at once: both operands' 32 KiB stay in the nearest caches. */
const DEPTH: i32 = 4;

function columnAt(panels: usize, n: i32, column: i32): usize {
  return panels + <usize>(column >> 5) * ((<usize>n) << 8) + ((<usize>(column & 31)) << 3);
}

/**
 * Share `item`, one row of tiles: gathers its `count` listed columns (i32) into consecutive row-major tiles, padded
 * with zeros to a whole tile.
 */
export function gatherTiles(
  panels: usize,
  n: i32,
  firstRow: i32,
  columns: usize,
  count: i32,
  to: usize,
  item: i32,
): void {
  const tiles = (count + 31) >> 5;
  const row = (<usize>(firstRow + 32 * item)) << 8;
  const out = to + <usize>(item * tiles) * TILE_BYTES;
  for (let t = 0; t < tiles << 5; t++) {
    let target = out + <usize>(t >> 5) * TILE_BYTES + ((<usize>(t & 31)) << 3);
    if (t >= count) {
      for (let r = 0; r < 32; r++, target += 256) store<f64>(target, 0);
      continue;
    }
    let source = columnAt(panels, n, load<i32>(columns + ((<usize>t) << 2))) + row;
    for (let r = 0; r < 32; r++, target += 256, source += 256) store<f64>(target, load<f64>(source));
  }
}

/**
 * Share `item`, one column panel of the new vectors: rows `firstRow` ... of it become the gathered tiles (`tileRows`
 * rows of `tiles` tiles) times the panel of `factors` (`factorRows` rows) from its row `firstFactor` on.
 */
export function mergeVectors(
  tilesAt: usize,
  tileRows: i32,
  tiles: i32,
  factors: usize,
  factorRows: i32,
  firstFactor: i32,
  panels: usize,
  n: i32,
  firstRow: i32,
  firstPanel: i32,
  item: i32,
): void {
  const factor = factors + <usize>item * ((<usize>factorRows) << 8) + ((<usize>firstFactor) << 8);
  const target = panels + <usize>(firstPanel + item) * ((<usize>n) << 8) + ((<usize>firstRow) << 8);
  memory.fill(target, 0, <usize>tileRows * TILE_BYTES);
  for (let t = 0; t < tiles; t += DEPTH) {
    const depth = min(DEPTH, tiles - t);
    for (let I = 0; I < tileRows; I++) {
      const a = tilesAt + <usize>(I * tiles + t) * TILE_BYTES;
      addProducts<f64>(a, factor + <usize>t * TILE_BYTES, target + <usize>I * TILE_BYTES, depth);
    }
  }
}

/** Copies rows `firstRow` ... `endRow` - 1 of a column to a column of other panels. */
export function copyVector(from: usize, column: i32, to: usize, target: i32, n: i32, firstRow: i32, endRow: i32): void {
  let source = columnAt(from, n, column) + ((<usize>firstRow) << 8);
  let out = columnAt(to, n, target) + ((<usize>firstRow) << 8);
  for (let i = firstRow; i < endRow; i++, source += 256, out += 256) store<f64>(out, load<f64>(source));
}

/** Rotates two columns: (x, y) becomes (c x + s y, c y - s x). */
export function rotateVectors(panels: usize, n: i32, x: i32, y: i32, c: f64, s: f64, firstRow: i32, endRow: i32): void {
  let left = columnAt(panels, n, x) + ((<usize>firstRow) << 8);
  let right = columnAt(panels, n, y) + ((<usize>firstRow) << 8);
  for (let i = firstRow; i < endRow; i++, left += 256, right += 256) {
    const a = load<f64>(left),
      b = load<f64>(right);
    store<f64>(left, c * a + s * b);
    store<f64>(right, c * b - s * a);
  }
}
