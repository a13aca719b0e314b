/** Below this a buffer is cheap to make, and not worth a message. */
const MIN_BYTES = 64 * 2 ** 10;

/** Each thread keeps this much of what was given back: three blocks of weights. */
const MOST_KEPT_BYTES = 12 * 2 ** 20;

/** Buffers that were given back, the oldest first. */
const kept: ArrayBuffer[] = [];

/** A port that nobody listens to: what is transferred to it is dropped. */
let nowhere: MessagePort | undefined;

/**
 * A buffer of `byteLength` bytes with any contents: one that was given back, if there is one of this length. The pages
 * of new memory would have to be found and cleared by the system, which takes longer than to read a file into them.
 */
export function takeBuffer(byteLength: number): ArrayBuffer {
  const at = byteLength < MIN_BYTES ? -1 : kept.findIndex((buffer) => buffer.byteLength === byteLength);
  return at < 0 ? new ArrayBuffer(byteLength) : kept.splice(at, 1)[0];
}

/**
 * Gives back the memory of an array, which is empty then: its owner does not use it any more. Some is kept for
 * `takeBuffer`, the rest is freed at once. V8 would let some 64 MiB of such buffers gather in every thread before it
 * collects them. Small arrays, and those that are a part of a buffer, are left to it.
 */
export function giveBack({ buffer, byteLength }: ArrayBufferView): void {
  if (byteLength < MIN_BYTES || !(buffer instanceof ArrayBuffer) || byteLength !== buffer.byteLength) return;
  if (byteLength > MOST_KEPT_BYTES) {
    free(buffer);
    return;
  }
  kept.push(structuredClone(buffer, { transfer: [buffer] }));
  let bytes = kept.reduce((sum, { byteLength }) => sum + byteLength, 0);
  while (bytes > MOST_KEPT_BYTES) {
    const oldest = kept.shift()!;
    bytes -= oldest.byteLength;
    free(oldest);
  }
}

function free(buffer: ArrayBuffer): void {
  nowhere ??= closedPort();
  nowhere.postMessage(null, [buffer]);
}

function closedPort(): MessagePort {
  const { port1 } = new MessageChannel();
  port1.close();
  return port1;
}
