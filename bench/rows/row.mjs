// A row of the table (bench/table.mjs).

/**
 * @typedef {object} Row
 * @property {string} row What was measured.
 * @property {string} [unit] Of `ours` and `peer`: "s" (wall time), "s CPU" (processor time) or "images/s".
 * @property {number | null} ours The median; null if it cannot run here.
 * @property {number | null} peer The same of the peer; null if there is none here.
 * @property {string} [beside] The peer, and what it did.
 * @property {number | null} ratio Of the two, in the sense of `wanted`.
 * @property {string} wanted ">= 1.8" or "<= 2.0" for the ratio, or "".
 * @property {number | null} [processorRatio] Of processor times, if the row is about wall time.
 * @property {number | null} [ceiling] Per cent of what a core does at most, by processor time.
 * @property {string} [missing] Why there is no figure of ours.
 */

/** What the functions that measure a row get. */
/**
 * @typedef {object} Bench
 * @property {{ rounds: number, warmups: number }} turns Of contestants: the options of `interleaved`.
 * @property {boolean} quick Small sizes: it is asked whether all runs, not how fast.
 * @property {string} folder For files; removed in the end.
 * @property {string | null} target The kernels of the native engine; null if there is none.
 * @property {Awaited<ReturnType<typeof import("../ceilings.mjs").openCeilings>>} ceilings
 * @property {(module: "numpy" | "torch", threads: number) => Promise<
 *   Awaited<ReturnType<typeof import("../peers.mjs").startPeer>>>} peer
 *   The peer with so many threads, started at its first use.
 */

/** Seconds, of which fewer are better: how many times as fast as the peer, for ">=". */
export const timesAsFast = (ours, peer) => (peer === null ? null : peer / ours);

/** How many times as long as the peer, for "<=". */
export const timesAsLong = (ours, peer) => (peer === null ? null : ours / peer);

/** Whether the ratio is as wanted; null if there is no ratio or nothing is wanted. */
export function isMet(ratio, wanted) {
  const [, sign, bound] = /^([<>]=) *([\d.]+)$/.exec(wanted) ?? [];
  if (sign === undefined) {
    if (wanted === "") return null;
    throw new RangeError(`wanted "${wanted}": expected ">= 1.8" or "<= 2.0"`);
  }
  if (ratio === null) return null;
  return sign === ">=" ? ratio >= Number(bound) : ratio <= Number(bound);
}

/** Per cent of the ceiling: operations in processor seconds, against the loop in the same run. */
export function percentOfCeiling({ operations, seconds }, loop) {
  return (100 * (operations / seconds)) / (loop.operations / loop.seconds);
}
