import type { Tensor, Values } from "../formats/tensor.js";
import { product } from "./reading.js";
import { BLOCK_BYTES, loadRows, storedRows } from "./stored-rows.js";

/** The largest factor that is held in memory (256 MiB of f32): rank 256 on a vocabulary of 2^18. */
const MAX_HELD_ELEMENTS = 2 ** 26;

/** One factor: `length` x rank on the left, rank x `length` on the right; stored in this orientation or transposed. */
interface Factor {
  readonly tensor: Tensor;
  readonly transposed: boolean;
  readonly length: number;
}

/** A matrix L R of L (m x r) and R (r x n), shaped m x ... */
export interface LowRank {
  readonly rank: number;
  readonly shape: readonly number[];
  readonly left: Factor;
  readonly right: Factor;
}

/**
 * Why a product is not made; undefined if it is made. The right factor is held in memory, and so is the left one unless
 * its rows can be streamed.
 */
export function factorObjection({ rank, left, right }: LowRank): string | undefined {
  const held = rank * Math.max(right.length, left.transposed ? left.length : 0);
  return held > MAX_HELD_ELEMENTS
    ? `a factor of a low-rank adapter has ${held} elements, more than the limit of ${MAX_HELD_ELEMENTS} in memory`
    : undefined;
}

interface Product {
  readonly name: string;
  readonly a: Tensor;
  readonly b: Tensor;
  /** The factor on L R: a number, or a tensor of one element that is divided by the rank. */
  readonly scale: number | Tensor;
}

/**
 * scale L R as a tensor. Its rows are computed on demand, in f64, so that eigenvalues that are zero by construction
 * stay zero to 2^-52. O(m n r); holds R and one block of rows.
 */
export function lowRankTensor(factors: LowRank, { name, a, b, scale }: Product): Tensor {
  const { rank, shape } = factors;
  const cols = product(shape.slice(1));
  const total = product(shape);
  return {
    name,
    shape,
    dtype: `${b.dtype} * ${a.dtype}`,
    storedBits: 64,
    floating: true,
    quantised: false,
    file: b.file,
    byteLength: a.byteLength + b.byteLength,
    storageKey:
      `${name}: ${b.storageKey} * ${a.storageKey} * ` +
      `${typeof scale === "number" ? scale : `${scale.storageKey} / ${rank}`}`,
    async *values({ from = 0, to = total, chunk, signal } = {}) {
      const times =
        typeof scale === "number" ? scale : (await loadRows(scale, { from: 0, rows: 1, length: 1, signal }))[0] / rank;
      const right = await held(factors.right, { rank, side: "right", signal });
      const firstRow = Math.floor(from / cols);
      const rows = Math.ceil(to / cols) - firstRow;
      const most = Math.max(1, Math.floor(Math.min(chunk ?? BLOCK_BYTES / 8, BLOCK_BYTES / 8) / cols));
      let at = firstRow * cols;
      for await (const block of leftRows(factors.left, { rank, firstRow, rows, signal })) {
        for (let row = 0; row < block.length / rank; row += most) {
          signal?.throwIfAborted();
          const made = multiply(block.subarray(row * rank, (row + most) * rank), right, { rank, cols, times });
          const [begin, end] = [Math.max(from, at), Math.min(to, at + made.length)];
          yield begin === at && end === at + made.length ? made : made.slice(begin - at, end - at);
          at += made.length;
        }
      }
    },
  };
}

/** Some rows (n x rank) of the left factor times the right one. */
function multiply(
  left: Values,
  right: Values,
  { rank, cols, times }: { readonly rank: number; readonly cols: number; readonly times: number },
): Float64Array {
  const rows = left.length / rank;
  const made = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < rank; k++) {
      const factor = times * left[i * rank + k];
      for (let j = 0, to = i * cols, at = k * cols; j < cols; j++) made[to++] += factor * right[at++];
    }
  }
  return made;
}

interface Hold {
  readonly rank: number;
  readonly side: "left" | "right";
  readonly signal?: AbortSignal | undefined;
}

/** A whole factor, row by row in the orientation of the product. */
async function held({ tensor, transposed, length }: Factor, { rank, side, signal }: Hold): Promise<Values> {
  const [rows, cols] = (side === "left") === transposed ? [rank, length] : [length, rank];
  const stored = await loadRows(tensor, { from: 0, rows, length: cols, signal });
  if (!transposed) return stored;
  const turned = stored instanceof Float64Array ? new Float64Array(stored.length) : new Float32Array(stored.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) turned[j * rows + i] = stored[i * cols + j];
  return turned;
}

interface LeftRows {
  readonly rank: number;
  readonly firstRow: number;
  readonly rows: number;
  readonly signal?: AbortSignal | undefined;
}

async function* leftRows(left: Factor, { rank, firstRow, rows, signal }: LeftRows): AsyncGenerator<Values> {
  if (left.transposed)
    yield (await held(left, { rank, side: "left", signal })).subarray(firstRow * rank, (firstRow + rows) * rank);
  else yield* storedRows(left.tensor, { from: firstRow * rank, rows, length: rank, signal });
}
