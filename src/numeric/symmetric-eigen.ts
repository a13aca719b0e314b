/** Eigenvalues and eigenvectors of a symmetric matrix. */
export interface SymmetricEigen {
  /** Ascending. */
  readonly values: Float64Array;
  /**
   * Row i is the eigenvector of `values[i]`, of unit length; its sign is arbitrary, and its direction within a cluster
   * of equal eigenvalues too.
   */
  readonly vectors: Float64Array;
  /** False if an eigenvalue did not converge; the decomposition is then unusable. */
  readonly converged: boolean;
}

/** The largest side: 1024 takes several seconds and 16 MiB of f64. */
export const SYMMETRIC_EIGEN_LIMIT = 1024;
/** QL steps for one eigenvalue; two are usual, and thirty are EISPACK's limit. */
const MAX_STEPS = 60;

/**
 * All eigenvalues and eigenvectors of a symmetric n x n matrix (row-major, both triangles): Householder's reduction to
 * tridiagonal form and implicit QL steps that rotate the vectors along ([GVL13] 8.3, after EISPACK's tred2 and tql2).
 * Vectors are kept as rows, so that every inner loop runs along memory. O(n^3); residuals |A v - lambda v| of a few n
 * eps |A|. Throws `RangeError` above `SYMMETRIC_EIGEN_LIMIT` or for a wrong length.
 */
export function symmetricEigen(matrix: Float64Array, n: number): SymmetricEigen {
  if (!Number.isInteger(n) || n < 1 || n > SYMMETRIC_EIGEN_LIMIT) {
    throw new RangeError(
      `symmetricEigen: the side must be a whole number from 1 to ${SYMMETRIC_EIGEN_LIMIT}, got ${n}`,
    );
  }
  if (matrix.length !== n * n)
    throw new RangeError(`symmetricEigen: found ${matrix.length} entries, expected ${n} x ${n}`);
  let largest = 0;
  for (const entry of matrix) largest = Math.max(largest, Math.abs(entry));
  if (largest === 0) return { values: new Float64Array(n), vectors: identity(n), converged: true };

  // Scaled to a largest entry of 1, so that no square overflows or underflows.
  const tridiagonal = reduce(
    matrix.map((entry) => entry / largest),
    n,
  );
  const converged = rotateToDiagonal(tridiagonal, n);
  return { ...ascending(tridiagonal, n, largest), converged };
}

/** A symmetric tridiagonal matrix T, and the rows of an orthogonal matrix that are rotated along with it. */
export interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** Entry i couples i and i + 1. */
  readonly offDiagonal: Float64Array;
  readonly rows: Float64Array;
}

/** Householder's reduction: reflector k makes row k tridiagonal and is kept in that row. Overwrites `a`. */
function reduce(a: Float64Array, n: number): Tridiagonal {
  const diagonal = new Float64Array(n);
  const offDiagonal = new Float64Array(n);
  const factors = new Float64Array(n);
  const w = new Float64Array(n);
  for (let k = 0; k < n - 1; k++) {
    diagonal[k] = a[k * n + k];
    const v = a.subarray(k * n, k * n + n);
    let square = 0;
    for (let j = k + 1; j < n; j++) square += v[j] * v[j];
    const norm = Math.sqrt(square);
    const head = v[k + 1];
    if (norm === 0) continue;
    const beta = head > 0 ? -norm : norm;
    offDiagonal[k] = beta;
    // v is scaled so that the reflector is I - factor v v' with v[k + 1] = 1.
    factors[k] = (beta - head) / beta;
    for (let j = k + 2; j < n; j++) v[j] /= head - beta;
    v[k + 1] = 1;

    // A - v w' - w v' with w = factor (A v - factor/2 (v' A v) v).
    let projection = 0;
    for (let i = k + 1; i < n; i++) {
      const row = i * n;
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += a[row + j] * v[j];
      w[i] = factors[k] * sum;
      projection += w[i] * v[i];
    }
    const half = (factors[k] * projection) / 2;
    for (let i = k + 1; i < n; i++) w[i] -= half * v[i];
    for (let i = k + 1; i < n; i++) {
      const row = i * n;
      const [vi, wi] = [v[i], w[i]];
      for (let j = k + 1; j < n; j++) a[row + j] -= vi * w[j] + wi * v[j];
    }
  }
  diagonal[n - 1] = a[n * n - 1];
  return { diagonal, offDiagonal, rows: accumulate(a, factors, n) };
}

