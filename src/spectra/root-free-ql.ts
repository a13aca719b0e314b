import { EPSILON } from "./route.js";

/** The two inner loops, which an engine may replace. Arguments count from 0; `first` < `last`. */
export interface QlSteps {
  /** First m in [first, last) whose squared off-diagonal is negligible, else `last`. */
  findSplit(first: number, last: number, negligible: number): number;
  /** One step with Wilkinson's shift on rows first ... last, at least three. */
  qlStep(first: number, last: number): void;
}

/** Steps per eigenvalue: the mean is 1.7; LAPACK's limit is 30. */
const MAX_STEPS_PER_EIGENVALUE = 30;

/**
 * Eigenvalues of a symmetric tridiagonal matrix by the root-free QL iteration of Pal, Walker and Kahan [Par98, chapter
 * 8], in no order, written to `diagonal`. `squares` holds the squared off-diagonals (n - 1 used) and is overwritten.
 * Absolute error a few eps * norm; O(n^2). Throws if it does not converge, which has never been observed.
 */
export function tridiagonalEigenvaluesInPlace(
  diagonal: Float64Array,
  squares: Float64Array,
  steps: QlSteps = plainSteps(diagonal, squares),
): Float64Array {
  const n = diagonal.length;
  let norm = 0;
  for (let i = 0; i < n; i++) norm = Math.max(norm, Math.abs(diagonal[i]), i < n - 1 ? Math.sqrt(squares[i]) : 0);
  // Far below the rounding of the steps; without it, a block of zero eigenvalues would iterate until e^2 underflows.
  const negligible = (2 ** -10 * EPSILON * norm) ** 2;

  let stepsLeft = MAX_STEPS_PER_EIGENVALUE * n;
  for (let start = 0; start < n; ) {
    const end = steps.findSplit(start, n - 1, negligible);
    // The larger end of a block goes last, so that small eigenvalues converge first and accurately.
    if (Math.abs(diagonal[end]) < Math.abs(diagonal[start])) {
      diagonal.subarray(start, end + 1).reverse();
      squares.subarray(start, end).reverse();
    }
    for (let first = start; first < end; ) {
      const last = steps.findSplit(first, end, negligible);
      if (last < end) squares[last] = 0;
      if (last === first) first++;
      else if (last === first + 1) {
        solve2x2InPlace(diagonal, squares, first);
        first += 2;
      } else {
        if (stepsLeft-- === 0) throw new Error(`the eigenvalues of a tridiagonal matrix of side ${n} did not converge`);
        steps.qlStep(first, last);
      }
    }
    start = end + 1;
  }
  return diagonal;
}

/** Eigenvalues of [[a, b], [b, c]], b^2 given, without cancellation (LAPACK's dlae2). */
function solve2x2InPlace(d: Float64Array, squares: Float64Array, at: number): void {
  const [a, c, b2] = [d[at], d[at + 1], squares[at]];
  const sum = a + c;
  const root = Math.sqrt((a - c) ** 2 + 4 * b2);
  const outer = 0.5 * (sum + (sum < 0 ? -root : root));
  const [large, small] = Math.abs(a) > Math.abs(c) ? [a, c] : [c, a];
  d[at] = outer;
  d[at + 1] = outer === 0 ? 0 : (large / outer) * small - b2 / outer;
  squares[at] = 0;
}

/** The steps in plain TypeScript; kernels/root-free-ql.ts holds the same. */
function plainSteps(d: Float64Array, squares: Float64Array): QlSteps {
  return {
    findSplit(first, last, negligible) {
      for (let m = first; m < last; m++) {
        if (squares[m] <= negligible || squares[m] <= EPSILON ** 2 * Math.abs(d[m] * d[m + 1])) return m;
      }
      return last;
    },
    qlStep(first, last) {
      const root = Math.sqrt(squares[first]);
      const slope = (d[first + 1] - d[first]) / (2 * root);
      const hypotenuse = Math.sqrt(slope * slope + 1);
      const shift = d[first] - root / (slope + (slope < 0 ? -hypotenuse : hypotenuse));
      let c = 1;
      let s = 0;
      let gamma = d[last] - shift;
      let p = gamma * gamma;
      for (let i = last - 1; i >= first; i--) {
        const b = squares[i];
        const r = p + b;
        if (i !== last - 1) squares[i + 1] = s * r;
        const cBefore = c;
        const gammaBefore = gamma;
        c = p / r;
        s = b / r;
        gamma = c * (d[i] - shift) - s * gammaBefore;
        d[i + 1] = gammaBefore + (d[i] - gamma);
        p = c !== 0 ? (gamma * gamma) / c : cBefore * b;
      }
      squares[first] = s * p;
      d[first] = shift + gamma;
    },
  };
}
