import { addProduct, addTransposedProduct } from "./multiply-add";
import { lowerTile, ROW_BYTES, TILE, TILE_BYTES } from "./tile";

// One step of the reduction of a symmetric matrix A (lower tiles) to a band of 32 subdiagonals [BLS00]: with the QR factorisation of the tiles below
// diagonal tile p, Q = I - V T V', the rest becomes Q'AQ = A + V Z' + Z V', where X = AV and Z = -(XT - 1/2 V T'(V'X)T).
// The steps are separate functions over single rows of tiles, so that threads can share them and V8 can exchange baseline code for optimised code
// between calls. Tile rows of V, X and the packed update count from p + 1.

/** Copies the tiles below diagonal tile p into the row-major panel. */
export function gatherPanel(matrix: usize, tiles: i32, p: i32, panel: usize): void {
  for (let I = p + 1; I < tiles; I++) {
    memory.copy(panel, lowerTile(matrix, I, p), TILE_BYTES);
    panel += TILE_BYTES;
  }
}

/** After `panelQr`: moves R from the panel's first tile to the tile `factor` and leaves V in the panel, its leading ones and zeros written out. */
export function separateReflectors(factor: usize, panel: usize): void {
  for (let i = 0; i < TILE; i++) {
    for (let j = 0; j < TILE; j++) {
      const at = <usize>i * ROW_BYTES + ((<usize>j) << 3);
      store<f64>(factor + at, i <= j ? load<f64>(panel + at) : 0);
      if (i <= j) store<f64>(panel + at, i === j ? 1 : 0);
    }
  }
}

/** The triangular T of the compact form from V (`rows` x 32) and tau; `products` (a tile) receives V'V. */
export function compactFactor(panel: usize, rows: i32, tau: usize, products: usize, factor: usize): void {
  memory.fill(products, 0, TILE_BYTES);
  addTransposedProduct(panel, panel, 32, ROW_BYTES, rows, products);
  memory.fill(factor, 0, TILE_BYTES);
  for (let c = 0; c < TILE; c++) {
    const t = load<f64>(tau + ((<usize>c) << 3));
    for (let i = 0; i < c; i++) {
      let sum = 0.0;
      for (let k = i; k < c; k++) {
        sum +=
          load<f64>(factor + <usize>i * ROW_BYTES + ((<usize>k) << 3)) * load<f64>(products + <usize>k * ROW_BYTES + ((<usize>c) << 3));
      }
      store<f64>(factor + <usize>i * ROW_BYTES + ((<usize>c) << 3), -t * sum);
    }
    store<f64>(factor + <usize>c * ROW_BYTES + ((<usize>c) << 3), t);
  }
}

/** Row of tiles I of X = AV, from the lower tiles alone: those left of the diagonal as they are, those below it transposed. */
export function symmetricTileRow(matrix: usize, tiles: i32, p: i32, panel: usize, x: usize, I: i32): void {
  const to = x + <usize>(I - p - 1) * TILE_BYTES;
  memory.fill(to, 0, TILE_BYTES);
  let v = panel;
  for (let J = p + 1; J <= I; J++) {
    addProduct(lowerTile(matrix, I, J), v, to);
    v += TILE_BYTES;
  }
  for (let J = I + 1; J < tiles; J++) {
    addTransposedProduct(lowerTile(matrix, J, I), v, 32, ROW_BYTES, TILE, to);
    v += TILE_BYTES;
  }
}

/** The two small factors of Z: -T in place of `factor`, and 1/2 T'(V'X)T in `half`. `work` has room for two tiles. */
export function updateFactors(panel: usize, x: usize, rows: i32, factor: usize, half: usize, work: usize): void {
  const products = work;
  const right = work + TILE_BYTES;
  memory.fill(work, 0, 2 * TILE_BYTES);
  memory.fill(half, 0, TILE_BYTES);
  addTransposedProduct(panel, x, 32, ROW_BYTES, rows, products);
  addProduct(products, factor, right);
  addTransposedProduct(factor, right, 32, ROW_BYTES, TILE, half);
  for (let at: usize = 0; at < TILE_BYTES; at += 8) {
    store<f64>(half + at, 0.5 * load<f64>(half + at));
    store<f64>(factor + at, -load<f64>(factor + at));
  }
}

/** Tile row `row` of the packed update: the transposes of V, Z and V again (96 x 32), so that [V Z] and [Z V] are 64 consecutive rows of it. */
export function packUpdateTile(panel: usize, x: usize, factor: usize, half: usize, update: usize, row: i32, work: usize): void {
  const v = panel + <usize>row * TILE_BYTES;
  const to = update + <usize>row * (3 * TILE_BYTES);
  memory.fill(work, 0, TILE_BYTES);
  addProduct(x + <usize>row * TILE_BYTES, factor, work);
  addProduct(v, half, work);
  transpose(v, to);
  transpose(work, to + TILE_BYTES);
  memory.copy(to + 2 * TILE_BYTES, to, TILE_BYTES);
}

function transpose(from: usize, to: usize): void {
  for (let i: usize = 0; i < 32; i += 2) {
    for (let j: usize = 0; j < 32; j += 2) {
      const top = v128.load(from + i * ROW_BYTES + (j << 3));
      const bottom = v128.load(from + (i + 1) * ROW_BYTES + (j << 3));
      v128.store(to + j * ROW_BYTES + (i << 3), v128.shuffle<f64>(top, bottom, 0, 2));
      v128.store(to + (j + 1) * ROW_BYTES + (i << 3), v128.shuffle<f64>(top, bottom, 1, 3));
    }
  }
}

/** Row of tiles I of A += V Z' + Z V'. */
export function updateTileRow(matrix: usize, p: i32, update: usize, I: i32): void {
  const left = update + <usize>(I - p - 1) * (3 * TILE_BYTES);
  let right = update + TILE_BYTES;
  for (let J = p + 1; J <= I; J++) {
    addTransposedProduct(left, right, 32, ROW_BYTES, 2 * TILE, lowerTile(matrix, I, J));
    right += 3 * TILE_BYTES;
  }
}
