// W arrives in blocks of stored rows, f32 or f64, and is packed as numbers of type R (f64 or f32) in groups of 2^width
// columns (32 bytes of them for the Gram matrix, 32 columns for QR). Group g is a contiguous row-major block of
// `groupBytes`, so entry (i, j) is number (i << width) + (j mod 2^width) of group j >> width.

/** Two values of type T as f64. */
function loadPair<T>(from: usize): v128 {
  return sizeof<T>() === 4 ? f64x2.promote_low_f32x4(v128.load64_zero(from)) : v128.load(from);
}

/** `rows` stored rows of `cols` values, each times `scale`, become rows `first` ... of W. */
export function packRows<T, R>(
  from: usize,
  rows: i32,
  cols: i32,
  to: usize,
  width: i32,
  groupBytes: usize,
  first: i32,
  scale: f64,
): void {
  const factor = f64x2.splat(scale);
  const rowBytes = <usize>cols * sizeof<T>();
  const step = sizeof<R>() << width;
  const mask = (1 << width) - 1;
  const whole = cols & ~3;
  for (let j = 0; j < whole; j += 4) {
    let x = from + <usize>j * sizeof<T>();
    let y = to + <usize>(j >> width) * groupBytes + <usize>first * step + <usize>(j & mask) * sizeof<R>();
    for (let r = rows; r > 0; r--) {
      const left = v128.mul<f64>(loadPair<T>(x), factor);
      const right = v128.mul<f64>(loadPair<T>(x + 2 * sizeof<T>()), factor);
      if (sizeof<R>() === 8) {
        v128.store(y, left);
        v128.store(y, right, 16);
      } else {
        v128.store(y, v128.shuffle<i64>(f32x4.demote_f64x2_zero(left), f32x4.demote_f64x2_zero(right), 0, 2));
      }
      x += rowBytes;
      y += step;
    }
  }
  for (let j = whole; j < cols; j++) {
    let x = from + <usize>j * sizeof<T>();
    let y = to + <usize>(j >> width) * groupBytes + <usize>first * step + <usize>(j & mask) * sizeof<R>();
    for (let r = rows; r > 0; r--) {
      store<R>(y, <R>(<f64>load<T>(x) * scale));
      x += rowBytes;
      y += step;
    }
  }
}

/**
 * Stored rows of a wide matrix become columns `column` ... of W: `count` values of each of `rows` rows, each times
 * `scale`, are written to its rows `first` ...
 */
export function packColumns<T, R>(
  from: usize,
  rows: i32,
  count: i32,
  to: usize,
  width: i32,
  groupBytes: usize,
  column: i32,
  first: i32,
  scale: f64,
): void {
  const step = sizeof<R>() << width;
  const mask = (1 << width) - 1;
  for (let j = column; j < column + rows; j++) {
    let y = to + <usize>(j >> width) * groupBytes + <usize>first * step + <usize>(j & mask) * sizeof<R>();
    for (let k = count; k > 0; k--) {
      store<R>(y, <R>(<f64>load<T>(from) * scale));
      from += sizeof<T>();
      y += step;
    }
  }
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

/** Multiplies the numbers in [from, end), whole vectors of 16 bytes, by `factor`. */
export function scaleInPlace<R>(from: usize, end: usize, factor: f64): void {
  const by = v128.splat<R>(<R>factor);
  for (; from < end; from += 16) v128.store(from, v128.mul<R>(v128.load(from), by));
}
