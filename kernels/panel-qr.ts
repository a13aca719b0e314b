import { multiplyAdd } from "./multiply-add";
import { at, negligibleSquare, rowBytes, TILE } from "./tile";

// QR of a panel of 32 columns by Householder reflectors H_c = I - tau_c v_c v_c', and their product in compact form I -
// V T V' [SvL89]. One pass over the panel per reflector: while reflector c - 1 is applied to a row, the products of its
// new entry in column c with the rest of the row are summed. The sums give both the norm of column c and the products
// that reflector c needs.

/**
 * Factorises the row-major panel (`rows` x 32, rows >= 32) in place: R on and above the diagonal, the reflectors'
 * vectors below it (their leading 1 is implied). tau_c is written to `tau`; `work` holds 32 + 2 * rows numbers. Columns
 * below `negligibleSquare` count as zero, and so does the rest of a column below eps of what the column was: a reflector
 * made of rounding noise would turn the other columns by a random angle. On a constant matrix that was an error of
 * hundreds of eps.
 */
export function panelQr<T>(panel: usize, rows: i32, tau: usize, work: usize): void {
  const sums = work;
  const reflector = work + rowBytes<T>();
  const column = at<T>(reflector, rows);
  memory.fill(sums, 0, rowBytes<T>());
  memory.fill(reflector, 0, at<T>(0, rows));
  // tau_c is written when the square of column c is no longer needed.
  columnSquares<T>(panel, rows, tau);
  sumProducts<T>(panel, rows, 0, reflector, column, sums);

  for (let c = 0; c < TILE; c++) {
    const head = panel + <usize>c * rowBytes<T>();
    const alpha = load<T>(at<T>(head, c));
    const tail = load<T>(at<T>(sums, c));
    let t: T = 0;
    let inverse: T = 0;
    if (tail > negligibleSquare<T>() && tail > noiseSquare<T>() * load<T>(at<T>(tau, c))) {
      const beta: T = -copysign<T>(sqrt<T>(alpha * alpha + tail), alpha);
      t = (beta - alpha) / beta;
      inverse = 1 / (alpha - beta);
      store<T>(at<T>(head, c), beta);
    }
    store<T>(at<T>(tau, c), t);
    scaleReflector<T>(panel, rows, c, inverse, reflector, column);
    // Earlier columns of the same group keep their vectors.
    for (let q = c & -groupColumns<T>(); q <= c; q++) store<T>(at<T>(sums, q), 0);
    // The row of products v'P times tau replaces the sums; the head row is updated here, the rows below it in the next
    // pass.
    for (let q = c + 1; q < TILE; q++) {
      const entry = at<T>(head, q);
      const w: T = t * (load<T>(entry) + inverse * load<T>(at<T>(sums, q)));
      store<T>(at<T>(sums, q), w);
      store<T>(entry, load<T>(entry) - w);
    }
    if (c + 1 < TILE) sumProducts<T>(panel, rows, c + 1, reflector, column, sums);
  }
}

/** eps^2: below this times the square of a column its rest is rounding noise. */
function noiseSquare<T>(): T {
  if (sizeof<T>() === 8) return <T>reinterpret<f64>((1023 - 104) << 52);
  return <T>reinterpret<f32>((127 - 46) << 23);
}

/** The sum of squares of each of the 32 columns. They are only compared with far smaller numbers. */
function columnSquares<T>(panel: usize, rows: i32, squares: usize): void {
  for (let line: usize = 0; line < rowBytes<T>(); line += 16) {
    let sum = v128.splat<T>(0);
    let row = panel + line;
    for (let i = 0; i < rows; i++, row += rowBytes<T>()) {
      const x = v128.load(row);
      sum = v128.add<T>(sum, v128.mul<T>(x, x));
    }
    v128.store(squares + line, sum);
  }
}

/** Columns that share a cache line. */
function groupColumns<T>(): i32 {
  return sizeof<T>() === 8 ? 8 : 16;
}

/** Column c below the diagonal times `inverse`: the reflector's vector, kept in the panel and as a contiguous copy. */
function scaleReflector<T>(panel: usize, rows: i32, c: i32, inverse: T, reflector: usize, column: usize): void {
  let to = at<T>(panel + <usize>(c + 1) * rowBytes<T>(), c);
  for (let i = c + 1; i < rows; i++) {
    const v: T = load<T>(at<T>(column, i)) * inverse;
    store<T>(at<T>(reflector, i), v);
    store<T>(to, v);
    to += rowBytes<T>();
  }
}

/**
 * Rows c ... of the panel, columns c ...: subtracts v_i w (w is in `sums`, zero before column c), then replaces w by
 * the sums of x_i times the row over the rows below c, where x is the new column c. Columns are processed in groups of
 * one cache line; the group that holds column c comes first and writes x.
 */
function sumProducts<T>(panel: usize, rows: i32, c: i32, reflector: usize, column: usize, sums: usize): void {
  const groups = 32 / groupColumns<T>();
  const own = c / groupColumns<T>();
  for (let group = own; group < groups; group++) {
    const line = (<usize>group) << 6;
    const w0 = v128.load(sums + line),
      w1 = v128.load(sums + line, 16),
      w2 = v128.load(sums + line, 32),
      w3 = v128.load(sums + line, 48);
    let s0 = v128.splat<T>(0),
      s1 = s0,
      s2 = s0,
      s3 = s0;
    const first = group === own;
    const x = at<T>(0, c - own * groupColumns<T>());
    let row = panel + <usize>c * rowBytes<T>() + line;
    for (let i = c; i < rows; i++) {
      const v = v128.neg<T>(v128.load_splat<T>(at<T>(reflector, i)));
      const r0 = multiplyAdd<T>(v, w0, v128.load(row)),
        r1 = multiplyAdd<T>(v, w1, v128.load(row, 16));
      const r2 = multiplyAdd<T>(v, w2, v128.load(row, 32)),
        r3 = multiplyAdd<T>(v, w3, v128.load(row, 48));
      v128.store(row, r0);
      v128.store(row, r1, 16);
      v128.store(row, r2, 32);
      v128.store(row, r3, 48);
      if (first) store<T>(at<T>(column, i), load<T>(row + x));
      if (i > c) {
        const y = v128.load_splat<T>(at<T>(column, i));
        s0 = multiplyAdd<T>(y, r0, s0);
        s1 = multiplyAdd<T>(y, r1, s1);
        s2 = multiplyAdd<T>(y, r2, s2);
        s3 = multiplyAdd<T>(y, r3, s3);
      }
      row += rowBytes<T>();
    }
    v128.store(sums + line, s0);
    v128.store(sums + line, s1, 16);
    v128.store(sums + line, s2, 32);
    v128.store(sums + line, s3, 48);
  }
}

/**
 * After `panelQr`: moves R from the panel's first tile to the tile `factor` and leaves V in the panel, its leading ones
 * and zeros written out.
 */
export function separateReflectors<T>(factor: usize, panel: usize): void {
  for (let i = 0; i < TILE; i++) {
    for (let j = 0; j < TILE; j++) {
      const entry = at<T>(0, i * TILE + j);
      store<T>(factor + entry, i <= j ? load<T>(panel + entry) : 0);
      if (i <= j) store<T>(panel + entry, i === j ? 1 : 0);
    }
  }
}
