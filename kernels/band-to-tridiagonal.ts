import { keepReflector } from "./back-transformation";
import { multiplyAdd } from "./multiply-add";
import { at, lowerTile, negligibleSquare, TILE } from "./tile";

// Bulge chasing [Lan93]: sweep s makes column s tridiagonal by a reflector of length 32. Further reflectors chase its
// fill down the band, each removing only the first column of its bulge; the rest is left to later sweeps. Band storage:
// column j holds rows j ... j + 63, 512 bytes per column (32 subdiagonals and the fill). Two tiles of zero columns past
// the end let every reflector have length 32.
const COLUMN_BYTES: usize = 512;

function entry(band: usize, i: i32, j: i32): usize {
  return band + <usize>j * COLUMN_BYTES + ((<usize>(i - j)) << 3);
}

/**
 * Copies diagonal tile p (its lower half) and, unless it is the last, the triangular tile below it into the band, as
 * f64.
 */
export function storeBandTile<T>(matrix: usize, tiles: i32, p: i32, band: usize): void {
  const diagonal = lowerTile<T>(matrix, p, p);
  for (let j = 0; j < TILE; j++) {
    for (let i = j; i < TILE; i++) {
      store<f64>(entry(band, p * TILE + i, p * TILE + j), <f64>load<T>(at<T>(diagonal, i * TILE + j)));
    }
  }
  if (p + 1 === tiles) return;
  const below = lowerTile<T>(matrix, p + 1, p);
  for (let j = 0; j < TILE; j++) {
    for (let i = 0; i <= j; i++) {
      store<f64>(entry(band, (p + 1) * TILE + i, p * TILE + j), <f64>load<T>(at<T>(below, i * TILE + j)));
    }
  }
}

/**
 * Sweep s over the band of `n` columns (zeros after it). `work` holds 128 doubles. Reflectors are stored in
 * `quads` (back-transformation.ts; 0: they are not stored) of a matrix of `blocks` blocks of 32 rows.
 */
export function chaseSweep(band: usize, n: i32, s: i32, work: usize, quads: usize, blocks: i32): void {
  let v = work;
  let u = work + 256;
  const y = work + 512;
  let tau = makeReflector(entry(band, s + 1, s), v);
  for (let r = s + 1, b = 0; r < n; r += TILE, b++) {
    if (quads !== 0) keepReflector(quads, blocks, s, b, v, tau);
    if (tau !== 0) applyToDiagonal(entry(band, r, r), v, tau, y);
    if (r + TILE >= n) break;
    const block = entry(band, r + TILE, r);
    if (tau !== 0) applyFromRight(block, v, tau);
    tau = makeReflector(block, u);
    // The reflector itself has already transformed column 0 of the block.
    if (tau !== 0) applyFromLeft(block + (COLUMN_BYTES - 8), u, tau);
    const kept = v;
    v = u;
    u = kept;
  }
}

/**
 * Reflector that maps the 32 numbers at `x` to (beta, 0, ..., 0), which overwrites them; its vector is written to `v`.
 * Returns tau, 0 for "nothing to do".
 */
function makeReflector(x: usize, v: usize): f64 {
  let tail = 0.0;
  for (let i: usize = 8; i < 256; i += 8) tail += load<f64>(x + i) * load<f64>(x + i);
  const alpha = load<f64>(x);
  if (!(tail > negligibleSquare<f64>())) {
    memory.fill(x + 8, 0, 248);
    return 0;
  }
  const beta = -copysign(sqrt(alpha * alpha + tail), alpha);
  const inverse = 1 / (alpha - beta);
  store<f64>(v, 1);
  for (let i: usize = 8; i < 256; i += 8) store<f64>(v + i, load<f64>(x + i) * inverse);
  store<f64>(x, beta);
  memory.fill(x + 8, 0, 248);
  return (beta - alpha) / beta;
}

/** Block B (32 columns, each 32 contiguous rows) -= tau (B v) v'. */
function applyFromRight(block: usize, v: usize, tau: f64): void {
  for (let half: usize = 0; half < 256; half += 128) {
    let y0 = f64x2.splat(0),
      y1 = y0,
      y2 = y0,
      y3 = y0,
      y4 = y0,
      y5 = y0,
      y6 = y0,
      y7 = y0;
    let column = block + half;
    for (let j: usize = 0; j < 256; j += 8) {
      const x = v128.load_splat<f64>(v + j);
      y0 = multiplyAdd<f64>(x, v128.load(column), y0);
      y1 = multiplyAdd<f64>(x, v128.load(column, 16), y1);
      y2 = multiplyAdd<f64>(x, v128.load(column, 32), y2);
      y3 = multiplyAdd<f64>(x, v128.load(column, 48), y3);
      y4 = multiplyAdd<f64>(x, v128.load(column, 64), y4);
      y5 = multiplyAdd<f64>(x, v128.load(column, 80), y5);
      y6 = multiplyAdd<f64>(x, v128.load(column, 96), y6);
      y7 = multiplyAdd<f64>(x, v128.load(column, 112), y7);
      column += COLUMN_BYTES - 8;
    }
    const t = f64x2.splat(-tau);
    y0 = v128.mul<f64>(t, y0);
    y1 = v128.mul<f64>(t, y1);
    y2 = v128.mul<f64>(t, y2);
    y3 = v128.mul<f64>(t, y3);
    y4 = v128.mul<f64>(t, y4);
    y5 = v128.mul<f64>(t, y5);
    y6 = v128.mul<f64>(t, y6);
    y7 = v128.mul<f64>(t, y7);
    column = block + half;
    for (let j: usize = 0; j < 256; j += 8) {
      const x = v128.load_splat<f64>(v + j);
      v128.store(column, multiplyAdd<f64>(x, y0, v128.load(column)));
      v128.store(column, multiplyAdd<f64>(x, y1, v128.load(column, 16)), 16);
      v128.store(column, multiplyAdd<f64>(x, y2, v128.load(column, 32)), 32);
      v128.store(column, multiplyAdd<f64>(x, y3, v128.load(column, 48)), 48);
      v128.store(column, multiplyAdd<f64>(x, y4, v128.load(column, 64)), 64);
      v128.store(column, multiplyAdd<f64>(x, y5, v128.load(column, 80)), 80);
      v128.store(column, multiplyAdd<f64>(x, y6, v128.load(column, 96)), 96);
      v128.store(column, multiplyAdd<f64>(x, y7, v128.load(column, 112)), 112);
      column += COLUMN_BYTES - 8;
    }
  }
}

