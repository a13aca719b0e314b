import { compactFactor } from "./compact-factor";
import { addProducts, addTransposedProduct, addTransposedProducts } from "./multiply-add";
import { panelQr, separateReflectors } from "./panel-qr";
import { lowerTile, rowBytes, TILE, tileBytes } from "./tile";

// Reduction of a symmetric matrix A (lower tiles) to a band of 32 subdiagonals [BLS00]. Step p factorises the tiles
// below diagonal tile p, Q = I - V T V'; the rest becomes Q'AQ = A + V Z' + Z V', where X = AV and Z = -(XT - 1/2 V
// T'(V'X)T).
//
// The update of step p - 1 and the product X of step p pass through the matrix together, so that each tile is read from
// memory once per step. First the column of tiles p is updated and factorised; then all others are updated and
// multiplied by V while they are in the cache. Tile rows of V (`panel`), X and the packed update are numbered as in the
// matrix. A kernel whose last argument is `item` does one share of a stage. Shares write to different memory and each
// sums in a fixed order, so that threads can take them in any order.

/** Rows of tiles per share of a stage that is linear in n. */
const ROWS_PER_SHARE: i32 = 4;
/**
 * Columns of tiles that are updated before they are multiplied: with 8 rows 256 KiB of f64, which fit in the
 * second-level cache.
 */
const COLUMNS_AT_ONCE: i32 = 4;

function updateRow<T>(update: usize, I: i32): usize {
  return update + <usize>I * (3 * tileBytes<T>());
}

/** A_IJ += (V Z' + Z V')_IJ: 64 rows of the packed update of I against 64 of that of J, one tile further on. */
function updateTile<T>(matrix: usize, update: usize, I: i32, J: i32): void {
  addTransposedProduct<T>(
    updateRow<T>(update, I),
    updateRow<T>(update, J) + tileBytes<T>(),
    2 * TILE,
    lowerTile<T>(matrix, I, J),
  );
}

/**
 * Share `item` of column p of tiles: the update of step p - 1 (none at p = 0), then the tiles below the diagonal are
 * copied to the panel.
 */
export function beginPanel<T>(matrix: usize, tiles: i32, p: i32, update: usize, panel: usize, item: i32): void {
  const first = p + item * ROWS_PER_SHARE;
  for (let I = first; I < min(tiles, first + ROWS_PER_SHARE); I++) {
    if (p > 0) updateTile<T>(matrix, update, I, p);
    if (I > p) memory.copy(panel + <usize>I * tileBytes<T>(), lowerTile<T>(matrix, I, p), tileBytes<T>());
  }
}

/**
 * QR of the panel: R becomes tile (p + 1, p) of the band, V stays in the panel, T is written to `factor`. `work` holds
 * a tile and 32 + 2 rows numbers.
 */
export function factorisePanel<T>(
  matrix: usize,
  tiles: i32,
  p: i32,
  panel: usize,
  tau: usize,
  work: usize,
  factor: usize,
): void {
  const top = panel + <usize>(p + 1) * tileBytes<T>();
  const rows = (tiles - p - 1) * TILE;
  panelQr<T>(top, rows, tau, work);
  separateReflectors<T>(lowerTile<T>(matrix, p + 1, p), top);
  compactFactor<T>(top, rows, tau, work, factor);
}

/**
 * Share `item`, a group of up to `groupRows` rows of tiles counted from the last: updates its tiles right of column p,
 * and multiplies them by V. A tile left of the group's diagonal block also represents its transpose above the diagonal.
 * Those products are summed in `sums`: group g's tiles (one for each row above it) follow those of the groups before.
 */
export function multiplyTiles<T>(
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
  const bytes = tileBytes<T>();
  const group = (tiles - p - 2) / groupRows - item;
  const first = p + 1 + group * groupRows;
  const end = min(tiles, first + groupRows);
  const above = sums + <usize>((groupRows * group * (group - 1)) >> 1) * bytes;
  memory.fill(x + <usize>first * bytes, 0, <usize>(end - first) * bytes);
  memory.fill(above, 0, <usize>(first - p - 1) * bytes);

  for (let J = p + 1; J < first; J += COLUMNS_AT_ONCE) {
    const last = min(first, J + COLUMNS_AT_ONCE);
    for (let I = first; I < end; I++) {
      if (p > 0) for (let j = J; j < last; j++) updateTile<T>(matrix, update, I, j);
      addProducts<T>(lowerTile<T>(matrix, I, J), panel + <usize>J * bytes, x + <usize>I * bytes, last - J);
    }
    for (let j = J; j < last; j++)
      multiplyTransposed<T>(matrix, first, end, j, panel, above + <usize>(j - p - 1) * bytes);
  }
  for (let I = first; I < end; I++) {
    if (p > 0) for (let J = first; J <= I; J++) updateTile<T>(matrix, update, I, J);
    addProducts<T>(lowerTile<T>(matrix, I, first), panel + <usize>first * bytes, x + <usize>I * bytes, I - first + 1);
  }
  for (let J = first; J < end - 1; J++) multiplyTransposed<T>(matrix, J + 1, end, J, panel, x + <usize>J * bytes);
}

