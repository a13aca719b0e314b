// Operands are packed into strips before they are multiplied, so that the micro-kernel reads both sequentially.

/** Writes the 4 x 4 block with rows at a, b, c and d, transposed, to four vectors `step` bytes apart. */
function transposeBlock(a: usize, b: usize, c: usize, d: usize, to: usize, step: usize): void {
  const r0 = v128.load(a),
    r1 = v128.load(b),
    r2 = v128.load(c),
    r3 = v128.load(d);
  const low01 = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
  const low23 = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
  const high01 = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
  const high23 = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(low01, low23, 0, 2));
  v128.store(to + step, v128.shuffle<i64>(low01, low23, 1, 3));
  v128.store(to + 2 * step, v128.shuffle<i64>(high01, high23, 0, 2));
  v128.store(to + 3 * step, v128.shuffle<i64>(high01, high23, 1, 3));
}

/**
 * `rows` rows of `depth` values, `rowBytes` apart, become strips of four rows: entry (i, k) is number 4 k + i mod 4 of
 * strip i >> 2. In the last strip the last row fills missing rows; their results are dropped at the edge.
 */
export function packRows(from: usize, rowBytes: usize, rows: i32, depth: i32, to: usize): void {
  for (let i = 0; i < rows; i += 4) {
    const last = rows - 1 - i;
    let a = from + <usize>i * rowBytes;
    let b = a + <usize>min(1, last) * rowBytes;
    let c = a + <usize>min(2, last) * rowBytes;
    let d = a + <usize>min(3, last) * rowBytes;
    for (let k = depth >> 2; k > 0; k--) {
      transposeBlock(a, b, c, d, to, 16);
      a += 16;
      b += 16;
      c += 16;
      d += 16;
      to += 64;
    }
    for (let k = depth & 3; k > 0; k--) {
      store<f32>(to, load<f32>(a));
      store<f32>(to, load<f32>(b), 4);
      store<f32>(to, load<f32>(c), 8);
      store<f32>(to, load<f32>(d), 12);
      a += 4;
      b += 4;
      c += 4;
      d += 4;
      to += 16;
    }
  }
}

/**
 * `rows` rows of `columns` values become strips of `width` (4 or 8) columns: entry (k, j) is number `width` k + j mod
 * `width` of strip j / width. Zeros fill the last strip.
 */
export function packColumns(from: usize, rowBytes: usize, rows: i32, columns: i32, to: usize, width: i32): void {
  const vectors = width >> 2;
  const stripBytes = (<usize>(rows * width)) << 2;
  const whole = columns / width;
  for (let k = 0; k < rows; k++) {
    let x = from + <usize>k * rowBytes;
    let y = to + ((<usize>(k * width)) << 2);
    for (let strip = whole; strip > 0; strip--) {
      v128.store(y, v128.load(x));
      if (vectors === 2) v128.store(y, v128.load(x, 16), 16);
      x += (<usize>width) << 2;
      y += stripBytes;
    }
    const rest = columns - whole * width;
    if (rest > 0) {
      for (let j = 0; j < width; j++)
        store<f32>(y + ((<usize>j) << 2), j < rest ? load<f32>(x + ((<usize>j) << 2)) : 0);
    }
  }
}

/**
 * Eight inputs of `units` units, from strips of eight units (32 bytes per input), become one strip of eight columns,
 * one row per unit.
 */
export function packTransposed(from: usize, stripBytes: usize, units: i32, to: usize): void {
  for (let unit = 0; unit < units; unit += 8) {
    transposeBlock(from, from + 32, from + 64, from + 96, to, 32);
    transposeBlock(from + 16, from + 48, from + 80, from + 112, to + 128, 32);
    transposeBlock(from + 128, from + 160, from + 192, from + 224, to + 16, 32);
    transposeBlock(from + 144, from + 176, from + 208, from + 240, to + 144, 32);
    from += stripBytes;
    to += 256;
  }
}
