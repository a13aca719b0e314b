const PAGE = 65536;

/** Bytes of a WebAssembly memory: 32-bit addresses reach 4 GiB; the last page stays free so that no end wraps to 0. */
export const MAX_MEMORY_BYTES = 65535 * PAGE;

/** The beginning of the error message if the host cannot reserve a WebAssembly memory of any size. */
export const MEMORY_REFUSED = "this process cannot reserve a WebAssembly memory";

/**
 * Whether WebAssembly cannot run because the process has too little address space. Recognised by the message, as below.
 */
export function isMemoryRefused(cause: unknown): boolean {
  return cause instanceof RangeError && cause.message.startsWith(MEMORY_REFUSED);
}

/**
 * Whether an engine refused a matrix for its size. Recognised by the message: such errors come from workers and
 * processes, and their channel transfers only an error's type and message.
 */
export function isPastLimit(cause: unknown): boolean {
  return cause instanceof RangeError && /^a \d+ x \d+ matrix needs [\d.]+ GiB/.test(cause.message);
}
