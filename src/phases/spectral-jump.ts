import { bulkGoodness, fitBulk, marchenkoPasturQuantiles } from "../rmt/index.js";
import type { Spectrum } from "../spectra/index.js";

/**
 * The largest jump of a spectrum in its logarithm: where the lost directions of a matrix of low rank part from the
 * others, whatever noise lies on them.
 */
export interface SpectralJump {
  /** Decades of the jump beyond those of a Marchenko-Pastur bulk of the same shape at the same place. */
  readonly decades: number;
  /** Share of the eigenvalues below it, and the share of the trace that they carry. */
  readonly below: number;
  readonly weight: number;
  /**
   * Misfit of the eigenvalues below it to a bulk of their own, in units of an ordinary one (`bulkGoodness`); null where
   * none can be fitted. A part that is a bulk and carries more than a per cent of the trace is the noise of a matrix
   * with strong signals, not lost rank.
   */
  readonly misfit: number | null;
}

/** Fewer eigenvalues a matrix show no jump. */
const MIN_SIDE = 16;
/** At least this share of the spectrum on each side: a few at the top are spikes. */
export const MIN_JUMP_SHARE = 0.04;

/**
 * The largest jump over the slices of a spectrum, as a mean over them (slices of different scale would hide it).
 * Eigenvalues below `floor`, exact zeros among them, count as `floor`: a jump into zero is as high as the arithmetic or
 * the storage shows. `rank`, where the matrix has one by construction: only so many of its eigenvalues are looked at.
 * O(n). null below 16 eigenvalues a matrix, or where all lie at the floor.
 */
export function spectralJump(
  { slices, N, M }: Pick<Spectrum, "slices" | "N" | "M">,
  { floor, rank = M }: { readonly floor: number; readonly rank?: number },
): SpectralJump | null {
  const side = Math.min(M, rank);
  if (side < MIN_SIDE) return null;
  const law = marchenkoPasturQuantiles(side, N / side);
  const jumps = slices.flatMap((slice) => jumpOf(slice.subarray(M - side), law, { N, floor }) ?? []);
  if (jumps.length === 0) return null;
  const mean = (of: (jump: SpectralJump) => number): number => jumps.reduce((sum, jump) => sum + of(jump), 0) / jumps.length;
  const misfits = jumps.flatMap(({ misfit }) => misfit ?? []);
  return {
    decades: mean(({ decades }) => decades),
    below: mean(({ below }) => below),
    weight: mean(({ weight }) => weight),
    misfit: misfits.length < jumps.length ? null : mean((jump) => jump.misfit as number),
  };
}

function jumpOf(
  ascending: Float64Array,
  law: Float64Array,
  { N, floor }: { readonly N: number; readonly floor: number },
): SpectralJump | null {
  const m = ascending.length;
  const largest = ascending[m - 1];
  if (!(largest > floor)) return null;
  // f64 shows no jump into zero of more than 52 bits by the Gram matrix, twice that by W itself.
  const least = Math.max(floor, largest * 2 ** -104);
  const log = (values: Float64Array, i: number): number => Math.log10(Math.max(values[i], least));
  let [decades, place] = [Number.NEGATIVE_INFINITY, 0];
  const last = m - Math.ceil(MIN_JUMP_SHARE * m);
  for (let i = Math.ceil(MIN_JUMP_SHARE * m); i <= last; i++) {
    const jump = log(ascending, i) - log(ascending, i - 1) - Math.log10(law[i] / law[i - 1]);
    if (jump > decades) [decades, place] = [jump, i];
  }
  const lower = ascending.subarray(0, place);
  const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);
  const above = m - place;
  const bulk = fitBulk(lower, { N: Math.max(place, N - above), M: place, floor });
  return { decades, below: place / m, weight: sum(lower) / sum(ascending), misfit: bulk === null ? null : bulkGoodness(bulk).misfit };
}
