import type { Tensor, Values } from "../formats/tensor.js";
import { product } from "./reading.js";
import { loadRows } from "./stored-rows.js";

/** The vectors that are held in memory have at most so many elements (128 MiB of f32 for the two of a weight). */
const MAX_VECTOR = 2 ** 24;

/** The members of a weight under spectral normalisation. */
export interface SpectralParts {
  readonly raw: Tensor;
  readonly u: Tensor;
  /** Absent in files of PyTorch before 0.4.1 and of BigGAN: it is then W'u / ||W'u||, as the next step computes it. */
  readonly v?: Tensor;
}

/** How a kernel is read as a matrix: the axis of its rows. */
interface Arrangement {
  readonly axis: number;
  readonly rows: number;
  readonly cols: number;
  /** Elements from one row to the next, within one position of the axes before. */
  readonly inner: number;
}

/**
 * The arrangements that fit the vectors: rows along axis 0, or along axis 1 of a kernel (PyTorch's transposed
 * convolutions [torch/nn/utils/spectral_norm.py]); empty if none fits.
 */
function arrangements({ raw: { shape }, u, v }: SpectralParts): Arrangement[] {
  const total = product(shape);
  const [rows, cols] = [product(u.shape), v === undefined ? undefined : product(v.shape)];
  const axes = shape.length < 2 ? [] : shape.length === 2 ? [0] : [0, 1];
  return axes
    .map((axis) => ({ axis, rows: shape[axis], cols: total / shape[axis], inner: product(shape.slice(axis + 1)) }))
    .filter((found) => found.rows === rows && (cols === undefined || found.cols === cols) && found.cols <= MAX_VECTOR);
}

/** Whether vectors and weight fit together. */
export function fitsSpectrally(parts: SpectralParts): boolean {
  return product(parts.raw.shape) > 0 && product(parts.u.shape) <= MAX_VECTOR && arrangements(parts).length > 0;
}

/**
 * W / sigma as a tensor, sigma = u'Wv with the stored vectors [MKKY18 eq. 8]. If both arrangements of a kernel fit, the
 * one with the larger |sigma|: u and v are close to its leading singular vectors, and to nothing in the other. The
 * first reading takes a pass over W per arrangement for sigma (two without v).
 */
export function spectralTensor(parts: SpectralParts, name: string): Tensor {
  const { raw, u, v } = parts;
  let known: number | undefined;
  return {
    ...raw,
    name,
    byteLength: raw.byteLength + u.byteLength + (v?.byteLength ?? 0),
    storageKey: `${raw.storageKey} / (${u.storageKey}, ${v?.storageKey ?? "-"})`,
    async *values(range = {}) {
      known ??= await sigmaOf(parts, range.signal);
      for await (const values of raw.values(range)) {
        for (let i = 0; i < values.length; i++) values[i] /= known;
        yield values;
      }
    },
  };
}

async function sigmaOf(parts: SpectralParts, signal?: AbortSignal): Promise<number> {
  const vector = (tensor: Tensor): Promise<Values> =>
    loadRows(tensor, { from: 0, rows: 1, length: product(tensor.shape), signal });
  const u = await vector(parts.u);
  const fitting = arrangements(parts);
  if (parts.v === undefined) return withoutV(parts.raw, u, { arrangement: fitting[0], signal });
  const v = await vector(parts.v);
  const sums: number[] = [];
  for (const arrangement of fitting) {
    let sum = 0;
    await eachRun(parts.raw, { arrangement, signal }, (values, { begin, end, row, col }) => {
      let dot = 0;
      for (let i = begin; i < end; i++) dot += values[i] * v[col + i - begin];
      sum += u[row] * dot;
    });
    sums.push(sum);
  }
  return sums.reduce((best, sum) => (Math.abs(sum) > Math.abs(best) ? sum : best));
}

interface Reading {
  readonly arrangement: Arrangement;
  readonly signal?: AbortSignal | undefined;
}

/** ||W v|| of v = W'u / ||W'u||: one step of the power iteration. */
async function withoutV(raw: Tensor, u: Values, reading: Reading): Promise<number> {
  const v = new Float64Array(reading.arrangement.cols);
  await eachRun(raw, reading, (values, { begin, end, row, col }) => {
    for (let i = begin; i < end; i++) v[col + i - begin] += values[i] * u[row];
  });
  const image = new Float64Array(reading.arrangement.rows);
  await eachRun(raw, reading, (values, { begin, end, row, col }) => {
    for (let i = begin; i < end; i++) image[row] += values[i] * v[col + i - begin];
  });
  return norm(image) / norm(v);
}

/** Consecutive entries of one row. */
interface Run {
  readonly begin: number;
  readonly end: number;
  readonly row: number;
  /** The column of the first of them. */
  readonly col: number;
}

/** Streams a tensor, cut where the row changes: element `at` is in row floor(at / inner) mod rows. */
async function eachRun(
  tensor: Tensor,
  { arrangement: { rows, inner }, signal }: Reading,
  visit: (values: Values, run: Run) => void,
): Promise<void> {
  let at = 0;
  for await (const values of tensor.values({ signal })) {
    for (let begin = 0; begin < values.length; ) {
      const element = at + begin;
      const end = Math.min(values.length, begin + inner - (element % inner));
      const row = Math.floor(element / inner) % rows;
      visit(values, { begin, end, row, col: Math.floor(element / (rows * inner)) * inner + (element % inner) });
      begin = end;
    }
    at += values.length;
  }
}

function norm(vector: Float64Array): number {
  return Math.sqrt(vector.reduce((sum, each) => sum + each ** 2, 0));
}
