/** QL steps for one eigenvalue; two are usual, and thirty are EISPACK's limit. */
const MAX_STEPS = 60;

/** A symmetric tridiagonal matrix T, and the rows of an orthogonal matrix that are rotated along with it. */
export interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** Entry i couples i and i + 1. */
  readonly offDiagonal: Float64Array;
  readonly rows: Float64Array;
}

/** Householder's reduction: reflector k makes row k tridiagonal and is kept in that row. Overwrites `a`. */
export function reduce(a: Float64Array, n: number): Tridiagonal {
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
    let sine = 1;
    let cosine = 1;
    let shift = 0;
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

/** The identity of order n, row by row. */
export function identity(n: number): Float64Array {
  const rows = new Float64Array(n * n);
  for (let i = 0; i < n; i++) rows[i * n + i] = 1;
  return rows;
}
