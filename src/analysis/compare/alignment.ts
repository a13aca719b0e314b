import { Pace } from "../../bytes/pace.js";
import type { MatrixSource } from "../../layers/index.js";
import { addColumnProducts, type GramLimit, gramObjection, rowProducts } from "../gram-matrices.js";
import { pairedBlocks } from "../matrix-blocks.js";
import { inOrder } from "./in-order.js";

/**
 * Kernel alignment of two stacks, mean over their matrices. null if a matrix is zero; the centred one also if all rows
 * of a matrix are equal.
 */
export interface Alignment {
  /**
   * ||A'B||/sqrt(||A'A|| ||B'B||) with Frobenius norms, as WeightWatcher computes it: not centred, and the square root
   * of the usual quantity. In [0, 1].
   */
  readonly cka: number | null;
  /**
   * ||A'B||^2/(||A'A|| ||B'B||) with the columns of A and B centred over the rows ([KNLH19] eq. 3, linear kernel). In
   * [0, 1].
   */
  readonly ckaCentred: number | null;
}

/** Each pair of layers takes three products. With 2^31 multiplications each, they take about ten seconds together. */
const ALIGNMENT_LIMIT: GramLimit = { M: 512, entries: 2 ** 24, products: 2 ** 31 };

/** The reason why two stacks are not aligned, or null. */
export function alignmentObjection(source: Pick<MatrixSource, "rows" | "cols">): string | null {
  return gramObjection(source, ALIGNMENT_LIMIT);
}

/**
 * Aligns the matrices of two stacks of one shape, as they are stored. ||A'B||^2 = <A A', B B'>, so products of the
 * smaller side are enough. Tall matrices are streamed; both matrices are held if they are wide. O(M^2 N) per matrix, on
 * this thread. It yields to the event loop after every 2^24 multiplications and rejects with the reason of the signal
 * of `pace`.
 */
export async function alignment(
  a: MatrixSource,
  b: MatrixSource,
  pace = new Pace({ limited: false }),
): Promise<Alignment> {
  const each: Moments[] = [];
  for await (const moments of a.rows < a.cols ? rowMoments(a, b, pace) : columnMoments(a, b, pace)) each.push(moments);
  return {
    cka: mean(each.map(({ raw }) => Math.sqrt(raw.cross / Math.sqrt(raw.a * raw.b)))),
    ckaCentred: mean(each.map(({ centred }) => centred.cross / Math.sqrt(centred.a * centred.b))),
  };
}

/** Aligns two stacks; rejects with the signal's reason. */
export type Align = (a: MatrixSource, b: MatrixSource, signal?: AbortSignal) => Promise<Alignment>;

/** Aligns one pair of stacks after the other (`inOrder`). */
export function alignmentsInOrder(paceOf = (signal?: AbortSignal) => new Pace({ limited: false, signal })): Align {
  const align = inOrder((signal, a: MatrixSource, b: MatrixSource) => alignment(a, b, paceOf(signal)));
  return (a, b, signal) => align(signal, a, b);
}

/** Squared norms ||A'B||^2, ||A'A||^2 and ||B'B||^2. */
interface SquaredNorms {
  readonly cross: number;
  readonly a: number;
  readonly b: number;
}

interface Moments {
  readonly raw: SquaredNorms;
  readonly centred: SquaredNorms;
}

/** For tall matrices: from the products of columns. Centring subtracts the product of the column means. */
async function* columnMoments(a: MatrixSource, b: MatrixSource, pace: Pace): AsyncGenerator<Moments> {
  const { rows, cols } = a;
  const fresh = () => ({
    aa: square(cols),
    bb: square(cols),
    ab: square(cols),
    a: new Float64Array(cols),
    b: new Float64Array(cols),
  });
  let sums = fresh();
  for await (const block of pairedBlocks(a, b, pace.signal)) {
    await pace.run(addColumnProducts(sums.aa, [block.a, block.a], { cols, pace }));
    await pace.run(addColumnProducts(sums.bb, [block.b, block.b], { cols, pace }));
    await pace.run(addColumnProducts(sums.ab, [block.a, block.b], { cols, pace }));
    for (let i = 0; i < block.a.length; i++) {
      sums.a[i % cols] += block.a[i];
      sums.b[i % cols] += block.b[i];
    }
    if (block.firstRow + block.rows < rows) continue;
    const norms = (
      minus: (products: Float64Array, left: Float64Array, right: Float64Array) => Float64Array,
    ): SquaredNorms => ({
      cross: squaredNorm(minus(sums.ab, sums.a, sums.b)),
      a: squaredNorm(minus(sums.aa, sums.a, sums.a)),
      b: squaredNorm(minus(sums.bb, sums.b, sums.b)),
    });
    yield {
      raw: norms((products) => products),
      centred: norms((products, left, right) =>
        products.map((product, k) => product - (left[Math.floor(k / cols)] * right[k % cols]) / rows),
      ),
    };
    sums = fresh();
  }
}

/**
 * For wide matrices: from the products of rows, K = A A'. Centring the columns of A over the rows gives H K H with H =
 * I - 1/rows.
 */
async function* rowMoments(a: MatrixSource, b: MatrixSource, pace: Pace): AsyncGenerator<Moments> {
  const { rows, cols } = a;
  const fresh = () => ({ a: new Float64Array(rows * cols), b: new Float64Array(rows * cols) });
  let whole = fresh();
  for await (const block of pairedBlocks(a, b, pace.signal)) {
    whole.a.set(block.a, block.firstRow * cols);
    whole.b.set(block.b, block.firstRow * cols);
    if (block.firstRow + block.rows < rows) continue;
    const ka = await pace.run(rowProducts(whole.a, a, pace));
    const kb = await pace.run(rowProducts(whole.b, b, pace));
    yield { raw: kernelNorms(ka, kb), centred: kernelNorms(doublyCentred(ka, rows), doublyCentred(kb, rows)) };
    whole = fresh();
  }
}

function kernelNorms(a: Float64Array, b: Float64Array): SquaredNorms {
  return { cross: a.reduce((sum, value, i) => sum + value * b[i], 0), a: squaredNorm(a), b: squaredNorm(b) };
}

function doublyCentred(kernel: Float64Array, n: number): Float64Array {
  const means = Float64Array.from({ length: n }, (_, i) => average(kernel.subarray(i * n, (i + 1) * n)));
  const grand = average(means);
  return kernel.map((value, k) => value - means[Math.floor(k / n)] - means[k % n] + grand);
}

function square(n: number): Float64Array {
  return new Float64Array(n * n);
}

function squaredNorm(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}

function average(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Rounding may push an alignment above 1 by a few eps. */
function mean(values: readonly number[]): number | null {
  const result = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Number.isFinite(result) ? Math.min(1, Math.max(0, result)) : null;
}
