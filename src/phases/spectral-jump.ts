import { bulkGoodness, fitBulk, marchenkoPasturQuantiles } from "../rmt/index.js";
import type { Spectrum } from "../spectra/index.js";

/**
 * The largest jump in the logarithm of a spectrum. In a matrix of low rank it separates the lost directions from the
 * others, whatever noise lies on them.
 */
export interface SpectralJump {
  /** Decades of the jump, minus those of a Marchenko-Pastur bulk of the same shape at the same position. */
  readonly decades: number;
  /** Fraction of the eigenvalues below the jump, and the fraction of the trace that they carry. */
  readonly below: number;
  readonly weight: number;
  /**
   * Misfit of the eigenvalues below the jump to a bulk of their own (`bulkGoodness`; 1 is typical). null if no bulk can
   * be fitted, and for jumps of less than half a decade, which never count. Eigenvalues that form a bulk and carry more
   * than a per cent of the trace are the noise of a matrix with strong signals, not lost rank.
   */
  readonly misfit: number | null;
}

/** With fewer eigenvalues per matrix no jump is measured. */
const MIN_SIDE = 16;
/** Smaller jumps are not examined further. */
export const MIN_JUMP_DECADES = 0.5;
/** At least this fraction of the spectrum lies on each side of a jump: a few at the top are spikes. */
export const MIN_JUMP_SHARE = 0.04;

/**
 * The largest jump of each slice, averaged over the slices (pooled slices of different scale would hide it).
 * Eigenvalues below `floor`, including exact zeros, count as `floor`: a jump to zero is as high as the arithmetic or
 * the storage can show. `rank` is the rank that the matrix has by construction; only so many of its eigenvalues are
 * used. O(n). null below 16 eigenvalues per matrix, or if all lie at the floor.
 */
export function spectralJump(
  { slices, N, M }: Pick<Spectrum, "slices" | "N" | "M">,
  { floor, rank = M }: { readonly floor: number; readonly rank?: number },
): SpectralJump | null {
  const side = Math.min(M, rank);
  if (side < MIN_SIDE) return null;
  const law = marchenkoPasturQuantiles(side, N / side);
  const jumps = slices.flatMap((slice) => jumpOf(slice.subarray(M - side), law, floor) ?? []);
  if (jumps.length === 0) return null;
  const mean = (of: (jump: SliceJump) => number): number =>
    jumps.reduce((total, jump) => total + of(jump), 0) / jumps.length;
  const decades = mean((jump) => jump.decades);
  const misfits =
    decades < MIN_JUMP_DECADES
      ? []
      : jumps.flatMap(({ lower }) => misfitOf(lower, { N: N - (side - lower.length), floor }) ?? []);
  return {
    decades,
    below: mean(({ lower }) => lower.length / side),
    weight: mean(({ weight }) => weight),
    misfit: misfits.length < jumps.length ? null : sum(misfits) / misfits.length,
  };
}

interface SliceJump {
  readonly decades: number;
  readonly lower: Float64Array;
  readonly weight: number;
}

function jumpOf(ascending: Float64Array, law: Float64Array, floor: number): SliceJump | null {
  const m = ascending.length;
  const largest = ascending[m - 1];
  if (!(largest > floor)) return null;
  // In f64 the Gram matrix resolves a jump to zero of at most 52 bits, W itself of twice that.
  const least = Math.max(floor, largest * 2 ** -104);
  const margin = Math.ceil(MIN_JUMP_SHARE * m);
  let jump = Number.NEGATIVE_INFINITY;
  let place = 0;
  // ln(value/law): its steps are the jumps.
  let before = Math.log(Math.max(ascending[margin - 1], least) / law[margin - 1]);
  for (let i = margin; i <= m - margin; i++) {
    const here = Math.log(Math.max(ascending[i], least) / law[i]);
    if (here - before > jump) [jump, place] = [here - before, i];
    before = here;
  }
  const lower = ascending.subarray(0, place);
  return { decades: jump / Math.LN10, lower, weight: sum(lower) / sum(ascending) };
}

function misfitOf(lower: Float64Array, { N, floor }: { readonly N: number; readonly floor: number }): number | null {
  const M = lower.length;
  const bulk = fitBulk(lower, { N: Math.max(M, N), M, floor });
  return bulk === null ? null : bulkGoodness(bulk).misfit;
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
