import type { Pace, Steps } from "../../bytes/pace.js";
import type { LayerDescription, MatrixSource } from "../../layers/index.js";
import { edgeScale } from "../../rmt/index.js";
import { spikeQuantile } from "../../rmt/spike-quantile.js";
import type { Spectrum } from "../../spectra/index.js";
import { unitRoundoff } from "../../spectra/storage-floor.js";
import { PRODUCTS_PER_STEP } from "../gram-matrices.js";
import { type PairedRows, pairedBlocks } from "../matrix-blocks.js";

/** The spacing of the subnormal numbers of F16. Small weights are rounded to it. */
const F16_SUBNORMAL_STEP = 2 ** -24;
/** The level at which the largest eigenvalue of a random matrix counts as too large. */
const LEVEL = 0.01;

/** The largest variance of the error that storing gives an entry w: relative w^2 + absolute. */
export interface RoundingError {
  readonly relative: number;
  readonly absolute: number;
}

/**
 * The largest variance that rounding to the stored type can give the error of an entry. A float of unit roundoff u has
 * an error of at most u |w|, uniform: u^2/3 w^2. Codes of b bits that reach from -max |w| to max |w| have the step
 * 2 max |w|/2^b, and step^2/12: scales per row or block only make it smaller. Methods that move codes away from the
 * nearest one (GPTQ) may exceed it. null if the entries are unknown.
 */
export function roundingError(
  { entries }: Pick<Spectrum, "entries">,
  { dtype, storedBits }: Pick<LayerDescription, "dtype" | "storedBits">,
): RoundingError | null {
  if (entries === undefined) return null;
  const roundoff = unitRoundoff(dtype);
  if (roundoff === undefined)
    return { relative: 0, absolute: ((2 * entries.maxAbs) / 2 ** Math.floor(storedBits)) ** 2 / 12 };
  return { relative: roundoff ** 2 / 3, absolute: dtype === "F16" ? F16_SUBNORMAL_STEP ** 2 / 12 : 0 };
}

/** Mean over the entries of the variance of their error. */
export function roundingVariance(
  { entries }: Pick<Spectrum, "entries">,
  { relative, absolute }: RoundingError,
): number {
  return relative * (entries?.meanSquare ?? 0) + absolute;
}

/**
 * The eigenvalue that the largest one of a random matrix of entries of variance sigma2 exceeds with the probability
 * `exceeded`, by default 1 %: a point of the Tracy-Widom law at the edge ([Joh01] Theorem 1.1). For the largest of rf
 * matrices.
 */
export function randomEdge(
  sigma2: number,
  { N, M, rf }: Pick<Spectrum, "N" | "M" | "rf">,
  exceeded: number = LEVEL,
): number {
  const { centre, scale } = edgeScale(N, M);
  return sigma2 * (centre + scale * spikeQuantile(exceeded, rf));
}

/**
 * The same for the rounding of two stacks, whose entries have variances of their own: floats are rounded in proportion
 * to their size, so that rows and columns of large weights have large errors. The norm of such a matrix is at most the
 * root of the largest sum of variances in a row, plus that in a column ([BvH16] Theorem 1.1, its leading terms), which
 * is the edge where all variances are equal. Without the layer's scale. One pass over both stacks, O(N M).
 */
export async function roundingProfileEdge(
  [a, b]: readonly [MatrixSource, MatrixSource],
  errors: readonly [RoundingError, RoundingError],
  pace: Pace,
): Promise<number> {
  const { rows, cols } = a;
  let columns = new Float64Array(cols);
  let largestRow = 0;
  let largest = 0;
  for await (const block of pairedBlocks(a, b, pace.signal)) {
    largestRow = Math.max(largestRow, await pace.run(addVariances(columns, block, { cols, errors, pace })));
    if (block.firstRow + block.rows < rows) continue;
    const largestColumn = columns.reduce((most, sum) => Math.max(most, sum), 0);
    largest = Math.max(largest, (Math.sqrt(largestRow) + Math.sqrt(largestColumn)) ** 2);
    columns = new Float64Array(cols);
    largestRow = 0;
  }
  const shape = { N: Math.max(rows, cols), M: Math.min(rows, cols), rf: a.count };
  return (largest * randomEdge(1, shape)) / (Math.sqrt(rows) + Math.sqrt(cols)) ** 2;
}

/** Adds the variances of a block to the sums of the columns; returns the largest sum of a row. */
function* addVariances(
  columns: Float64Array,
  block: PairedRows,
  {
    cols,
    errors: [inA, inB],
    pace,
  }: { readonly cols: number; readonly errors: readonly [RoundingError, RoundingError]; readonly pace: Pace },
): Steps<number> {
  const absolute = inA.absolute + inB.absolute;
  let largest = 0;
  for (let row = 0, at = 0; row < block.rows; row++) {
    let sum = 0;
    for (let col = 0; col < cols; col++, at++) {
      const variance = inA.relative * block.a[at] ** 2 + inB.relative * block.b[at] ** 2 + absolute;
      columns[col] += variance;
      sum += variance;
    }
    largest = Math.max(largest, sum);
    if (pace.spend((2 * cols) / PRODUCTS_PER_STEP)) yield;
  }
  return largest;
}
