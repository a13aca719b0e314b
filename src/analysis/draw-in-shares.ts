import type { Replicates } from "../tails/index.js";
import type { ColumnWorker } from "./column-work.js";
import type { TailReplicates } from "./replicates.js";

/** Replicates of one share: some 50 ms at 1000 values, far more than a message costs. */
const SHARE = 32;

export interface DrawOptions {
  readonly worker: ColumnWorker;
  readonly signal?: AbortSignal;
}

/**
 * Replicates of `values` (ascending) in shares, on the worker. Each depends on seed and number alone, so that it is the
 * same wherever it is drawn. Rejects when aborted.
 */
export async function drawInShares(
  values: Float64Array,
  { from, to, seed }: Required<Replicates>,
  { worker, signal }: DrawOptions,
): Promise<TailReplicates> {
  const whole = { alpha: new Float64Array(to - from), xmin: new Float64Array(to - from), distances: new Float64Array(to - from) };
  const starts = Array.from({ length: Math.ceil((to - from) / SHARE) }, (_, k) => from + k * SHARE);
  await Promise.all(
    starts.map(async (start) => {
      const share = await worker.run("replicates", [values, { seed, from: start, to: Math.min(start + SHARE, to) }], signal);
      for (const name of ["alpha", "xmin", "distances"] as const) whole[name].set(share[name], start - from);
    }),
  );
  return whole;
}
