import type { Values } from "../formats/index.js";
import type { MatrixSource } from "../layers/index.js";
import { createRng, deriveSeed, type Rng, shufflePartInPlace } from "../numeric/index.js";
import { wholeMatrices } from "./matrix-blocks.js";
import type { PermutationSeed } from "./permutation-seed.js";
import { withRecipe } from "./workers/recipe.js";

/**
 * Most entries of a matrix that is permuted. It must fit in memory: 2^26 entries are 256 MiB of f32, and every worker
 * may hold one.
 */
export const MAX_PERMUTED_ENTRIES = 2 ** 26;
/** Bytes of one block of the permuted matrix. */
const BLOCK_BYTES = 4 * 2 ** 20;

/** The reason why a stack's entries are not permuted, or null. */
export function permutationObjection({ rows, cols }: Pick<MatrixSource, "rows" | "cols">): string | null {
  return rows * cols > MAX_PERMUTED_ENTRIES
    ? `${rows} x ${cols} entries are more than ${MAX_PERMUTED_ENTRIES}, the most that are held in memory at once`
    : null;
}

/**
 * The same stack with the entries of each matrix permuted uniformly within the matrix (as WeightWatcher does with
 * convolution slices). Each matrix has its own seed. The consumer may change the blocks.
 */
export function permuted(source: MatrixSource, seed: PermutationSeed): MatrixSource {
  return permutedBy(source, seed, { entries: "all", shuffle: shuffleInTurns });
}

/** The options of a shuffle of one matrix. */
export interface ShuffleOptions extends Pick<MatrixSource, "rows" | "cols"> {
  readonly rng: Rng;
  readonly signal?: AbortSignal | undefined;
}

/** Shuffles the entries of one matrix, row-major, in place. */
export type Shuffle = (values: Values, options: ShuffleOptions) => Promise<void>;

/** Which entries of a matrix are permuted, and by what. */
export interface PermutedEntries {
  /** "live": those of rows and columns that are not all zero. */
  readonly entries: "all" | "live";
  readonly shuffle: Shuffle;
}

/** `permuted` with another shuffle function. */
export function permutedBy(
  source: MatrixSource,
  identity: PermutationSeed,
  { entries, shuffle }: PermutedEntries,
): MatrixSource {
  const { seed, layer, replicate } = identity;
  const { count, rows, cols } = source;
  const base = [layer, replicate].reduce(deriveSeed, foldedSeed(seed));
  const rngOf = (matrix: number): Rng => createRng(deriveSeed(base, matrix));
  const shuffled: MatrixSource = {
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
  return withRecipe(shuffled, [source], (of) => ({ kind: "permuted", of, seed: identity, entries }));
}

/** Steps of a shuffle per turn of the event loop: about 10 ms. */
const STEPS_PER_TURN = 2 ** 19;

/**
 * Shuffles the values as `shuffleInPlace` does, and yields to the event loop in between, so that other work and an
 * abort can run.
 */
export async function shuffleInTurns(
  values: Values,
  { rng, signal }: Pick<ShuffleOptions, "rng" | "signal">,
): Promise<void> {
  for (let from = values.length - 1; from > 0; from -= STEPS_PER_TURN) {
    shufflePartInPlace(values, rng, { from, to: Math.max(0, from - STEPS_PER_TURN) });
    if (from <= STEPS_PER_TURN) return;
    await new Promise((resolve) => setTimeout(resolve));
    signal?.throwIfAborted();
  }
}

/** Reduces a seed of up to 53 bits to 32 bits. */
function foldedSeed(seed: number): number {
  return deriveSeed(seed % 2 ** 32, Math.floor(seed / 2 ** 32));
}