/**
 * The transposed product of the reflectors, from the last to the first: each acts on the rows and columns after its
 * own.
 */
function accumulate(a: Float64Array, factors: Float64Array, n: number): Float64Array {
  const rows = identity(n);
  for (let k = n - 2; k >= 0; k--) {
    if (factors[k] === 0) continue;
    const v = a.subarray(k * n, k * n + n);
    for (let i = k + 1; i < n; i++) {
      const row = i * n;
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += rows[row + j] * v[j];
      sum *= factors[k];
      for (let j = k + 1; j < n; j++) rows[row + j] -= sum * v[j];
    }
  }
  return rows;
}

/**
 * Implicit QL steps, from the first eigenvalue to the last, until every coupling is negligible. Overwrites all three:
 * `diagonal` becomes the eigenvalues, in no order; if `rows` began as the identity, row i becomes the eigenvector of
 * `diagonal[i]`. Returns false if an eigenvalue did not converge.
 */
export function rotateToDiagonal({ diagonal: d, offDiagonal: e, rows }: Tridiagonal, n: number): boolean {
  for (let first = 0; first < n; first++) {
    for (let steps = 0; ; steps++) {
      let last = first;
      while (last < n - 1 && Math.abs(e[last]) > Number.EPSILON * (Math.abs(d[last]) + Math.abs(d[last + 1]))) last++;
      if (last === first) break;
      if (steps === MAX_STEPS) return false;
      step(first, last);
    }
  }
  return true;

  /** One step on the block first..last, with Wilkinson's shift. */
  function step(first: number, last: number): void {
    const tilt = (d[first + 1] - d[first]) / (2 * e[first]);
    let g = d[last] - d[first] + e[first] / (tilt + Math.sign(tilt || 1) * Math.sqrt(tilt * tilt + 1));
    let [sine, cosine, shift] = [1, 1, 0];
    for (let i = last - 1; i >= first; i--) {
      const f = sine * e[i];
      const b = cosine * e[i];
      const radius = Math.sqrt(f * f + g * g);
      e[i + 1] = radius;
      if (radius === 0) {
        // The block splits here.
        d[i + 1] -= shift;
        e[last] = 0;
        return;
      }
      sine = f / radius;
      cosine = g / radius;
      g = d[i + 1] - shift;
      const turn = (d[i] - g) * sine + 2 * cosine * b;
      shift = sine * turn;
      d[i + 1] = g + shift;
      g = cosine * turn - b;
      rotate(i, sine, cosine);
    }
    d[first] -= shift;
    e[first] = g;
    e[last] = 0;
  }

  function rotate(i: number, sine: number, cosine: number): void {
    const upper = i * n;
    const lower = upper + n;
    for (let j = 0; j < n; j++) {
      const x = rows[upper + j];
      const y = rows[lower + j];
      rows[lower + j] = sine * x + cosine * y;
      rows[upper + j] = cosine * x - sine * y;
    }
  }
}

function ascending(
  { diagonal, rows }: Tridiagonal,
  n: number,
  scale: number,
): Pick<SymmetricEigen, "values" | "vectors"> {
  const order = Array.from(diagonal.keys()).sort((i, j) => diagonal[i] - diagonal[j]);
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => {
    vectors.set(rows.subarray(from * n, from * n + n), to * n);
  });
  return { values: Float64Array.from(order, (i) => diagonal[i] * scale), vectors };
}

function identity(n: number): Float64Array {
  const rows = new Float64Array(n * n);
  for (let i = 0; i < n; i++) rows[i * n + i] = 1;
  return rows;
}
