import { multiplyAdd } from "../multiply-add";

// Stochastic gradient descent with momentum, in PyTorch's convention: v = momentum v + (g + decay w), w -= rate v.

/**
 * Velocities below 2^-100 count as zero. The velocity of a weight without gradient (its unit is dead) shrinks step by
 * step to the smallest subnormal numbers and stays there, and arithmetic on those is a hundred times slower. 2^-100
 * changes no weight above 2^-76. NaN stays NaN.
 */
function flushed(velocity: v128): v128 {
  const floor = f32x4.splat(reinterpret<f32>((127 - 100) << 23));
  return v128.andnot(velocity, v128.lt<f32>(v128.abs<f32>(velocity), floor));
}

/** The velocities of four weights after a step: momentum v + (g + decay w). */
function nextVelocity(momentum: v128, velocity: v128, decay: v128, weight: v128, gradient: v128): v128 {
  return flushed(multiplyAdd<f32>(momentum, velocity, multiplyAdd<f32>(decay, weight, gradient)));
}

/** One descent step for a row of eight weights: v = momentum v + (g + decay w), w -= rate v. */
function descendRow(w: usize, v: usize, left: v128, right: v128, rate: v128, momentum: v128, decay: v128): void {
  const w0 = v128.load(w),
    w1 = v128.load(w, 16);
  const v0 = nextVelocity(momentum, v128.load(v), decay, w0, left);
  const v1 = nextVelocity(momentum, v128.load(v, 16), decay, w1, right);
  v128.store(v, v0);
  v128.store(v, v1, 16);
  v128.store(w, multiplyAdd<f32>(rate, v0, w0));
  v128.store(w, multiplyAdd<f32>(rate, v1, w1), 16);
}

/**
 * v = momentum v + g + decay w; w -= rate v, for `count` values (rounded up to whole vectors: the memory after them
 * must exist).
 */
export function descend(w: usize, v: usize, g: usize, count: i32, rate: f32, momentum: f32, decay: f32): void {
  const down = f32x4.splat(-rate);
  const mu = f32x4.splat(momentum);
  const shrink = f32x4.splat(decay);
  for (; count > 0; count -= 4) {
    const weight = v128.load(w);
    const velocity = nextVelocity(mu, v128.load(v), shrink, weight, v128.load(g));
    v128.store(v, velocity);
    v128.store(w, multiplyAdd<f32>(down, velocity, weight));
    w += 16;
    v += 16;
    g += 16;
  }
}

/**
 * `addProducts` if the sums are the whole gradient of weights stored in rows of 32 bytes: each gradient tile is used
 * for the momentum step directly from the registers and never written to memory. At small batches (`depth`) that pass
 * over weights and velocities is the whole cost of a training step.
 */
export function descendProducts(
  a: usize,
  b: usize,
  depth: i32,
  strips: i32,
  w: usize,
  v: usize,
  rate: f32,
  momentum: f32,
  decay: f32,
): void {
  const down = f32x4.splat(-rate);
  const mu = f32x4.splat(momentum);
  const shrink = f32x4.splat(decay);
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
      let s = v128.load_splat<f32>(a);
      c00 = multiplyAdd<f32>(s, b0, c00);
      c01 = multiplyAdd<f32>(s, b1, c01);
      s = v128.load_splat<f32>(a, 4);
      c10 = multiplyAdd<f32>(s, b0, c10);
      c11 = multiplyAdd<f32>(s, b1, c11);
      s = v128.load_splat<f32>(a, 8);
      c20 = multiplyAdd<f32>(s, b0, c20);
      c21 = multiplyAdd<f32>(s, b1, c21);
      s = v128.load_splat<f32>(a, 12);
      c30 = multiplyAdd<f32>(s, b0, c30);
      c31 = multiplyAdd<f32>(s, b1, c31);
      a += 16;
      y += 32;
    }
    descendRow(w, v, c00, c01, down, mu, shrink);
    descendRow(w + 32, v + 32, c10, c11, down, mu, shrink);
    descendRow(w + 64, v + 64, c20, c21, down, mu, shrink);
    descendRow(w + 96, v + 96, c30, c31, down, mu, shrink);
    w += 128;
    v += 128;
  }
}
