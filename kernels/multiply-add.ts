import { rowBytes } from "./tile";

// The micro-kernel, for T = f64 or f32: a block of C of 4 rows and 32 bytes of columns (4 f64, 8 f32) in eight
// registers, C += sum over k of a_k b_k', where a_k are four numbers and b_k is one vector pair. Eight accumulators
// hide the latency of two multiply-adds per cycle. The loop over k is not unrolled: V8 would hoist every load of the
// longer body and spill. The kernel is written out inside the loops over a tile's blocks, in two forms, because one
// call per block costs 4%. The loop over tiles keeps the accumulators in their registers, which saves the loads and
// stores of C.

/** a * b + c in each lane: one rounding if the build has relaxed SIMD and the machine has FMA, else two. */
export function multiplyAdd<T>(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<T>(a, b, c);
  return v128.add<T>(c, v128.mul<T>(a, b));
}

function addRow<T>(c: usize, left: v128, right: v128): void {
  v128.store(c, v128.add<T>(v128.load(c), left));
  v128.store(c, v128.add<T>(v128.load(c, 16), right), 16);
}

/** Adds eight f32 to eight f64. */
function addPromotedRow(c: usize, left: v128, right: v128): void {
  v128.store(c, v128.add<f64>(v128.load(c), f64x2.promote_low_f32x4(left)));
  v128.store(c, v128.add<f64>(v128.load(c, 16), f64x2.promote_low_f32x4(v128.shuffle<i64>(left, left, 1, 1))), 16);
  v128.store(c, v128.add<f64>(v128.load(c, 32), f64x2.promote_low_f32x4(right)), 32);
  v128.store(c, v128.add<f64>(v128.load(c, 48), f64x2.promote_low_f32x4(v128.shuffle<i64>(right, right, 1, 1))), 48);
}

/**
 * Tile C += sum of A'B over `tiles` pairs of blocks of `depth` rows of 32. Columns are in groups of 32 bytes: group s
 * of row k is at `a + s * group + k * step`. Row-major operands have groups 32 bytes apart and a step of one row;
 * packed strips have a step of 32. The next pair is `aStep` and `bStep` bytes further; `aStep` grows by `aGrowth` each
 * time. S is the type of C: T, or f64 for sums of f32.
 */
export function addTransposedProducts<T, S>(
  a: usize,
  b: usize,
  group: usize,
  step: usize,
  depth: i32,
  c: usize,
  tiles: i32,
  aStep: usize,
  aGrowth: usize,
  bStep: usize,
): void {
  const cRow = rowBytes<S>();
  const groups: usize = sizeof<T>() === 8 ? 8 : 4;
  for (let j: usize = 0; j < groups; j++) {
    for (let i: usize = 0; i < 8; i++) {
      let c00 = v128.splat<T>(0),
        c01 = c00,
        c10 = c00,
        c11 = c00,
        c20 = c00,
        c21 = c00,
        c30 = c00,
        c31 = c00;
      let aTile = sizeof<T>() === 8 ? a + i * group : a + (i >> 1) * group + ((i & 1) << 4);
      let bTile = b + j * group;
      let next = aStep;
      for (let t = tiles; t > 0; t--) {
        let x = aTile;
        let y = bTile;
        for (let k = depth; k > 0; k--) {
          const b0 = v128.load(y);
          const b1 = v128.load(y, 16);
          let v = v128.load_splat<T>(x);
          c00 = multiplyAdd<T>(v, b0, c00);
          c01 = multiplyAdd<T>(v, b1, c01);
          v = sizeof<T>() === 8 ? v128.load_splat<T>(x, 8) : v128.load_splat<T>(x, 4);
          c10 = multiplyAdd<T>(v, b0, c10);
          c11 = multiplyAdd<T>(v, b1, c11);
          v = sizeof<T>() === 8 ? v128.load_splat<T>(x, 16) : v128.load_splat<T>(x, 8);
          c20 = multiplyAdd<T>(v, b0, c20);
          c21 = multiplyAdd<T>(v, b1, c21);
          v = sizeof<T>() === 8 ? v128.load_splat<T>(x, 24) : v128.load_splat<T>(x, 12);
          c30 = multiplyAdd<T>(v, b0, c30);
          c31 = multiplyAdd<T>(v, b1, c31);
          x += step;
          y += step;
        }
        aTile += next;
        bTile += bStep;
        next += aGrowth;
      }
      if (sizeof<S>() === sizeof<T>()) {
        const to = c + ((i * cRow) << 2) + (j << 5);
        addRow<T>(to, c00, c01);
        addRow<T>(to + cRow, c10, c11);
        addRow<T>(to + 2 * cRow, c20, c21);
        addRow<T>(to + 3 * cRow, c30, c31);
      } else {
        const to = c + ((i * cRow) << 2) + (j << 6);
        addPromotedRow(to, c00, c01);
        addPromotedRow(to + cRow, c10, c11);
        addPromotedRow(to + 2 * cRow, c20, c21);
        addPromotedRow(to + 3 * cRow, c30, c31);
      }
    }
  }
}

/** One pair of blocks, row-major. */
export function addTransposedProduct<T>(a: usize, b: usize, depth: i32, c: usize): void {
  addTransposedProducts<T, T>(a, b, 32, rowBytes<T>(), depth, c, 1, 0, 0, 0);
}

/** Tile C += sum of A_t B_t over `tiles` pairs of consecutive row-major tiles. */
export function addProducts<T>(a: usize, b: usize, c: usize, tiles: i32): void {
  const row = rowBytes<T>();
  const groups: usize = sizeof<T>() === 8 ? 8 : 4;
  for (let i: usize = 0; i < 8; i++) {
    for (let j: usize = 0; j < groups; j++) {
      let x = a + ((i * row) << 2);
      let y = b + (j << 5);
      let c00 = v128.splat<T>(0),
        c01 = c00,
        c10 = c00,
        c11 = c00,
        c20 = c00,
        c21 = c00,
        c30 = c00,
        c31 = c00;
      for (let t = tiles; t > 0; t--) {
        for (let k = 32; k > 0; k--) {
          const b0 = v128.load(y);
          const b1 = v128.load(y, 16);
          let v = v128.load_splat<T>(x);
          c00 = multiplyAdd<T>(v, b0, c00);
          c01 = multiplyAdd<T>(v, b1, c01);
          v = sizeof<T>() === 8 ? v128.load_splat<T>(x, 256) : v128.load_splat<T>(x, 128);
          c10 = multiplyAdd<T>(v, b0, c10);
          c11 = multiplyAdd<T>(v, b1, c11);
          v = sizeof<T>() === 8 ? v128.load_splat<T>(x, 512) : v128.load_splat<T>(x, 256);
          c20 = multiplyAdd<T>(v, b0, c20);
          c21 = multiplyAdd<T>(v, b1, c21);
          v = sizeof<T>() === 8 ? v128.load_splat<T>(x, 768) : v128.load_splat<T>(x, 384);
          c30 = multiplyAdd<T>(v, b0, c30);
          c31 = multiplyAdd<T>(v, b1, c31);
          x += sizeof<T>();
          y += row;
        }
        // Moves from the end of the four rows' first parts to the same rows of the next tile.
        x += 31 * row;
      }
      const to = c + ((i * row) << 2) + (j << 5);
      addRow<T>(to, c00, c01);
      addRow<T>(to + row, c10, c11);
      addRow<T>(to + 2 * row, c20, c21);
      addRow<T>(to + 3 * row, c30, c31);
    }
  }
}
