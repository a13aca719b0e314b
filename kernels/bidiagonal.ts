import { compactFactor } from "./compact-factor";
import { addProducts, addTransposedProduct, multiplyAdd } from "./multiply-add";
import { panelQr, separateReflectors } from "./panel-qr";
import { negligibleSquare, rowBytes, TILE, tileBytes } from "./tile";

const ROW_BYTES: usize = rowBytes<f64>();
const TILE_BYTES: usize = tileBytes<f64>();

// The route that works on W itself: QR of W, panel after panel of 32 columns, then Golub and Kahan's bidiagonalisation
// of the square R [GVL13, 5.4.8]. W is stored as column panels, each row-major (`rows` x 32) and contiguous.

/**
 * QR of the panel (`rows` x 32): R is written to the tile `upper`, V stays in the panel, T is written to `factor`.
 * `work` holds a tile and 32 + 2 rows doubles.
 */
export function factoriseColumns(panel: usize, rows: i32, tau: usize, work: usize, upper: usize, factor: usize): void {
  panelQr<f64>(panel, rows, tau, work);
  separateReflectors<f64>(upper, panel);
  compactFactor<f64>(panel, rows, tau, work, factor);
}

/**
 * Applies (I - V T V')' to the panel `target` (`rows` x 32): target -= V T' (V' target). `factor` holds T; `work` holds
 * two tiles.
 */
export function applyReflectors(panel: usize, rows: i32, factor: usize, target: usize, work: usize): void {
  const products = work;
  const small = work + TILE_BYTES;
  memory.fill(work, 0, 2 * TILE_BYTES);
  addTransposedProduct<f64>(panel, target, rows, products);
  addTransposedProduct<f64>(factor, products, TILE, small);
  for (let at: usize = 0; at < TILE_BYTES; at += 16) v128.store(small + at, v128.neg<f64>(v128.load(small + at)));
  const bytes = <usize>rows * ROW_BYTES;
  for (let at: usize = 0; at < bytes; at += TILE_BYTES) addProducts<f64>(panel + at, small, target + at, 1);
}

/**
 * Copies the top `rows` rows of a column panel to columns 32 * p ... of the row-major square matrix of side `n`, zero
 * below row `rows`.
 */
export function copyColumns(panel: usize, rows: i32, square: usize, n: i32, p: i32): void {
  const stride = (<usize>n) << 3;
  let to = square + <usize>p * ROW_BYTES;
  for (let i = 0; i < n; i++) {
    if (i < rows) memory.copy(to, panel + <usize>i * ROW_BYTES, ROW_BYTES);
    else memory.fill(to, 0, ROW_BYTES);
    to += stride;
  }
}

/** Copies a tile to rows and columns 32 * p ... of the square. */
export function copyTile(tile: usize, square: usize, n: i32, p: i32): void {
  const stride = (<usize>n) << 3;
  let to = square + <usize>p * TILE * stride + <usize>p * ROW_BYTES;
  for (let i = 0; i < TILE; i++) {
    memory.copy(to, tile + <usize>i * ROW_BYTES, ROW_BYTES);
    to += stride;
  }
}

/**
 * Prepares the bidiagonalisation of the row-major square matrix of side `n` (even): `work` (4 n doubles) receives
 * column 0 and the sums of its products with the other columns.
 */
export function beginBidiagonal(square: usize, n: i32, work: usize): void {
  const bytes = (<usize>n) << 3;
  const x = work,
    sums = work + 3 * bytes;
  memory.fill(work, 0, 4 * bytes);
  for (let i = 0; i < n; i++) {
    const row = square + <usize>i * bytes;
    const value = load<f64>(row);
    store<f64>(x + ((<usize>i) << 3), value);
    if (i > 0) addRow(sums, row, value, 0, bytes);
  }
}

/** to += factor * row over the bytes [from, end). */
function addRow(to: usize, row: usize, factor: f64, from: usize, end: usize): void {
  const by = f64x2.splat(factor);
  for (let at = from; at < end; at += 16)
    v128.store(to + at, multiplyAdd<f64>(by, v128.load(row + at), v128.load(to + at)));
}

/**
 * Step k: reflectors for column k and row k; writes the diagonal and superdiagonal entries. In one pass over the rows
 * below k each row is updated from the left and from the right, and its products with the next column are summed.
 */
export function bidiagonalStep(
  square: usize,
  n: i32,
  k: i32,
  work: usize,
  diagonal: usize,
  superdiagonal: usize,
): void {
  const bytes = (<usize>n) << 3;
  const x = work,
    w = work + bytes,
    u = work + 2 * bytes,
    sums = work + 3 * bytes;
  const head = square + <usize>k * bytes;
  const at = (<usize>k) << 3;
  const next = at + 8;

  // The left reflector: tau and the row w = tau v'A.
  const alpha = load<f64>(head + at);
  const tail = load<f64>(sums + at);
  let tau = 0.0,
    inverse = 0.0,
    beta = alpha;
  if (tail > negligibleSquare<f64>()) {
    beta = -copysign(sqrt(alpha * alpha + tail), alpha);
    tau = (beta - alpha) / beta;
    inverse = 1 / (alpha - beta);
  }
  store<f64>(diagonal + at, beta);
  if (next >= bytes) return;
  const from = next & ~(<usize>15);
  store<f64>(w + at, 0);
  for (let q = next; q < bytes; q += 8) {
    const value = tau * (load<f64>(head + q) + inverse * load<f64>(sums + q));
    store<f64>(w + q, value);
    store<f64>(head + q, load<f64>(head + q) - value);
  }

  // The right reflector from the updated row k.
  const alphaRight = load<f64>(head + next);
  let tailRight = 0.0;
  for (let q = next + 8; q < bytes; q += 8) tailRight += load<f64>(head + q) * load<f64>(head + q);
  let tauRight = 0.0,
    inverseRight = 0.0,
    betaRight = alphaRight;
  if (tailRight > negligibleSquare<f64>()) {
    betaRight = -copysign(sqrt(alphaRight * alphaRight + tailRight), alphaRight);
    tauRight = (betaRight - alphaRight) / betaRight;
    inverseRight = 1 / (alphaRight - betaRight);
  }
  store<f64>(superdiagonal + at, betaRight);
  store<f64>(u + at, 0);
  store<f64>(u + next, 1);
  for (let q = next + 8; q < bytes; q += 8) store<f64>(u + q, load<f64>(head + q) * inverseRight);

  memory.fill(sums + from, 0, bytes - from);
  for (let i = k + 1; i < n; i++) {
    const row = square + <usize>i * bytes;
    const v = load<f64>(x + ((<usize>i) << 3)) * inverse;
    const left = f64x2.splat(-v);
    let dot = f64x2.splat(0);
    for (let q = from; q < bytes; q += 16) {
      const updated = multiplyAdd<f64>(left, v128.load(w + q), v128.load(row + q));
      v128.store(row + q, updated);
      dot = multiplyAdd<f64>(updated, v128.load(u + q), dot);
    }
    const right = -tauRight * (f64x2.extract_lane(dot, 0) + f64x2.extract_lane(dot, 1));
    addRow(row, u, right, from, bytes);
    const value = load<f64>(row + next);
    store<f64>(x + ((<usize>i) << 3), value);
    if (i > k + 1) addRow(sums, row, value, from, bytes);
  }
}
