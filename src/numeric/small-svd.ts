/** The singular value decomposition C = U diag(s) V' of a small square matrix. */
export interface SmallSvd {
  /** Descending. */
  readonly values: Float64Array;
  /** Row i is the left singular vector of `values[i]`; zero where the value is zero. */
  readonly left: Float64Array;
  /** Row i is the right singular vector of `values[i]`. */
  readonly right: Float64Array;
}

/** Sweeps of one-sided Jacobi. Ten are usual at side 100; the bound only ends what rounding keeps alive. */
const MAX_SWEEPS = 60;

/**
 * Singular values and vectors of a square n x n matrix (row-major) by one-sided Jacobi rotations of its columns
 * ([GVL13] 8.6.3). No W'W is formed, so that small singular values keep their digits relative to the largest one.
 * O(n^3) per sweep; for n up to a few hundred. Throws `RangeError` for a wrong length.
 */
export function smallSvd(matrix: Float64Array, n: number): SmallSvd {
  if (matrix.length !== n * n) throw new RangeError(`smallSvd: found ${matrix.length} entries, expected ${n} x ${n}`);
  // Row i of `columns` is column i of C V; row i of `turned` is column i of V.
  const columns = new Float64Array(n * n);
  const turned = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    turned[i * n + i] = 1;
    for (let j = 0; j < n; j++) columns[j * n + i] = matrix[i * n + j];
  }
  for (let sweep = 0, rotated = true; rotated && sweep < MAX_SWEEPS; sweep++) {
    rotated = false;
    for (let p = 0; p < n - 1; p++)
      for (let q = p + 1; q < n; q++) rotated = orthogonalise(columns, turned, { p, q, n }) || rotated;
  }
  const lengths = Float64Array.from({ length: n }, (_, i) => Math.hypot(...columns.subarray(i * n, (i + 1) * n)));
  const order = Array.from(lengths.keys()).sort((a, b) => lengths[b] - lengths[a]);
  const left = new Float64Array(n * n);
  const right = new Float64Array(n * n);
  for (const [to, from] of order.entries()) {
    for (let j = 0; j < n; j++) {
      left[to * n + j] = lengths[from] > 0 ? columns[from * n + j] / lengths[from] : 0;
      right[to * n + j] = turned[from * n + j];
    }
  }
  return { values: Float64Array.from(order, (i) => lengths[i]), left, right };
}

/** Rotates two columns so that they are orthogonal. False if they are already, to rounding. */
function orthogonalise(
  columns: Float64Array,
  turned: Float64Array,
  { p, q, n }: { readonly p: number; readonly q: number; readonly n: number },
): boolean {
  let pp = 0;
  let qq = 0;
  let pq = 0;
  for (let j = 0; j < n; j++) {
    const [x, y] = [columns[p * n + j], columns[q * n + j]];
    pp += x * x;
    qq += y * y;
    pq += x * y;
  }
  if (!(Math.abs(pq) > Number.EPSILON * Math.sqrt(pp * qq))) return false;
  const zeta = (qq - pp) / (2 * pq);
  const tangent = Math.sign(zeta || 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
  const cosine = 1 / Math.hypot(1, tangent);
  for (const vectors of [columns, turned]) {
    for (let j = 0; j < n; j++) {
      const [x, y] = [vectors[p * n + j], vectors[q * n + j]];
      vectors[p * n + j] = cosine * (x - tangent * y);
      vectors[q * n + j] = cosine * (tangent * x + y);
    }
  }
  return true;
}

/** A tall matrix as Q R: Q has orthonormal (or zero) columns, R is square and upper triangular. */
export interface ThinQr {
  /** m x r, row-major. */
  readonly q: Float64Array;
  /** r x r, row-major. */
  readonly r: Float64Array;
}

/**
 * The thin QR decomposition of an m x r matrix (row-major), m >= r or not, by modified Gram-Schmidt done twice, which
 * leaves the columns orthogonal to rounding ([GVL13] 5.2.8). A column that depends on those before it becomes zero in
 * Q, so that the product stays exact. O(m r^2).
 */
export function thinQr(matrix: Float64Array, r: number): ThinQr {
  const m = matrix.length / r;
  const columns = Array.from({ length: r }, (_, j) => Float64Array.from({ length: m }, (_, i) => matrix[i * r + j]));
  const upper = new Float64Array(r * r);
  for (let j = 0; j < r; j++) {
    const column = columns[j];
    const before = norm(column);
    for (let pass = 0; pass < 2; pass++) {
      for (let i = 0; i < j; i++) {
        let dot = 0;
        for (let k = 0; k < m; k++) dot += columns[i][k] * column[k];
        upper[i * r + j] += dot;
        for (let k = 0; k < m; k++) column[k] -= dot * columns[i][k];
      }
    }
    const after = norm(column);
    // What is left of a dependent column is rounding: r eps of its length.
    const length = after > r * Number.EPSILON * before ? after : 0;
    upper[j * r + j] = length;
    for (let k = 0; k < m; k++) column[k] = length > 0 ? column[k] / length : 0;
  }
  const q = new Float64Array(m * r);
  for (let i = 0; i < m; i++) for (let j = 0; j < r; j++) q[i * r + j] = columns[j][i];
  return { q, r: upper };
}

function norm(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum);
}
