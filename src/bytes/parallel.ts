/** Files opened at once: enough to hide the latency of a network, few enough for its server. */
export const PARALLEL_OPENS = 8;

/**
 * The largest number of files of one model: each stays open, and Linux gives a process 1024 handles by default. The
 * largest checkpoints have about 200.
 */
export const MAX_SHARDS = 900;

/**
 * Maps items with at most `width` promises in progress; results keep the items' order. After a rejection nothing new is
 * started, and the first error is thrown once all promises in progress have settled, so that no file is opened after
 * the caller's cleanup.
 */
export async function mapInParallel<T, R>(
  items: readonly T[],
  width: number,
  visit: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = new Array(items.length);
  let next = 0;
  let failure: { readonly cause: unknown } | undefined;
  const lane = async (): Promise<void> => {
    while (next < items.length && failure === undefined) {
      const index = next++;
      try {
        results[index] = await visit(items[index], index);
      } catch (cause) {
        failure ??= { cause };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
  if (failure !== undefined) throw failure.cause;
  return results;
}
