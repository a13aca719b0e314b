import { ROW_BYTES } from "./tile";

// The micro-kernel: a 4 x 4 block of C in eight registers, C += sum over k of a_k b_k', where a_k and b_k are four numbers each.
// Eight accumulators hide the latency of two multiply-adds a cycle. The loop over k is not unrolled: V8 would hoist every load of the
// longer body and spill. Offsets are literals because AssemblyScript takes no constants there. The kernel stands inside the loops over a tile's 64
// blocks, in two forms, because a call for each block costs 4%.

/** a * b + c in each lane: one rounding where the build has relaxed SIMD and the machine has FMA, two otherwise. */
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<f64>(a, b, c);
  return v128.add<f64>(c, v128.mul<f64>(a, b));
}

function addRow(c: usize, left: v128, right: v128): void {
  v128.store(c, v128.add<f64>(v128.load(c), left));
  v128.store(c, v128.add<f64>(v128.load(c, 16), right), 16);
}

/**
 * Tile C += A'B for A and B of `depth` rows of 32, in blocks of four columns: block s of row k stands at `a + s * aBlock + k * step`.
 * Row-major A has blocks 32 bytes apart and a step of `ROW_BYTES`; packed strips have a step of 32.
 */
export function addTransposedProduct(a: usize, b: usize, block: usize, step: usize, depth: i32, c: usize): void {
  for (let j: usize = 0; j < 8; j++) {
    for (let i: usize = 0; i < 8; i++) {
      let x = a + i * block;
      let y = b + j * block;
      let c00 = f64x2.splat(0),
        c01 = c00,
        c10 = c00,
        c11 = c00,
        c20 = c00,
        c21 = c00,
        c30 = c00,
        c31 = c00;
      for (let k = depth; k > 0; k--) {
        const b0 = v128.load(y);
        const b1 = v128.load(y, 16);
        let v = v128.load_splat<f64>(x);
        c00 = multiplyAdd(v, b0, c00);
        c01 = multiplyAdd(v, b1, c01);
        v = v128.load_splat<f64>(x, 8);
        c10 = multiplyAdd(v, b0, c10);
        c11 = multiplyAdd(v, b1, c11);
        v = v128.load_splat<f64>(x, 16);
        c20 = multiplyAdd(v, b0, c20);
        c21 = multiplyAdd(v, b1, c21);
        v = v128.load_splat<f64>(x, 24);
        c30 = multiplyAdd(v, b0, c30);
        c31 = multiplyAdd(v, b1, c31);
        x += step;
        y += step;
      }
      const to = c + i * 1024 + j * 32;
      addRow(to, c00, c01);
      addRow(to + ROW_BYTES, c10, c11);
      addRow(to + 2 * ROW_BYTES, c20, c21);
      addRow(to + 3 * ROW_BYTES, c30, c31);
    }
  }
}

/** Tile C += AB for row-major tiles. */
export function addProduct(a: usize, b: usize, c: usize): void {
  for (let i: usize = 0; i < 8; i++) {
    for (let j: usize = 0; j < 8; j++) {
      let x = a + i * 1024;
      let y = b + j * 32;
      let c00 = f64x2.splat(0),
        c01 = c00,
        c10 = c00,
        c11 = c00,
        c20 = c00,
        c21 = c00,
        c30 = c00,
        c31 = c00;
      for (let k = 32; k > 0; k--) {
        const b0 = v128.load(y);
        const b1 = v128.load(y, 16);
        let v = v128.load_splat<f64>(x);
        c00 = multiplyAdd(v, b0, c00);
        c01 = multiplyAdd(v, b1, c01);
        v = v128.load_splat<f64>(x, 256);
        c10 = multiplyAdd(v, b0, c10);
        c11 = multiplyAdd(v, b1, c11);
        v = v128.load_splat<f64>(x, 512);
        c20 = multiplyAdd(v, b0, c20);
        c21 = multiplyAdd(v, b1, c21);
        v = v128.load_splat<f64>(x, 768);
        c30 = multiplyAdd(v, b0, c30);
        c31 = multiplyAdd(v, b1, c31);
        x += 8;
        y += ROW_BYTES;
      }
      const to = c + i * 1024 + j * 32;
      addRow(to, c00, c01);
      addRow(to + ROW_BYTES, c10, c11);
      addRow(to + 2 * ROW_BYTES, c20, c21);
      addRow(to + 3 * ROW_BYTES, c30, c31);
    }
  }
}
