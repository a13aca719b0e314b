import type { Values } from "../formats/tensor.js";
import type { StackShape } from "../layers/layer.js";

/**
 * Statistics of the entries of a stack, gathered in one pass while they stream to an engine. Plain data: it is sent in
 * messages and stored. Moments are about zero. A field is `null` if all entries are dead.
 */
export interface EntryStatistics {
  /** Entries of the stack, and how many of them are exactly zero. */
  readonly count: number;
  readonly zeros: number;
  /** Means of w and w^2 over all entries. */
  readonly mean: number;
  readonly meanSquare: number;
  /**
   * E w^4/(E w^2)^2 over the live rows and columns, 3 for Gaussian entries; of a stack the mean over its matrices, each
   * weighted by its live entries, so that matrices of different scale do not count as heavy tails.
   */
  readonly kurtosis: number | null;
  readonly maxAbs: number;
  /**
   * Median of |w| over the non-zero entries, to about 1 %: 0.674 standard deviations of a Gaussian. A few giant entries
   * do not change it.
   */
  readonly medianAbs: number | null;
  /**
   * Per matrix: live rows of the longer side (of N), and columns (rows of the shorter side, of M) with a non-zero
   * entry. A row is dead if its squared norm is below `MIN_LIVE_SHARE` of the upper quartile of all non-zero rows, and
   * a gap of `MIN_GAP` separates it from the live ones. So pruned rows stay dead under noise of one per cent, and rows
   * whose norms merely differ stay alive.
   */
  readonly liveRows: readonly number[];
  readonly liveColumns: readonly number[];
}

/**
 * Gathers `EntryStatistics` from the rows of a stack, each pushed once and in order. O(1) per value, 4 to 17 ns
 * (`node bench/statistics.mjs`).
 */
export interface EntryCensus {
  /** Whole rows, all of the current matrix. */
  takeRows(rows: Values): void;
  statistics(): EntryStatistics;
}

/** Values are scaled by powers of 2^this: w^4 then stays between 2^-512 and 2^512 times their number. */
const SCALE_STEP = 256;
/** Bins of |w|: four per factor of 2, by exponent and first two bits of the significand of f64 and of f32. */
const BINS = 2 ** 13;
const BINS_OF_F32 = 2 ** 10;
/** An f32 number is this many bins lower: its exponent is biased by 127, not by 1023. */
const BINS_BELOW_F32 = (1023 - 127) * 4;

/** Noise of one per cent of the root mean square adds to a dead row at most 1e-4 of a live row's squared norm. */
const MIN_LIVE_SHARE = 3e-4;
/**
 * Sorted squared norms of live rows have smaller gaps, even if the entries are Pareto with mu 1/2, whose rows differ by
 * a factor of 10^6.
 */
const MIN_GAP = 30;

/** How many values are in each bin, by their type. Most stacks have no f64. */
interface Histogram {
  readonly f32: Float64Array;
  f64?: Float64Array;
}

/** Sums over one matrix of 2^-exponent w; the squares also for each row of the longer side. */
interface Sums {
  exponent: number;
  sum: number;
  sum2: number;
  sum4: number;
  readonly long: Float64Array;
}

/** A census of a stack of the given shape. */
export function entryCensus({ rows: height, cols }: Pick<StackShape, "rows" | "cols">): EntryCensus {
  const wide = height < cols;
  const histogram: Histogram = { f32: new Float64Array(BINS_OF_F32) };
  const liveRows: number[] = [];
  const liveColumns: number[] = [];
  let count = 0;
  let zeros = 0;
  let maxAbs = 0;
  let total = 0;
  let totalSquares = 0;
  let weightedKurtosis = 0;
  let liveEntries = 0;

  let rowsTaken = 0;
  let rowsAlive = 0;
  let allSeen = false;
  const seen = new Uint8Array(cols);
  const sums: Sums = { exponent: 0, sum: 0, sum2: 0, sum4: 0, long: new Float64Array(Math.max(height, cols)) };

  const endMatrix = (): void => {
    const long = liveRowCount(sums.long);
    const short = wide ? rowsAlive : allSeen ? cols : seen.reduce((alive, mark) => alive + mark, 0);
    liveRows.push(long);
    liveColumns.push(short);
    const { exponent, sum, sum2, sum4 } = sums;
    total += sum * 2 ** exponent;
    totalSquares += sum2 * 2 ** exponent * 2 ** exponent;
    const alive = long * short;
    if (sum2 > 0) {
      // live entries * kurtosis
      weightedKurtosis += (alive * alive * sum4) / (sum2 * sum2);
      liveEntries += alive;
    }
    [rowsTaken, rowsAlive, allSeen] = [0, 0, false];
    seen.fill(0);
    sums.long.fill(0);
    Object.assign(sums, { exponent: 0, sum: 0, sum2: 0, sum4: 0 });
  };

  return {
    takeRows(rows) {
      const largest = largestAbs(rows);
      maxAbs = Math.max(maxAbs, largest);
      if (largest > 0) rescaleInPlace(sums, largest);
      countInBins(histogram, rows);
      for (let from = 0; from < rows.length; from += cols) {
        const { empty, square } = addRow(sums, rows, from, cols);
        if (wide) addColumnSquares(sums, rows, from);
        else sums.long[rowsTaken + from / cols] = square;
        zeros += empty;
        if (empty < cols) rowsAlive++;
        if (empty === 0) allSeen = true;
        else if (!wide && !allSeen && empty < cols) markSeen(seen, rows, from);
      }
      count += rows.length;
      rowsTaken += rows.length / cols;
      if (rowsTaken === height) endMatrix();
    },
    statistics: () => ({
      count,
      zeros,
      mean: total / count,
      meanSquare: totalSquares / count,
      kurtosis: liveEntries > 0 ? weightedKurtosis / liveEntries : null,
      maxAbs,
      medianAbs: zeros < count ? medianOf(histogram, { count, zeros }) : null,
      liveRows,
      liveColumns,
    }),
  };
}

