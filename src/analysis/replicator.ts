import { type Replicates, replicateDistances, resamplePowerLaw } from "../tails/index.js";

/** What the replicates of a tail came to, one entry each, in order. */
export interface TailReplicates {
  /** alpha and xmin of the spectrum resampled (`resamplePowerLaw`). */
  readonly alpha: Float64Array;
  readonly xmin: Float64Array;
  /** Distances of spectra drawn from the fit to their own best power law (`replicateDistances`). */
  readonly distances: Float64Array;
}

/** Draws replicates of tails, on whatever the host has for that. */
export interface Replicator {
  /** Replicates of `values` (ascending); each depends on seed and number alone, so that it is the same whoever draws it. Rejects when aborted. */
  draw(values: Float64Array, replicates: Required<Replicates>, signal?: AbortSignal): Promise<TailReplicates>;
  close(): Promise<void>;
}

/** The replicates from `from` up to `to`, now. About 1.6 ms each at 1000 values. */
export function drawReplicates(values: Float64Array, replicates: Required<Replicates>): TailReplicates {
  return { ...resamplePowerLaw(values, replicates), distances: replicateDistances(values, replicates) };
}

/** Replicates of one share: some 50 ms at 1000 values, far more than what a message costs. */
const SHARE = 32;

/** The same cut into shares that are drawn by `drawShare`, in any order, and put together. */
export async function drawInShares(
  { from, to, seed }: Required<Replicates>,
  drawShare: (share: Required<Replicates>) => Promise<TailReplicates>,
): Promise<TailReplicates> {
  const whole = { alpha: new Float64Array(to - from), xmin: new Float64Array(to - from), distances: new Float64Array(to - from) };
  const shares = Array.from({ length: Math.ceil((to - from) / SHARE) }, (_, k) => from + k * SHARE);
  await Promise.all(
    shares.map(async (start) => {
      const share = await drawShare({ seed, from: start, to: Math.min(start + SHARE, to) });
      for (const name of ["alpha", "xmin", "distances"] as const) whole[name].set(share[name], start - from);
    }),
  );
  return whole;
}

/** A replicator in the caller's thread: it gives way to other work between shares. */
export function replicatorInPlace(): Replicator {
  let turn: Promise<unknown> = Promise.resolve();
  return {
    draw: (values, replicates, signal) =>
      drawInShares(replicates, (share) => {
        const drawn = turn.then(async () => {
          await new Promise((resolve) => setTimeout(resolve));
          signal?.throwIfAborted();
          return drawReplicates(values, share);
        });
        // Who comes next does not care how this one ended.
        turn = drawn.catch(() => {});
        return drawn;
      }),
    close: async () => {},
  };
}
