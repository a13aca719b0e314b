/**
 * Matrices that scripts/goldens/spectra.py makes too, bit by bit: a counter-based hash, then exact or correctly rounded
 * arithmetic.
 */

export interface Recipe {
  readonly kind: string;
  readonly rows: number;
  readonly cols: number;
  readonly seed: number;
}

type Stream = (k: number) => number;

function hashed(seed: number, stream = 0): Stream {
  const offset = (Math.imul(seed, 0x85ebca6b) + Math.imul(stream, 0x27d4eb2f)) >>> 0;
  return (k) => {
    let z = (Math.imul(k, 0x9e3779b9) + offset) >>> 0;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
}

function uniform(seed: number, stream = 0): Stream {
  const bits = hashed(seed, stream);
  return (k) => ((bits(k) >>> 8) + 0.5) / 2 ** 24;
}

/** Nearly Gaussian numbers with variance 1/2. */
export function bell(seed: number, stream = 0): Stream {
  const [a, b, c, d, e, f] = Array.from({ length: 6 }, (_, part) => uniform(seed, stream + part));
  return (k) => a(k) + b(k) + c(k) + d(k) + e(k) + f(k) - 3;
}

function signs(seed: number, stream: number): Stream {
  const bits = hashed(seed, stream);
  return (k) => (bits(k) & 1 ? 1 : -1);
}

function integers(seed: number, stream = 0): Stream {
  const bits = hashed(seed, stream);
  return (k) => (bits(k) % 17) - 8;
}

/** Row-major entries of the matrix. */
export function testMatrix({ kind, rows, cols, seed }: Recipe): Float64Array {
  const entries = new Float64Array(rows * cols);
  const entry = entryOf({ kind, rows, cols, seed });
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) entries[i * cols + j] = entry(i, j);
  return entries;
}

function entryOf({ kind, rows, cols, seed }: Recipe): (i: number, j: number) => number {
  const draw = bell(seed);
  const side = signs(seed, 9);
  const other = signs(seed, 10);
  const positive = uniform(seed);
  const whole = integers(seed);
  const rank = Math.max(1, Math.floor(Math.min(rows, cols) / 3));
  // The factors of a low-rank matrix, drawn once: each number of theirs goes into a whole row or column of the product.
  const factors = kind === "lowrank" ? [integers(seed), integers(seed, 1)] : [];
  const [left, right] = factors.map((drawn, k) =>
    Float64Array.from({ length: rank * (k === 0 ? rows : cols) }, (_, at) => drawn(at)),
  );
  const kinds: Readonly<Record<string, (i: number, j: number) => number>> = {
    gaussian: (i, j) => draw(i * cols + j),
    heavy1: (i, j) => side(i * cols + j) / positive(i * cols + j),
    heavy2: (i, j) => side(i * cols + j) / Math.sqrt(positive(i * cols + j)),
    graded: (i, j) =>
      draw(i * cols + j) * 2 ** -Math.floor(cols <= rows ? (40 * j) / (cols - 1) : (40 * i) / (rows - 1)),
    clustered: (i, j) => (i === j ? 1 : 0) + draw(i * cols + j) / 2 ** 20,
    lowrank: (i, j) => {
      let sum = 0;
      for (let k = 0; k < rank; k++) sum += left[i * rank + k] * right[k * cols + j];
      return sum;
    },
    spike: (i, j) => draw(i * cols + j) + 1024 * side(i) * other(j),
    integer: (i, j) => whole(i * cols + j),
    duplicates: (i, j) => draw(i * cols + Math.floor(j / 3)),
    zeros: (i, j) => draw(i * cols + j) * (j % 2),
    ones: () => 1,
  };
  return kinds[kind];
}

/** The transpose of a row-major rows x cols matrix. */
export function transposed(entries: Float64Array, rows: number, cols: number): Float64Array {
  return Float64Array.from(entries, (_, k) => entries[(k % rows) * cols + Math.floor(k / rows)]);
}