function largestAbs(values: Values): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]);
    if (size > largest) largest = size;
  }
  return largest;
}

/**
 * Adds cols values from `from` on; returns how many are zero, and the sum of their squares in the scale of the sums.
 */
function addRow(
  sums: Sums,
  values: Values,
  from: number,
  cols: number,
): { readonly empty: number; readonly square: number } {
  const factor = 2 ** -sums.exponent;
  let sum = 0;
  let sum2 = 0;
  let sum4 = 0;
  let zeros = 0;
  for (let i = from; i < from + cols; i++) {
    const value = values[i] * factor;
    const square = value * value;
    sum += value;
    sum2 += square;
    sum4 += square * square;
    if (values[i] === 0) zeros++;
  }
  sums.sum += sum;
  sums.sum2 += sum2;
  sums.sum4 += sum4;
  return { empty: zeros, square: sum2 };
}

function addColumnSquares({ exponent, long }: Sums, values: Values, from: number): void {
  const factor = 2 ** -exponent;
  for (let j = 0; j < long.length; j++) long[j] += (values[from + j] * factor) ** 2;
}

/** The number of live rows among those with these squared norms. */
function liveRowCount(squares: Float64Array): number {
  const positive = new Float64Array(squares.length);
  let count = 0;
  for (const square of squares) if (square > 0) positive[count++] = square;
  const held = positive.subarray(0, count).sort();
  const least = MIN_LIVE_SHARE * held[Math.floor(0.75 * (held.length - 1))];
  let faded = 0;
  for (let k = 0; k < held.length && held[k] < least; k++) if (held[k + 1] >= MIN_GAP * held[k]) faded = k + 1;
  return held.length - faded;
}

function markSeen(seen: Uint8Array, values: Values, from: number): void {
  for (let j = 0; j < seen.length; j++) if (values[from + j] !== 0) seen[j] = 1;
}

/** Rescales the sums, exactly, to values up to `largest`, if the earlier values were smaller by more than a step. */
function rescaleInPlace(sums: Sums, largest: number): void {
  const wanted = Math.round(Math.log2(largest) / SCALE_STEP) * SCALE_STEP;
  const before = sums.exponent;
  if (wanted === before || (sums.sum2 > 0 && wanted < before)) return;
  sums.exponent = wanted;
  if (sums.sum2 === 0) return;
  const factor = 2 ** (before - wanted);
  sums.sum *= factor;
  sums.sum2 *= factor * factor;
  sums.sum4 *= factor ** 4;
  for (let k = 0; k < sums.long.length; k++) sums.long[k] *= factor * factor;
}

function countInBins(histogram: Histogram, values: Values): void {
  if (values instanceof Float32Array) {
    const { f32 } = histogram;
    const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
    for (let i = 0; i < bits.length; i++) f32[(bits[i] >>> 21) & 0x3ff]++;
  } else {
    histogram.f64 ??= new Float64Array(BINS);
    const { f64 } = histogram;
    // The upper half of each number on a little-endian machine, which every machine that runs WebAssembly or Node today
    // is.
    const bits = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
    for (let i = 1; i < bits.length; i += 2) f64[(bits[i] >>> 18) & 0x1fff]++;
  }
}

/**
 * The median of a histogram of `count` entries without its `zeros` zeros, which were counted in the lowest bins;
 * interpolated linearly within its bin.
 */
function medianOf(
  { f32, f64 }: Histogram,
  { count, zeros }: { readonly count: number; readonly zeros: number },
): number {
  // Zeros were counted in the lowest bin of their type.
  const zerosF64 = Math.min(zeros, f64?.[0] ?? 0);
  const inBin = (bin: number): number => {
    const ofF64 = (f64?.[bin] ?? 0) - (bin === 0 ? zerosF64 : 0);
    const ofF32 = (f32[bin - BINS_BELOW_F32] ?? 0) - (bin === BINS_BELOW_F32 ? zeros - zerosF64 : 0);
    return ofF64 + ofF32;
  };
  const half = (count - zeros) / 2;
  let below = 0;
  let bin = f64 === undefined ? BINS_BELOW_F32 : 0;
  while (below + inBin(bin) < half) below += inBin(bin++);
  const [low, high] = [binEdge(bin), binEdge(bin + 1)];
  return low + (high - low) * ((half - below) / inBin(bin));
}

/** The smallest |w| of a bin: (4 + two bits)/4 times 2^exponent. */
function binEdge(bin: number): number {
  return ((4 + (bin % 4)) / 4) * 2 ** (Math.floor(bin / 4) - 1023);
}
