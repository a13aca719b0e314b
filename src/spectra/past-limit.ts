/** The beginning of the error where the host does not reserve a WebAssembly memory at all, however small. */
export const MEMORY_REFUSED = "this process cannot reserve a WebAssembly memory";

/** Whether WebAssembly cannot run for want of addresses. Read off the sentence, as below. */
export function isMemoryRefused(cause: unknown): boolean {
  return cause instanceof RangeError && cause.message.startsWith(MEMORY_REFUSED);
}

/**
 * Whether an engine refused a matrix for its size. Read off the sentence: such errors come from workers and processes,
 * and their channel keeps an error's kind and words, nothing else.
 */
export function isPastLimit(cause: unknown): boolean {
  return cause instanceof RangeError && /^a \d+ x \d+ matrix needs [\d.]+ GiB/.test(cause.message);
}
