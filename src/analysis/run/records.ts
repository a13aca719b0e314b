import { crc32c } from "../../bytes/checksum.js";
import { masked } from "../../bytes/masked-checksum.js";

/**
 * Records in TFRecord framing, as TensorBoard's event files have it: length (u64, little-endian), its masked CRC-32C,
 * the payload, its masked CRC-32C. A file that was cut anywhere holds whole records and a tail that its checks refuse.
 */
export const HEAD_BYTES = 12;
export const FOOT_BYTES = 4;

/** The frame of one payload. */
export function frameOf(payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(HEAD_BYTES + payload.length + FOOT_BYTES);
  const view = new DataView(frame.buffer);
  view.setBigUint64(0, BigInt(payload.length), true);
  view.setUint32(8, masked(crc32c(frame.subarray(0, 8))), true);
  frame.set(payload, HEAD_BYTES);
  view.setUint32(HEAD_BYTES + payload.length, masked(crc32c(payload)), true);
  return frame;
}

/** Where a payload lies in a file. */
export interface RecordPlace {
  readonly offset: number;
  readonly length: number;
}

/** The length of the payload that a frame begins with. Undefined if the head is cut or damaged. */
export function lengthOf(head: Uint8Array): number | undefined {
  if (head.length < HEAD_BYTES) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (view.getUint32(8, true) !== masked(crc32c(head.subarray(0, 8)))) return undefined;
  const length = view.getBigUint64(0, true);
  return length > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(length);
}

/**
 * The whole records of `bytes`, which begin at `from` of a file, and where the next one would begin: everything after
 * that is cut or damaged.
 */
export function recordsIn(
  bytes: Uint8Array,
  from = 0,
): { readonly records: readonly RecordPlace[]; readonly end: number } {
  const records: RecordPlace[] = [];
  let at = 0;
  for (;;) {
    const length = lengthOf(bytes.subarray(at, at + HEAD_BYTES));
    if (length === undefined || at + HEAD_BYTES + length + FOOT_BYTES > bytes.length) break;
    const payload = bytes.subarray(at + HEAD_BYTES, at + HEAD_BYTES + length);
    const foot = new DataView(bytes.buffer, bytes.byteOffset + at + HEAD_BYTES + length, FOOT_BYTES);
    if (foot.getUint32(0, true) !== masked(crc32c(payload))) break;
    records.push({ offset: from + at + HEAD_BYTES, length });
    at += HEAD_BYTES + length + FOOT_BYTES;
  }
  return { records, end: from + at };
}