/** The 31 columns from `column` on: each -= tau (u'column) u. */
function applyFromLeft(column: usize, u: usize, tau: f64): void {
  for (let j = 1; j < TILE; j++) {
    let a = f64x2.splat(0),
      b = a,
      c = a,
      d = a;
    for (let i: usize = 0; i < 256; i += 64) {
      a = multiplyAdd<f64>(v128.load(u + i), v128.load(column + i), a);
      b = multiplyAdd<f64>(v128.load(u + i, 16), v128.load(column + i, 16), b);
      c = multiplyAdd<f64>(v128.load(u + i, 32), v128.load(column + i, 32), c);
      d = multiplyAdd<f64>(v128.load(u + i, 48), v128.load(column + i, 48), d);
    }
    a = v128.add<f64>(v128.add<f64>(a, b), v128.add<f64>(c, d));
    const x = f64x2.splat(-tau * (f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1)));
    for (let i: usize = 0; i < 256; i += 64) {
      v128.store(column + i, multiplyAdd<f64>(x, v128.load(u + i), v128.load(column + i)));
      v128.store(column + i, multiplyAdd<f64>(x, v128.load(u + i, 16), v128.load(column + i, 16)), 16);
      v128.store(column + i, multiplyAdd<f64>(x, v128.load(u + i, 32), v128.load(column + i, 32)), 32);
      v128.store(column + i, multiplyAdd<f64>(x, v128.load(u + i, 48), v128.load(column + i, 48)), 48);
    }
    column += COLUMN_BYTES - 8;
  }
}

/**
 * Symmetric block D (its lower half in the band): D - v w' - w v', with w = tau D v - 1/2 tau^2 (v'Dv) v. `w` holds 32
 * doubles.
 */
function applyToDiagonal(block: usize, v: usize, tau: f64, w: usize): void {
  memory.fill(w, 0, 256);
  let column = block;
  for (let j: usize = 0; j < 256; j += 8) {
    // Rows below the diagonal of column j: a single one if their number is odd, then pairs.
    const x = load<f64>(v + j);
    let dot = load<f64>(column) * x;
    let i = j + 8;
    if (!(j & 8)) {
      const value = load<f64>(column, 8);
      dot += value * load<f64>(v + i);
      store<f64>(w + i, load<f64>(w + i) + value * x);
      i += 8;
    }
    const xx = f64x2.splat(x);
    let sum = f64x2.splat(0);
    for (; i < 256; i += 16) {
      const pair = v128.load(column + (i - j));
      sum = multiplyAdd<f64>(pair, v128.load(v + i), sum);
      v128.store(w + i, multiplyAdd<f64>(pair, xx, v128.load(w + i)));
    }
    store<f64>(w + j, load<f64>(w + j) + dot + f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1));
    column += COLUMN_BYTES;
  }
  let product = 0.0;
  for (let i: usize = 0; i < 256; i += 8) product += load<f64>(v + i) * load<f64>(w + i);
  const half = 0.5 * tau * tau * product;
  for (let i: usize = 0; i < 256; i += 8) store<f64>(w + i, half * load<f64>(v + i) - tau * load<f64>(w + i));

  column = block;
  for (let j: usize = 0; j < 256; j += 8) {
    const x = load<f64>(v + j),
      y = load<f64>(w + j);
    store<f64>(column, load<f64>(column) + 2 * x * y);
    let i = j + 8;
    if (!(j & 8)) {
      store<f64>(column, load<f64>(column, 8) + load<f64>(v + i) * y + load<f64>(w + i) * x, 8);
      i += 8;
    }
    const xx = f64x2.splat(x),
      yy = f64x2.splat(y);
    for (; i < 256; i += 16) {
      const at = column + (i - j);
      v128.store(at, multiplyAdd<f64>(xx, v128.load(w + i), multiplyAdd<f64>(yy, v128.load(v + i), v128.load(at))));
    }
    column += COLUMN_BYTES;
  }
}

/** The diagonal and the squared subdiagonal of the tridiagonal matrix to which the band was reduced. */
export function readTridiagonal(band: usize, n: i32, diagonal: usize, squares: usize): void {
  for (let j = 0; j < n; j++) {
    const off = load<f64>(entry(band, j + 1, j));
    store<f64>(diagonal + ((<usize>j) << 3), load<f64>(entry(band, j, j)));
    store<f64>(squares + ((<usize>j) << 3), off * off);
  }
}
