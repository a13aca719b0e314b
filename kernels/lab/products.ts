import { multiplyAdd } from "../multiply-add";

// The micro-kernel of the lab, all in f32: a block of C of 4 rows and 8 columns in eight registers, C += sum over k of
// a_k b_k'. A is packed into strips of four rows (16 bytes per k), B into strips of eight columns (32 bytes per k); the
// strips of A follow each other. Rows of C are `cRow` bytes apart.

function addRow(c: usize, left: v128, right: v128): void {
  v128.store(c, v128.add<f32>(v128.load(c), left));
  v128.store(c, v128.add<f32>(v128.load(c, 16), right), 16);
}

/** Adds the products of `strips` strips of A with one strip of B to C, from its first row down. */
export function addProducts(a: usize, b: usize, depth: i32, strips: i32, c: usize, cRow: usize): void {
  for (; strips > 0; strips--) {
    let c00 = f32x4.splat(0),
      c01 = c00,
      c10 = c00,
      c11 = c00,
      c20 = c00,
      c21 = c00,
      c30 = c00,
      c31 = c00;
    let y = b;
    for (let k = depth; k > 0; k--) {
      const b0 = v128.load(y);
      const b1 = v128.load(y, 16);
      let v = v128.load_splat<f32>(a);
      c00 = multiplyAdd<f32>(v, b0, c00);
      c01 = multiplyAdd<f32>(v, b1, c01);
      v = v128.load_splat<f32>(a, 4);
      c10 = multiplyAdd<f32>(v, b0, c10);
      c11 = multiplyAdd<f32>(v, b1, c11);
      v = v128.load_splat<f32>(a, 8);
      c20 = multiplyAdd<f32>(v, b0, c20);
      c21 = multiplyAdd<f32>(v, b1, c21);
      v = v128.load_splat<f32>(a, 12);
      c30 = multiplyAdd<f32>(v, b0, c30);
      c31 = multiplyAdd<f32>(v, b1, c31);
      a += 16;
      y += 32;
    }
    addRow(c, c00, c01);
    addRow(c + cRow, c10, c11);
    addRow(c + 2 * cRow, c20, c21);
    addRow(c + 3 * cRow, c30, c31);
    c += cRow << 2;
  }
}

/**
 * At most two rows of A (of a packed strip of four) times two strips of B, `stripBytes` apart, into `edge`: 2 x 16
 * sums, 64 bytes per row. If B is large and A has few rows, this does half the work of whole tiles.
 */
export function thinProducts(a: usize, b: usize, stripBytes: usize, depth: i32, edge: usize): void {
  let c00 = f32x4.splat(0),
    c01 = c00,
    c02 = c00,
    c03 = c00,
    c10 = c00,
    c11 = c00,
    c12 = c00,
    c13 = c00;
  let y = b + stripBytes;
  for (let k = depth; k > 0; k--) {
    const v0 = v128.load_splat<f32>(a);
    const v1 = v128.load_splat<f32>(a, 4);
    let w = v128.load(b);
    c00 = multiplyAdd<f32>(v0, w, c00);
    c10 = multiplyAdd<f32>(v1, w, c10);
    w = v128.load(b, 16);
    c01 = multiplyAdd<f32>(v0, w, c01);
    c11 = multiplyAdd<f32>(v1, w, c11);
    w = v128.load(y);
    c02 = multiplyAdd<f32>(v0, w, c02);
    c12 = multiplyAdd<f32>(v1, w, c12);
    w = v128.load(y, 16);
    c03 = multiplyAdd<f32>(v0, w, c03);
    c13 = multiplyAdd<f32>(v1, w, c13);
    a += 16;
    b += 32;
    y += 32;
  }
  v128.store(edge, c00);
  v128.store(edge, c01, 16);
  v128.store(edge, c02, 32);
  v128.store(edge, c03, 48);
  v128.store(edge, c10, 64);
  v128.store(edge, c11, 80);
  v128.store(edge, c12, 96);
  v128.store(edge, c13, 112);
}

/**
 * Adds the products of `rows` rows of A with one strip of B, of which `columns` count, to C. Whole tiles are added
 * directly to C; partial ones at the edges through `edge`, 128 bytes. Values of A and B beyond the edges do not matter.
 */
export function addProductsWithin(
  a: usize,
  b: usize,
  depth: i32,
  rows: i32,
  columns: i32,
  c: usize,
  cRow: usize,
  edge: usize,
): void {
  const whole = columns >= 8 ? rows >> 2 : 0;
  addProducts(a, b, depth, whole, c, cRow);
  const stripBytes = (<usize>depth) << 4;
  for (let strip = whole; strip << 2 < rows; strip++) {
    memory.fill(edge, 0, 128);
    addProducts(a + <usize>strip * stripBytes, b, depth, 1, edge, 32);
    addEdge(edge, 32, min(4, rows - (strip << 2)), min(8, columns), c + <usize>(strip << 2) * cRow, cRow);
  }
}

/** Adds the first `rows` rows and `columns` columns of sums in `edge`, its rows `edgeRow` bytes apart, to C. */
export function addEdge(edge: usize, edgeRow: usize, rows: i32, columns: i32, c: usize, cRow: usize): void {
  for (let r = 0; r < rows; r++) {
    for (let at: usize = 0; at < (<usize>columns) << 2; at += 4)
      store<f32>(c + at, load<f32>(c + at) + load<f32>(edge + at));
    c += cRow;
    edge += edgeRow;
  }
}
