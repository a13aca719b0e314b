// W enters in pieces of stored rows, f32 or f64, and is laid out as f64 in groups of 2^width columns (4 for the Gram matrix, 32 for QR): group g is a
// contiguous row-major block of `groupBytes`, so entry (i, j) is at to + (j >> width) * groupBytes + (i << width + 3) + (j mod 2^width) * 8.

// @ts-expect-error: decorator
function loadPair<T>(from: usize): v128 {
  return sizeof<T>() === 4 ? f64x2.promote_low_f32x4(v128.load64_zero(from)) : v128.load(from);
}

// @ts-expect-error: decorator
function packRows<T>(from: usize, rows: i32, cols: i32, to: usize, width: i32, groupBytes: usize, at: i32, scale: f64): void {
  const factor = f64x2.splat(scale);
  const rowBytes = <usize>cols * sizeof<T>();
  const step = (<usize>8) << width;
  const mask = (1 << width) - 1;
  const whole = cols & ~3;
  for (let j = 0; j < whole; j += 4) {
    let x = from + <usize>j * sizeof<T>();
    let y = to + <usize>(j >> width) * groupBytes + <usize>at * step + ((<usize>(j & mask)) << 3);
    for (let r = rows; r > 0; r--) {
      v128.store(y, v128.mul<f64>(loadPair<T>(x), factor));
      v128.store(y, v128.mul<f64>(loadPair<T>(x + 2 * sizeof<T>()), factor), 16);
      x += rowBytes;
      y += step;
    }
  }
  for (let j = whole; j < cols; j++) {
    let x = from + <usize>j * sizeof<T>();
    let y = to + <usize>(j >> width) * groupBytes + <usize>at * step + ((<usize>(j & mask)) << 3);
    for (let r = rows; r > 0; r--) {
      store<f64>(y, <f64>load<T>(x) * scale);
      x += rowBytes;
      y += step;
    }
  }
}

// @ts-expect-error: decorator
function packColumns<T>(
  from: usize,
  rows: i32,
  count: i32,
  to: usize,
  width: i32,
  groupBytes: usize,
  first: i32,
  at: i32,
  scale: f64,
): void {
  const step = (<usize>8) << width;
  const mask = (1 << width) - 1;
  for (let j = first; j < first + rows; j++) {
    let y = to + <usize>(j >> width) * groupBytes + <usize>at * step + ((<usize>(j & mask)) << 3);
    for (let k = count; k > 0; k--) {
      store<f64>(y, <f64>load<T>(from) * scale);
      from += sizeof<T>();
      y += step;
    }
  }
}

/** Stored rows become rows `at` ... of W: `rows` x `cols` f32 at `from`, each value times `scale`. */
export function packRowsF32(from: usize, rows: i32, cols: i32, to: usize, width: i32, groupBytes: usize, at: i32, scale: f64): void {
  packRows<f32>(from, rows, cols, to, width, groupBytes, at, scale);
}

/** The same for f64. */
export function packRowsF64(from: usize, rows: i32, cols: i32, to: usize, width: i32, groupBytes: usize, at: i32, scale: f64): void {
  packRows<f64>(from, rows, cols, to, width, groupBytes, at, scale);
}

/** Stored rows of a wide matrix become columns `first` ... of W: `count` f32 of each row go to rows `at` ... of W, each value times `scale`. */
export function packColumnsF32(
  from: usize,
  rows: i32,
  count: i32,
  to: usize,
  width: i32,
  groupBytes: usize,
  first: i32,
  at: i32,
  scale: f64,
): void {
  packColumns<f32>(from, rows, count, to, width, groupBytes, first, at, scale);
}

/** The same for f64. */
export function packColumnsF64(
  from: usize,
  rows: i32,
  count: i32,
  to: usize,
  width: i32,
  groupBytes: usize,
  first: i32,
  at: i32,
  scale: f64,
): void {
  packColumns<f64>(from, rows, count, to, width, groupBytes, first, at, scale);
}

/** Largest absolute value of `count` f32. */
export function largestF32(from: usize, count: i32): f64 {
  let largest = f32x4.splat(0);
  const end = from + ((<usize>(count & ~3)) << 2);
  for (; from < end; from += 16) largest = v128.max<f32>(largest, v128.abs<f32>(v128.load(from)));
  let most = max<f32>(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1));
  most = max<f32>(most, max<f32>(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3)));
  for (let k = count & 3; k > 0; k--) {
    most = max<f32>(most, abs<f32>(load<f32>(from)));
    from += 4;
  }
  return <f64>most;
}

/** Largest absolute value of `count` f64. */
export function largestF64(from: usize, count: i32): f64 {
  let largest = f64x2.splat(0);
  const end = from + ((<usize>(count & ~1)) << 3);
  for (; from < end; from += 16) largest = v128.max<f64>(largest, v128.abs<f64>(v128.load(from)));
  const most = max<f64>(f64x2.extract_lane(largest, 0), f64x2.extract_lane(largest, 1));
  return count & 1 ? max<f64>(most, abs<f64>(load<f64>(from))) : most;
}

/** Multiplies the f64 in [from, end), an even number of them, by `factor`. */
export function scaleInPlace(from: usize, end: usize, factor: f64): void {
  const by = f64x2.splat(factor);
  for (; from < end; from += 16) v128.store(from, v128.mul<f64>(v128.load(from), by));
}
