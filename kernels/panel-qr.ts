import { multiplyAdd } from "./multiply-add";
import { NEGLIGIBLE_SQUARE, ROW_BYTES, TILE } from "./tile";

// QR of a panel of 32 columns by Householder reflectors H_c = I - tau_c v_c v_c', and their product in compact form I - V T V' [SvL89].
// One pass over the panel a reflector: while reflector c - 1 is applied to a row, the products of its new entry in column c with the rest of
// the row are summed, which gives both the norm of column c and what reflector c will need.

/**
 * Factorises the row-major panel (`rows` x 32, rows >= 32) in place: R on and above the diagonal, the reflectors' vectors below it (their leading
 * 1 is implied). tau_c goes to `tau`; `work` has room for 32 + 2 * rows doubles. Columns below
 * `NEGLIGIBLE_SQUARE` count as zero.
 */
export function panelQr(panel: usize, rows: i32, tau: usize, work: usize): void {
  const sums = work;
  const reflector = work + 256;
  const column = reflector + ((<usize>rows) << 3);
  memory.fill(sums, 0, 256);
  memory.fill(reflector, 0, (<usize>rows) << 3);
  sumProducts(panel, rows, 0, reflector, column, sums);

  for (let c = 0; c < TILE; c++) {
    const head = panel + <usize>c * ROW_BYTES;
    const alpha = load<f64>(head + ((<usize>c) << 3));
    const tail = load<f64>(sums + ((<usize>c) << 3));
    let t = 0.0,
      inverse = 0.0;
    if (tail > NEGLIGIBLE_SQUARE) {
      const beta = -copysign(sqrt(alpha * alpha + tail), alpha);
      t = (beta - alpha) / beta;
      inverse = 1 / (alpha - beta);
      store<f64>(head + ((<usize>c) << 3), beta);
    }
    store<f64>(tau + ((<usize>c) << 3), t);
    scaleReflector(panel, rows, c, inverse, reflector, column);
    // Earlier columns of the same group keep their vectors.
    for (let q = c & ~7; q <= c; q++) store<f64>(sums + ((<usize>q) << 3), 0);
    // The row of products v'P times tau replaces the sums; the head row is updated here, the rows below it in the next pass.
    for (let q = c + 1; q < TILE; q++) {
      const at = (<usize>q) << 3;
      const w = t * (load<f64>(head + at) + inverse * load<f64>(sums + at));
      store<f64>(sums + at, w);
      store<f64>(head + at, load<f64>(head + at) - w);
    }
    if (c + 1 < TILE) sumProducts(panel, rows, c + 1, reflector, column, sums);
  }
}

/** Column c below the diagonal times `inverse`: the reflector's vector, kept in the panel and as a contiguous copy. */
function scaleReflector(panel: usize, rows: i32, c: i32, inverse: f64, reflector: usize, column: usize): void {
  let to = panel + <usize>(c + 1) * ROW_BYTES + ((<usize>c) << 3);
  for (let i = c + 1; i < rows; i++) {
    const v = load<f64>(column + ((<usize>i) << 3)) * inverse;
    store<f64>(reflector + ((<usize>i) << 3), v);
    store<f64>(to, v);
    to += ROW_BYTES;
  }
}

/**
 * Rows c ... of the panel, columns c ...: subtracts v_i w (w stands in `sums`, zero before column c), then puts in its place the sums of x_i times the row over the rows below c, where x is the new column c.
 * Columns go in groups of eight (one cache line); the group that holds column c goes first and writes x.
 */
function sumProducts(panel: usize, rows: i32, c: i32, reflector: usize, column: usize, sums: usize): void {
  for (let group = c >> 3; group < 4; group++) {
    const at = (<usize>group) << 6;
    const w0 = v128.load(sums + at),
      w1 = v128.load(sums + at, 16),
      w2 = v128.load(sums + at, 32),
      w3 = v128.load(sums + at, 48);
    let s0 = f64x2.splat(0),
      s1 = s0,
      s2 = s0,
      s3 = s0;
    const first = group === c >> 3;
    const x = (<usize>c & 7) << 3;
    let row = panel + <usize>c * ROW_BYTES + at;
    for (let i = c; i < rows; i++) {
      const v = v128.neg<f64>(v128.load_splat<f64>(reflector + ((<usize>i) << 3)));
      const r0 = multiplyAdd(v, w0, v128.load(row)),
        r1 = multiplyAdd(v, w1, v128.load(row, 16));
      const r2 = multiplyAdd(v, w2, v128.load(row, 32)),
        r3 = multiplyAdd(v, w3, v128.load(row, 48));
      v128.store(row, r0);
      v128.store(row, r1, 16);
      v128.store(row, r2, 32);
      v128.store(row, r3, 48);
      if (first) store<f64>(column + ((<usize>i) << 3), load<f64>(row + x));
      if (i > c) {
        const y = v128.load_splat<f64>(column + ((<usize>i) << 3));
        s0 = multiplyAdd(y, r0, s0);
        s1 = multiplyAdd(y, r1, s1);
        s2 = multiplyAdd(y, r2, s2);
        s3 = multiplyAdd(y, r3, s3);
      }
      row += ROW_BYTES;
    }
    v128.store(sums + at, s0);
    v128.store(sums + at, s1, 16);
    v128.store(sums + at, s2, 32);
    v128.store(sums + at, s3, 48);
  }
}
