/** Below this it is not worth a message. */
const MIN_BYTES = 64 * 2 ** 10;

/** A port that nobody listens to: what is transferred to it is dropped. */
let nowhere: MessagePort | undefined;

/**
 * Gives the memory of an array back at once; its owner does not use it any more. V8 would let some 64 MiB of such
 * buffers gather in every thread before it collects them. Small arrays, and those that are a part of a buffer, are left
 * to it.
 */
export function freeBuffer({ buffer, byteLength }: ArrayBufferView): void {
  if (byteLength < MIN_BYTES || !(buffer instanceof ArrayBuffer) || byteLength !== buffer.byteLength) return;
  nowhere ??= closedPort();
  nowhere.postMessage(null, [buffer]);
}

function closedPort(): MessagePort {
  const { port1 } = new MessageChannel();
  port1.close();
  return port1;
}
