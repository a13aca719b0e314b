import { descendProducts } from "./descent";
import { packColumns, packRows, packTransposed } from "./packing";
import { addEdge, addProducts, addProductsWithin, thinProducts } from "./products";

// The three products of a layer of weights. W (inputs x units) is stored in strips of eight units: entry (i, u) is
// number 8 i + u mod 8 of strip u >> 3. Each strip has a multiple of eight inputs, padded with zeros. So W is an
// operand that needs no packing (forward), and the gradient's tiles are 128 contiguous bytes. X and Y are row-major,
// one row per example (or pixel of one), `xRow` and `yRow` bytes apart.

/**
 * Products are summed over this many k in registers: a strip of B of 8 KiB stays in the first-level cache, A's 256 x
 * 256 in the second.
 */
const DEPTH: i32 = 256;

function stripBytesOf(inputs: i32): usize {
  return (<usize>((inputs + 7) & ~7)) << 5;
}

/** Y += X W. `work` holds 128 bytes and 256 x 256 numbers. */
export function addForward(
  x: usize,
  xRow: usize,
  rows: i32,
  inputs: i32,
  w: usize,
  units: i32,
  y: usize,
  yRow: usize,
  work: usize,
): void {
  const stripBytes = stripBytesOf(inputs);
  const packed = work + 128;
  for (let row = 0; row < rows; row += DEPTH) {
    const m = min(DEPTH, rows - row);
    for (let k = 0; k < inputs; k += DEPTH) {
      const depth = min(DEPTH, inputs - k);
      packRows(x + <usize>row * xRow + ((<usize>k) << 2), xRow, m, depth, packed);
      let b = w + ((<usize>k) << 5);
      let c = y + <usize>row * yRow;
      let unit = 0;
      for (; m <= 2 && units - unit > 8; unit += 16) {
        thinProducts(packed, b, stripBytes, depth, work);
        addEdge(work, 64, m, min(16, units - unit), c, yRow);
        b += 2 * stripBytes;
        c += 64;
      }
      for (; unit < units; unit += 8) {
        addProductsWithin(packed, b, depth, m, units - unit, c, yRow, work);
        b += stripBytes;
        c += 32;
      }
    }
  }
}

/** dX += dY W'. `work` holds 128 bytes, 256 x 256 numbers and a strip of 8 KiB. */
export function addInputGradient(
  dy: usize,
  yRow: usize,
  rows: i32,
  units: i32,
  w: usize,
  inputs: i32,
  dx: usize,
  xRow: usize,
  work: usize,
): void {
  const stripBytes = stripBytesOf(inputs);
  const strip = work + 128;
  const packed = strip + (DEPTH << 5);
  for (let row = 0; row < rows; row += DEPTH) {
    const m = min(DEPTH, rows - row);
    for (let k = 0; k < units; k += DEPTH) {
      const depth = min(DEPTH, units - k);
      packRows(dy + <usize>row * yRow + ((<usize>k) << 2), yRow, m, depth, packed);
      let b = w + <usize>(k >> 3) * stripBytes;
      let c = dx + <usize>row * xRow;
      for (let input = 0; input < inputs; input += 8) {
        packTransposed(b, stripBytes, depth, strip);
        addProductsWithin(packed, strip, depth, m, inputs - input, c, xRow, work);
        b += 256;
        c += 32;
      }
    }
  }
}

/**
 * Number of inputs that fit in a packed share of X: 256 KiB, which stay in the second-level cache during the loop over
 * the units.
 */
function inputsOfShare(rows: i32): i32 {
  return max(4, (65536 / rows) & ~3);
}

/**
 * G += X'dY, in the layout of W, for at most 256 rows. `work` holds 2^16 numbers and those of dY in strips of eight.
 */
export function addWeightGradient(
  x: usize,
  xRow: usize,
  rows: i32,
  inputs: i32,
  dy: usize,
  yRow: usize,
  units: i32,
  g: usize,
  work: usize,
): void {
  const stripBytes = stripBytesOf(inputs);
  const packed = work + (1 << 18);
  packColumns(dy, yRow, rows, units, packed, 8);
  const share = inputsOfShare(rows);
  for (let input = 0; input < inputs; input += share) {
    const count = min(share, inputs - input);
    packColumns(x + ((<usize>input) << 2), xRow, rows, count, work, 4);
    let b = packed;
    let c = g + ((<usize>input) << 5);
    for (let unit = 0; unit < units; unit += 8) {
      addProducts(work, b, rows, (count + 3) >> 2, c, 32);
      b += (<usize>rows) << 5;
      c += stripBytes;
    }
  }
}

/**
 * `addWeightGradient` and the step of gradient descent in one pass over W and the velocities V: V = momentum V + X'dY +
 * decay W; W -= rate V.
 */
export function descendAlongProduct(
  x: usize,
  xRow: usize,
  rows: i32,
  inputs: i32,
  dy: usize,
  yRow: usize,
  units: i32,
  w: usize,
  v: usize,
  rate: f32,
  momentum: f32,
  decay: f32,
  work: usize,
): void {
  const stripBytes = stripBytesOf(inputs);
  const packed = work + (1 << 18);
  packColumns(dy, yRow, rows, units, packed, 8);
  const share = inputsOfShare(rows);
  for (let input = 0; input < inputs; input += share) {
    const count = min(share, inputs - input);
    packColumns(x + ((<usize>input) << 2), xRow, rows, count, work, 4);
    let b = packed;
    let at = (<usize>input) << 5;
    for (let unit = 0; unit < units; unit += 8) {
      descendProducts(work, b, rows, (count + 3) >> 2, w + at, v + at, rate, momentum, decay);
      b += (<usize>rows) << 5;
      at += stripBytes;
    }
  }
}
