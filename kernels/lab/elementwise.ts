import { multiplyAdd } from "../multiply-add";

// One pass over f32 values each.

/** Copies the row at `from` to every one of `rows` rows of `columns` values. */
export function fillRows(from: usize, rows: i32, columns: i32, to: usize): void {
  const bytes = (<usize>columns) << 2;
  for (; rows > 0; rows--) {
    memory.copy(to, from, bytes);
    to += bytes;
  }
}

/** Sets `count` values to 0. */
export function clear(to: usize, count: i32): void {
  for (; count >= 4; count -= 4) {
    v128.store(to, f32x4.splat(0));
    to += 16;
  }
  for (; count > 0; count--) {
    store<f32>(to, 0);
    to += 4;
  }
}

/** max(x, 0), in place. */
export function rectifyInPlace(x: usize, count: i32): void {
  const zero = f32x4.splat(0);
  for (; count >= 4; count -= 4) {
    v128.store(x, v128.max<f32>(v128.load(x), zero));
    x += 16;
  }
  for (; count > 0; count--) {
    store<f32>(x, max<f32>(load<f32>(x), 0));
    x += 4;
  }
}

/** The gradient becomes 0 if the rectified value is 0, in place. */
export function rectifyGradientInPlace(y: usize, gradient: usize, count: i32): void {
  const zero = f32x4.splat(0);
  for (; count >= 4; count -= 4) {
    v128.store(gradient, v128.and(v128.load(gradient), v128.gt<f32>(v128.load(y), zero)));
    y += 16;
    gradient += 16;
  }
  for (; count > 0; count--) {
    if (!(load<f32>(y) > 0)) store<f32>(gradient, 0);
    y += 4;
    gradient += 4;
  }
}

/** The sum of each column of `rows` x `columns` values: the gradient of a bias. */
export function sumRows(from: usize, rows: i32, columns: i32, to: usize): void {
  memory.fill(to, 0, (<usize>columns) << 2);
  for (; rows > 0; rows--) {
    let y = to;
    let rest = columns;
    for (; rest >= 4; rest -= 4) {
      v128.store(y, v128.add<f32>(v128.load(y), v128.load(from)));
      from += 16;
      y += 16;
    }
    for (; rest > 0; rest--) {
      store<f32>(y, load<f32>(y) + load<f32>(from));
      from += 4;
      y += 4;
    }
  }
}

/** The sum of squares of `count` values, a multiple of four, in f64. */
export function sumOfSquares(from: usize, count: i32): f64 {
  let low = f64x2.splat(0),
    high = low;
  for (; count > 0; count -= 4) {
    const x = v128.load(from);
    const first = f64x2.promote_low_f32x4(x);
    const second = f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 1));
    low = multiplyAdd<f64>(first, first, low);
    high = multiplyAdd<f64>(second, second, high);
    from += 16;
  }
  const sum = v128.add<f64>(low, high);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/**
 * Inverted dropout: value i is kept, times `scale`, if the hash of key and i is at least `threshold`, else it is 0
 * (src/lab/training/dropout.ts).
 */
export function dropOut(from: usize, count: i32, key: u32, threshold: u32, scale: f32, to: usize): void {
  for (let i = 0; i < count; i++) {
    let z = key + <u32>i * 0x9e3779b9;
    z = (z ^ (z >> 16)) * 0x85ebca6b;
    z = (z ^ (z >> 13)) * 0xc2b2ae35;
    z ^= z >> 16;
    store<f32>(to, z >= threshold ? load<f32>(from) * scale : 0);
    from += 4;
    to += 4;
  }
}
