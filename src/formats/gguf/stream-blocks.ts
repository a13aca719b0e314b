import type { StoredBytes } from "../../bytes/stored-bytes.js";
import { type Decode, readValues, resolveRange } from "../stream-elements.js";
import type { ValueRange, Values } from "../tensor.js";

/** A tensor's consecutive blocks, and how they are decoded. */
export interface BlockRun {
  readonly stored: StoredBytes;
  /** Number of values. */
  readonly count: number;
  readonly blockSize: number;
  readonly blockBytes: number;
  readonly decode: Decode;
}

/** Bytes of a decoded value, which determine the size of a chunk: decoded data are larger than stored data. */
const DECODED_BYTES = 4;

/**
 * Reads, decodes and yields a range of values in consecutive chunks, each owned by the consumer. Every block that a
 * chunk touches is decoded and its ends are cut off.
 */
export async function* streamBlocks(run: BlockRun, range: ValueRange = {}): AsyncGenerator<Values> {
  const { stored, blockSize, blockBytes } = run;
  const { from, to, chunk } = resolveRange(range, run.count, Math.max(DECODED_BYTES, blockBytes / blockSize));
  const cursor = stored.openCursor();
  try {
    for (let at = from; at < to; at += chunk) {
      const end = Math.min(at + chunk, to);
      const first = Math.floor(at / blockSize);
      const last = Math.ceil(end / blockSize);
      const where = { offset: first * blockBytes, length: (last - first) * blockBytes, signal: range.signal };
      const values = await readValues(cursor, where, run.decode);
      const whole = values.length === end - at;
      yield whole ? values : values.slice(at - first * blockSize, end - first * blockSize);
    }
  } finally {
    await cursor.close();
  }
}
