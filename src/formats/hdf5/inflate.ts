/** Bytes passed to the inflater at a time: the output is at most 1032 times as large before its length is checked. */
const FEED_BYTES = 16 * 2 ** 10;

/**
 * A zlib stream that must give exactly `length` bytes: no more memory than that is allocated. Throws an `Error` with
 * the reason.
 */
export async function inflateExactly(stored: Uint8Array, length: number): Promise<Uint8Array> {
  let at = 0;
  const feed = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull(controller) {
        if (at >= stored.length) return controller.close();
        controller.enqueue(new Uint8Array(stored.subarray(at, at + FEED_BYTES)));
        at += FEED_BYTES;
      },
    },
    { highWaterMark: 1 },
  );
  const reader = feed.pipeThrough(new DecompressionStream("deflate")).getReader();
  const inflated = new Uint8Array(length);
  let have = 0;
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      if (have + value.length > length) throw new Error(`a chunk inflates to more than its ${length} bytes`);
      inflated.set(value, have);
      have += value.length;
    }
  } catch (cause) {
    await reader.cancel().catch(() => {});
    if (cause instanceof Error && cause.message.startsWith("a chunk")) throw cause;
    throw new Error("a chunk cannot be inflated", { cause });
  }
  if (have !== length) throw new Error(`a chunk inflates to ${have} bytes, expected ${length}`);
  return inflated;
}
