import type { Replicates } from "../../tails/index.js";
import type { ColumnWorker } from "../column-work.js";
import type { TailReplicates } from "./replicates.js";

/** Replicates per share. They take about 50 ms at 1000 values, far longer than a message. */
const REPLICATES_PER_SHARE = 32;

export interface DrawOptions {
  readonly worker: ColumnWorker;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Draws replicates of `values` (ascending) on the worker, in shares. A replicate depends only on the seed and its
 * number, so it does not matter which worker draws it. Rejects when aborted.
 */
export async function drawInShares(
  values: Float64Array,
  { from, to, seed }: Required<Replicates>,
  { worker, signal }: DrawOptions,
): Promise<TailReplicates> {
  const whole = {
    alpha: new Float64Array(to - from),
    xmin: new Float64Array(to - from),
    distances: new Float64Array(to - from),
  };
  const starts = Array.from(
    { length: Math.ceil((to - from) / REPLICATES_PER_SHARE) },
    (_, k) => from + k * REPLICATES_PER_SHARE,
  );
  await Promise.all(
    starts.map(async (start) => {
      const share = await worker.run(
        "replicates",
        [values, { seed, from: start, to: Math.min(start + REPLICATES_PER_SHARE, to) }],
        signal,
      );
      for (const name of ["alpha", "xmin", "distances"] as const) whole[name].set(share[name], start - from);
    }),
  );
  return whole;
}
