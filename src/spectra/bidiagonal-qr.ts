import { EPSILON } from "./route.js";

/** QR steps per singular value: the mean is below 2. LAPACK has a similar limit (6 n^2 rotations). */
const MAX_STEPS_PER_VALUE = 30;

/**
 * Singular values of the upper bidiagonal matrix with `diagonal` (n) and `superdiagonal` (n - 1 used), in no order;
 * both arrays are overwritten. The norm must be of order 1 (between 2^-400 and 2^400), as the engines scale it.
 * Implicit-shift QR with the zero-shift step where the shift would cost accuracy [DK90]; absolute error a few eps *
 * svMax. O(n^2). Throws if it does not converge, which has never been observed.
 */
export function singularValuesInPlace(diagonal: Float64Array, superdiagonal: Float64Array): Float64Array {
  const [d, e] = [diagonal, superdiagonal];
  const n = d.length;
  let norm = 0;
  for (let i = 0; i < n; i++) norm = Math.max(norm, Math.abs(d[i]), i < n - 1 ? Math.abs(e[i]) : 0);
  // Smaller off-diagonals are dropped: each moves a singular value by at most itself, and eps/4 of the norm stays below
  // the rounding of the steps.
  const negligible = (EPSILON / 4) * norm;

  let stepsLeft = MAX_STEPS_PER_VALUE * n;
  let block: Block = { first: n, last: -1 };
  for (let last = n - 1; last > 0; ) {
    const first = startOfBlock(d, e, last, negligible);
    if (first === last) {
      last--;
    } else if (first === last - 1) {
      [d[first], d[last]] = singularValues2x2(d[first], e[first], d[last]);
      e[first] = 0;
      last -= 2;
    } else {
      if (stepsLeft-- === 0)
        throw new Error(`the singular values of a bidiagonal matrix of side ${n} did not converge`);
      // A new block is oriented so that its larger end comes first and the small values converge at its end: J B'J has
      // the same singular values.
      const isNew = first > block.last || last < block.first;
      if (isNew && Math.abs(d[first]) < Math.abs(d[last])) reverseInPlace(d, e, first, last);
      block = { first, last };
      qrStep(d, e, first, last);
    }
  }
  for (let i = 0; i < n; i++) d[i] = Math.abs(d[i]);
  return d;
}

interface Block {
  readonly first: number;
  readonly last: number;
}

function startOfBlock(d: Float64Array, e: Float64Array, last: number, negligible: number): number {
  for (let i = last - 1; i >= 0; i--) {
    if (Math.abs(e[i]) <= Math.max(negligible, EPSILON * Math.min(Math.abs(d[i]), Math.abs(d[i + 1])))) {
      e[i] = 0;
      return i + 1;
    }
  }
  return 0;
}

function reverseInPlace(d: Float64Array, e: Float64Array, first: number, last: number): void {
  d.subarray(first, last + 1).reverse();
  e.subarray(first, last).reverse();
}

function qrStep(d: Float64Array, e: Float64Array, first: number, last: number): void {
  const shift = Math.min(...singularValues2x2(d[last - 1], e[last - 1], d[last]));
  const head = Math.abs(d[first]);
  // A shift that is negligible against the head in f64 would only lose accuracy.
  if (head > 0 && (shift / head) ** 2 >= EPSILON) shiftedStep(d, e, { first, last, shift });
  else zeroShiftStep(d, e, first, last);
}

/**
 * A rotation that maps (f, g) to (r, 0). Each call of `rotate` overwrites it, so that the inner loop allocates nothing.
 */
const rotation = { c: 1, s: 0, r: 0 };

/**
 * Uses sqrt, not Math.hypot, whose rounding in V8 is biased: over thousands of steps the largest values drifted by 200
 * eps, ten times as much as with sqrt. If the squares come near underflow, g is dropped: it is below 2^-480, and the
 * norm is about 1.
 */
function rotate(f: number, g: number): void {
  const square = f * f + g * g;
  const negligible = square < 2 ** -960;
  const r = negligible ? f : Math.sqrt(square);
  rotation.r = r;
  rotation.c = negligible ? 1 : f / r;
  rotation.s = negligible ? 0 : g / r;
}

function shiftedStep(
  d: Float64Array,
  e: Float64Array,
  { first, last, shift }: Block & { readonly shift: number },
): void {
  let f = (Math.abs(d[first]) - shift) * (Math.sign(d[first]) + shift / d[first]);
  let g = e[first];
  for (let i = first; i < last; i++) {
    rotate(f, g);
    if (i > first) e[i - 1] = rotation.r;
    f = rotation.c * d[i] + rotation.s * e[i];
    e[i] = rotation.c * e[i] - rotation.s * d[i];
    g = rotation.s * d[i + 1];
    d[i + 1] *= rotation.c;
    rotate(f, g);
    d[i] = rotation.r;
    f = rotation.c * e[i] + rotation.s * d[i + 1];
    d[i + 1] = rotation.c * d[i + 1] - rotation.s * e[i];
    if (i < last - 1) {
      g = rotation.s * e[i + 1];
      e[i + 1] *= rotation.c;
    }
  }
  e[last - 1] = f;
}

function zeroShiftStep(d: Float64Array, e: Float64Array, first: number, last: number): void {
  let c = 1;
  let outerC = 1;
  let outerS = 0;
  for (let i = first; i < last; i++) {
    rotate(d[i] * c, e[i]);
    const { r, s } = rotation;
    c = rotation.c;
    if (i > first) e[i - 1] = outerS * r;
    rotate(outerC * r, d[i + 1] * s);
    d[i] = rotation.r;
    outerC = rotation.c;
    outerS = rotation.s;
  }
  const h = d[last] * c;
  d[last] = h * outerC;
  e[last - 1] = h * outerS;
}

/** Singular values (larger, smaller) of [[f, g], [0, h]], to full relative accuracy (LAPACK's dlas2). */
function singularValues2x2(f: number, g: number, h: number): [number, number] {
  const large = Math.max(Math.abs(f), Math.abs(h));
  const small = Math.min(Math.abs(f), Math.abs(h));
  const off = Math.abs(g);
  if (small === 0) return [Math.hypot(large, off), 0];
  if (off < large) {
    const a = 1 + small / large;
    const b = (large - small) / large;
    const u = (off / large) ** 2;
    const c = 2 / (Math.sqrt(a * a + u) + Math.sqrt(b * b + u));
    return [large / c, small * c];
  }
  const u = large / off;
  if (u === 0) return [off, (small * large) / off];
  const a = 1 + small / large;
  const b = (large - small) / large;
  const c = 1 / (Math.sqrt(1 + (a * u) ** 2) + Math.sqrt(1 + (b * u) ** 2));
  return [off / (c + c), 2 * (small * c) * u];
}
