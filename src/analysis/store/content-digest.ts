import type { MatrixSource } from "../../layers/index.js";
import { type Digest, digestOf, digestOfData } from "./digest.js";

/** The values are digested in parts of so many bytes: a page can digest a part at a time only. */
const PART_BYTES = 4 * 2 ** 20;

/** A source whose values are digested while they stream. */
export interface DigestedSource {
  readonly source: MatrixSource;
  /**
   * The digest of the values (as f32 or f64, as they stream) and of the stack's shape, whatever the blocks. Resolves
   * once the source was read to its end; call it only then.
   */
  content(): Promise<Digest>;
}

/** The digest of the values and the shape of a source, which is read once. Rejects if it cannot be read. */
export async function contentOf(source: MatrixSource, signal?: AbortSignal): Promise<Digest> {
  const watched = digested(source);
  for await (const _ of watched.source.blocks(signal));
  return watched.content();
}

/** Digests the values of the first reading of a source that comes to its end. */
export function digested(source: MatrixSource): DigestedSource {
  const { count, rows, cols, origin } = source;
  let parts: Promise<Digest>[] | undefined;
  let bytesPerValue = 0;
  return {
    source: {
      count,
      rows,
      cols,
      ...(origin !== undefined && { origin }),
      async *blocks(signal) {
        if (parts !== undefined) return yield* source.blocks(signal);
        const reading: Promise<Digest>[] = [];
        const part = new Uint8Array(Math.min(PART_BYTES, count * rows * cols * 8));
        let filled = 0;
        for await (const block of source.blocks(signal)) {
          bytesPerValue = block.BYTES_PER_ELEMENT;
          const bytes = new Uint8Array(block.buffer, block.byteOffset, block.byteLength);
          for (let from = 0; from < bytes.length; ) {
            const taken = Math.min(part.length - filled, bytes.length - from);
            part.set(bytes.subarray(from, from + taken), filled);
            filled += taken;
            from += taken;
            if (filled < part.length) continue;
            reading.push(digestOf(part));
            filled = 0;
          }
          yield block;
        }
        if (filled > 0) reading.push(digestOf(part.subarray(0, filled)));
        parts ??= reading;
      },
    },
    async content() {
      if (parts === undefined)
        throw new RangeError("the source was not read to its end: its values have no digest yet");
      return digestOfData({ count, rows, cols, bytesPerValue, parts: await Promise.all(parts) });
    },
  };
}
