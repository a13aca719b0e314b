/**
 * Whether an engine refused a matrix for its size. Read off the sentence: such errors come from workers and processes, and their channel keeps an
 * error's kind and words, nothing else.
 */
export function isPastLimit(cause: unknown): boolean {
  return cause instanceof RangeError && /^a \d+ x \d+ matrix needs [\d.]+ GiB/.test(cause.message);
}
