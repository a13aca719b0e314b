// Sturm counts of a symmetric tridiagonal matrix T: the signs of the pivots of T - x give the number of eigenvalues
// below x [Par98, 3.3]. A count is that of a matrix within about 3 eps of T for every n, while thousands of QL sweeps
// let the largest eigenvalues drift by tens of eps: bisection between counts removes the drift.

function pivot(diagonal: v128, square: v128, x: v128, before: v128): v128 {
  return v128.sub<f64>(v128.sub<f64>(diagonal, x), v128.div<f64>(square, before));
}

function addIfNegative(count: v128, value: v128): v128 {
  return v128.add<i64>(count, v128.shr<u64>(value, 63));
}

/**
 * Moves the eight estimates at `values` to their eigenvalues, those with numbers `index` ... `index` + 7 in ascending
 * order: `steps` halvings of an interval `halfWidth` to either side. An estimate inside the last interval is unchanged.
 * `squares` are the squared off-diagonals, none zero: a zero pivot then gives infinities that are counted correctly.
 */
export function refineEight(
  diagonal: usize,
  squares: usize,
  n: i32,
  values: usize,
  index: i32,
  halfWidth: f64,
  steps: i32,
): void {
  const h = f64x2.splat(halfWidth);
  const half = f64x2.splat(0.5);
  const v0 = v128.load(values);
  const v1 = v128.load(values, 16);
  const v2 = v128.load(values, 32);
  const v3 = v128.load(values, 48);
  let lo0 = v128.sub<f64>(v0, h);
  let lo1 = v128.sub<f64>(v1, h);
  let lo2 = v128.sub<f64>(v2, h);
  let lo3 = v128.sub<f64>(v3, h);
  let hi0 = v128.add<f64>(v0, h);
  let hi1 = v128.add<f64>(v1, h);
  let hi2 = v128.add<f64>(v2, h);
  let hi3 = v128.add<f64>(v3, h);
  const wanted = i64x2(<i64>index, <i64>index + 1);
  const end = diagonal + ((<usize>n) << 3);

  for (let step = 0; step < steps; step++) {
    const x0 = v128.mul<f64>(half, v128.add<f64>(lo0, hi0));
    const x1 = v128.mul<f64>(half, v128.add<f64>(lo1, hi1));
    const x2 = v128.mul<f64>(half, v128.add<f64>(lo2, hi2));
    const x3 = v128.mul<f64>(half, v128.add<f64>(lo3, hi3));
    let q0 = f64x2.splat(1);
    let q1 = q0;
    let q2 = q0;
    let q3 = q0;
    let n0 = i64x2.splat(0);
    let n1 = n0;
    let n2 = n0;
    let n3 = n0;
    let square = f64x2.splat(0);
    let e = squares;
    for (let at = diagonal; at < end; at += 8) {
      const d = v128.load_splat<f64>(at);
      q0 = pivot(d, square, x0, q0);
      q1 = pivot(d, square, x1, q1);
      q2 = pivot(d, square, x2, q2);
      q3 = pivot(d, square, x3, q3);
      n0 = addIfNegative(n0, q0);
      n1 = addIfNegative(n1, q1);
      n2 = addIfNegative(n2, q2);
      n3 = addIfNegative(n3, q3);
      square = v128.load_splat<f64>(e);
      e += 8;
    }
    // If more eigenvalues are below x than the wanted one has below it, the wanted one is below x too.
    const below0 = v128.gt<i64>(n0, wanted);
    const below1 = v128.gt<i64>(n1, v128.add<i64>(wanted, i64x2.splat(2)));
    const below2 = v128.gt<i64>(n2, v128.add<i64>(wanted, i64x2.splat(4)));
    const below3 = v128.gt<i64>(n3, v128.add<i64>(wanted, i64x2.splat(6)));
    hi0 = v128.bitselect(x0, hi0, below0);
    lo0 = v128.bitselect(lo0, x0, below0);
    hi1 = v128.bitselect(x1, hi1, below1);
    lo1 = v128.bitselect(lo1, x1, below1);
    hi2 = v128.bitselect(x2, hi2, below2);
    lo2 = v128.bitselect(lo2, x2, below2);
    hi3 = v128.bitselect(x3, hi3, below3);
    lo3 = v128.bitselect(lo3, x3, below3);
  }
  v128.store(values, nearest(v0, lo0, hi0));
  v128.store(values, nearest(v1, lo1, hi1), 16);
  v128.store(values, nearest(v2, lo2, hi2), 32);
  v128.store(values, nearest(v3, lo3, hi3), 48);
}

function nearest(value: v128, low: v128, high: v128): v128 {
  return v128.min<f64>(v128.max<f64>(value, low), high);
}
