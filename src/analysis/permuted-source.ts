import type { Values } from "../formats/index.js";
import type { MatrixSource } from "../layers/index.js";
import { createRng, deriveSeed, type Rng, shufflePartInPlace } from "../numeric/index.js";
import { wholeMatrices } from "./matrix-blocks.js";

/**
 * The largest matrix whose entries are permuted: it must be whole in memory, 2^26 entries are 256 MiB of f32, and every
 * worker may hold one.
 */
export const PERMUTATION_LIMIT = 2 ** 26;
/** Bytes of one block of the permuted matrix. */
const BLOCK_BYTES = 4 * 2 ** 20;

/** Why a stack's entries are not permuted; null where they are. */
export function permutationObjection({ rows, cols }: Pick<MatrixSource, "rows" | "cols">): string | null {
  return rows * cols > PERMUTATION_LIMIT
    ? `${rows} x ${cols} entries are more than ${PERMUTATION_LIMIT}, which must be held at once`
    : null;
}

/** Which permutation: the same three numbers give the same one on every machine, whatever else runs. */
export interface PermutationSeed {
  readonly seed: number;
  readonly layer: number;
  readonly replicate: number;
}

/**
 * The same stack, the entries of each matrix permuted among themselves (WeightWatcher's way with convolution slices),
 * uniformly and from its own seed. Blocks are the consumer's own.
 */
export function permuted(source: MatrixSource, seed: PermutationSeed): MatrixSource {
  return permutedBy(source, seed, shuffleInTurns);
}

/** What a shuffle of one matrix is told. */
export interface ShuffleOptions extends Pick<MatrixSource, "rows" | "cols"> {
  readonly rng: Rng;
  readonly signal?: AbortSignal;
}

/** Shuffles the entries of one matrix, row-major, in place. */
export type Shuffle = (values: Values, options: ShuffleOptions) => Promise<void>;

/** The same with another way to shuffle a matrix. */
export function permutedBy(source: MatrixSource, { seed, layer, replicate }: PermutationSeed, shuffle: Shuffle): MatrixSource {
  const { count, rows, cols } = source;
  const base = [layer, replicate].reduce(deriveSeed, foldedSeed(seed));
  const rngOf = (matrix: number): Rng => createRng(deriveSeed(base, matrix));
  return {
    count,
    rows,
    cols,
    async *blocks(signal) {
      let matrix = 0;
      for await (const values of wholeMatrices(source, signal)) {
        await shuffle(values, { rows, cols, rng: rngOf(matrix++), signal });
        const step = cols * Math.max(1, Math.floor(BLOCK_BYTES / (values.BYTES_PER_ELEMENT * cols)));
        for (let from = 0; from < values.length; from += step) yield values.slice(from, from + step);
      }
    },
  };
}

/** Steps of a shuffle between two turns of the event loop: some 10 ms. */
const STEPS_AT_ONCE = 2 ** 19;

/** Shuffles the values as `shuffleInPlace` does; other work of the thread, and an abort, get their turn meanwhile. */
export async function shuffleInTurns(values: Values, { rng, signal }: Pick<ShuffleOptions, "rng" | "signal">): Promise<void> {
  for (let from = values.length - 1; from > 0; from -= STEPS_AT_ONCE) {
    shufflePartInPlace(values, rng, { from, to: Math.max(0, from - STEPS_AT_ONCE) });
    if (from <= STEPS_AT_ONCE) return;
    await new Promise((resolve) => setTimeout(resolve));
    signal?.throwIfAborted();
  }
}

/** A seed of up to 53 bits in 32. */
function foldedSeed(seed: number): number {
  return deriveSeed(seed % 2 ** 32, Math.floor(seed / 2 ** 32));
}
