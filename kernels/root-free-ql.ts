// Eigenvalues of a symmetric tridiagonal matrix by the root-free QL iteration of Pal, Walker and Kahan ([Par98],
// chapter 8; LAPACK's dsterf). The host calls it block by block and step by step, so that no single call takes long.

/**
 * First index m in [first, last) whose squared off-diagonal is negligible, or `last`: e^2 <= eps^2 |d_m d_{m+1}|, or
 * e^2 <= `negligible` (eps^2 times the square of a small part of the norm, without which a block of zero eigenvalues
 * would not split).
 */
export function findSplit(diagonal: usize, squares: usize, first: i32, last: i32, negligible: f64): i32 {
  const eps2: f64 = 4.930380657631324e-32;
  for (let m = first; m < last; m++) {
    const at = (<usize>m) << 3;
    const e2 = load<f64>(squares + at);
    if (e2 <= negligible || e2 <= eps2 * abs(load<f64>(diagonal + at) * load<f64>(diagonal + at, 8))) return m;
  }
  return last;
}

/** 2^-900: above it r / p is finite. */
const NEGLIGIBLE: f64 = reinterpret<f64>((1023 - 900) << 52);

/**
 * One QL step with Wilkinson's shift on rows first ... last (last > first + 1); the eigenvalue converges at `first`.
 */
export function qlStep(diagonal: usize, squares: usize, first: i32, last: i32): void {
  const head = load<f64>(diagonal + ((<usize>first) << 3));
  const root = sqrt(load<f64>(squares + ((<usize>first) << 3)));
  const slope = (load<f64>(diagonal + ((<usize>(first + 1)) << 3)) - head) / (2 * root);
  const shift = head - root / (slope + copysign(sqrt(slope * slope + 1), slope));

  let c = 1.0,
    s = 0.0;
  let gamma = load<f64>(diagonal + ((<usize>last) << 3)) - shift;
  let p = gamma * gamma;
  for (let i = last - 1; i >= first; i--) {
    const at = (<usize>i) << 3;
    const b = load<f64>(squares + at);
    const r = p + b;
    if (i !== last - 1) store<f64>(squares + at, s * r, 8);
    const before = c;
    const gammaBefore = gamma;
    const inverse = r / p;
    c = p / r;
    s = b / r;
    const alpha = load<f64>(diagonal + at);
    gamma = c * (alpha - shift) - s * gammaBefore;
    store<f64>(diagonal + at, gammaBefore + (alpha - gamma), 8);
    // gamma^2 / c, written so that this division does not wait for gamma; its limit if c, and with it p, is nearly
    // zero.
    p = c > NEGLIGIBLE ? gamma * gamma * inverse : before * b;
  }
  store<f64>(squares + ((<usize>first) << 3), s * p);
  store<f64>(diagonal + ((<usize>first) << 3), shift + gamma);
}
