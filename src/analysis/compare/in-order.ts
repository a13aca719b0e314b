/** Work on two stacks, or on anything else that it is given; rejects with the signal's reason. */
export type Work<Arguments extends readonly unknown[], Result> = (
  signal: AbortSignal | undefined,
  ...of: Arguments
) => Promise<Result>;

/**
 * Does one piece of work after the other, in the order of the calls. If 16 pairs ran at once on this thread, each turn
 * of the event loop, and so an abort, would take 16 times as long.
 */
export function inOrder<Arguments extends readonly unknown[], Result>(
  work: Work<Arguments, Result>,
): Work<Arguments, Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (signal, ...of) => {
    const done = last.then(() => {
      signal?.throwIfAborted();
      return work(signal, ...of);
    });
    // The next piece runs even if this one failed.
    last = done.catch(() => {});
    return done;
  };
}