/** C += the tiles first ... end - 1 of column J, transposed, times their rows of V. */
function multiplyTransposed<T>(matrix: usize, first: i32, end: i32, J: i32, panel: usize, c: usize): void {
  const bytes = tileBytes<T>();
  const v = panel + <usize>first * bytes;
  addTransposedProducts<T, T>(
    lowerTile<T>(matrix, first, J),
    v,
    32,
    rowBytes<T>(),
    TILE,
    c,
    end - first,
    <usize>(first + 1) * bytes,
    bytes,
    bytes,
  );
}

/** Share `item` of X: adds the sums of the groups below. */
export function gatherSums<T>(tiles: i32, p: i32, x: usize, sums: usize, groupRows: i32, item: i32): void {
  const bytes = tileBytes<T>();
  const groups = (tiles - p - 2) / groupRows + 1;
  const first = item * ROWS_PER_SHARE;
  for (let row = first; row < min(tiles - p - 1, first + ROWS_PER_SHARE); row++) {
    const to = x + <usize>(p + 1 + row) * bytes;
    for (let group = row / groupRows + 1; group < groups; group++) {
      const from = sums + <usize>(((groupRows * group * (group - 1)) >> 1) + row) * bytes;
      for (let k: usize = 0; k < bytes; k += 32) {
        v128.store(to + k, v128.add<T>(v128.load(to + k), v128.load(from + k)));
        v128.store(to + k, v128.add<T>(v128.load(to + k, 16), v128.load(from + k, 16)), 16);
      }
    }
  }
}

/** The two small factors of Z: -T, which replaces `factor`, and 1/2 T'(V'X)T in `half`. `work` holds two tiles. */
export function updateFactors<T>(
  tiles: i32,
  p: i32,
  panel: usize,
  x: usize,
  factor: usize,
  half: usize,
  work: usize,
): void {
  const bytes = tileBytes<T>();
  const top = <usize>(p + 1) * bytes;
  const products = work;
  const right = work + bytes;
  memory.fill(work, 0, 2 * bytes);
  memory.fill(half, 0, bytes);
  addTransposedProduct<T>(panel + top, x + top, (tiles - p - 1) * TILE, products);
  addProducts<T>(products, factor, right, 1);
  addTransposedProduct<T>(factor, right, TILE, half);
  for (let k: usize = 0; k < bytes; k += 16) {
    v128.store(half + k, v128.mul<T>(v128.splat<T>(0.5), v128.load(half + k)));
    v128.store(factor + k, v128.neg<T>(v128.load(factor + k)));
  }
}

/**
 * Share `item` of the packed update: the transposes of V, Z and V again (96 x 32 per tile row), so that [V Z] and [Z V]
 * are 64 consecutive rows of it.
 */
export function packUpdate<T>(
  tiles: i32,
  p: i32,
  panel: usize,
  x: usize,
  factor: usize,
  half: usize,
  update: usize,
  item: i32,
): void {
  const bytes = tileBytes<T>();
  const first = p + 1 + item * ROWS_PER_SHARE;
  for (let I = first; I < min(tiles, first + ROWS_PER_SHARE); I++) {
    const v = panel + <usize>I * bytes;
    const to = updateRow<T>(update, I);
    const z = to + 2 * bytes;
    memory.fill(z, 0, bytes);
    addProducts<T>(x + <usize>I * bytes, factor, z, 1);
    addProducts<T>(v, half, z, 1);
    transpose<T>(z, to + bytes);
    transpose<T>(v, to);
    memory.copy(z, to, bytes);
  }
}

function transpose<T>(from: usize, to: usize): void {
  for (let i: usize = 0; i < 32; i++) {
    for (let j: usize = 0; j < 32; j++) {
      store<T>(to + j * rowBytes<T>() + i * sizeof<T>(), load<T>(from + i * rowBytes<T>() + j * sizeof<T>()));
    }
  }
}
