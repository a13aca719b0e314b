import type { ByteSource } from "../../bytes/byte-source.js";
import { FormatError } from "../../bytes/errors.js";
import { type Cursor, type ErrorLocation, readRange, type StoredBytes } from "../../bytes/stored-bytes.js";
import type { Span } from "./wire.js";

const READ_BYTES = 2 ** 20;
const MAX_VARINT_BYTES = 10;

export interface PackedVarints extends Span {
  readonly source: ByteSource;
  readonly where: ErrorLocation;
  /** Number of values in the run. */
  readonly count: number;
  /** Bytes that each number becomes: its lowest ones, in little-endian order. */
  readonly bytesPerNumber: number;
}

/**
 * A run of packed varints (int32_data and similar) as fixed-width elements. A cursor moves forward; moving back starts
 * again. Holds at most a MiB.
 */
export function packedVarints(run: PackedVarints): StoredBytes {
  return { byteLength: run.count * run.bytesPerNumber, openCursor: () => varintCursor(run) };
}

/**
 * The number of varints in a run: each ends with the one byte whose top bit is clear. Reads the run. Throws if the last
 * one is truncated.
 */
export async function countVarints(
  { source, where, begin, end }: Omit<PackedVarints, "count" | "bytesPerNumber">,
  signal?: AbortSignal,
) {
  let count = 0;
  let last = 0;
  for (let at = begin; at < end; at += READ_BYTES) {
    const bytes = await readRange(source, { ...where, offset: at, length: Math.min(READ_BYTES, end - at), signal });
    for (let k = 0; k < bytes.length; k++) if (bytes[k] < 0x80) count++;
    last = bytes[bytes.length - 1];
  }
  if (last >= 0x80)
    throw new FormatError("its last number is truncated", { ...where, kind: "malformed", offset: end - 1 });
  return count;
}

function varintCursor({ source, where, begin, end, bytesPerNumber }: PackedVarints): Cursor {
  let number = 0;
  let at = begin;
  let window: Uint8Array = new Uint8Array(0);
  let windowAt = begin;

  const fill = async (signal?: AbortSignal): Promise<void> => {
    const need = Math.min(MAX_VARINT_BYTES, end - at);
    if (at >= windowAt && at + need <= windowAt + window.length) return;
    window = await readRange(source, { ...where, offset: at, length: Math.min(READ_BYTES, end - at), signal });
    windowAt = at;
  };
  /** Reads one number; its bytes are written to `into` if it is given. */
  const step = (into?: Uint8Array, to = 0): void => {
    // 64 bits in two halves: bits 0 to 27 and 28 to 63 of the number.
    let low = 0;
    let high = 0;
    const from = at - windowAt;
    for (let k = 0; ; k++) {
      const byte = window[from + k];
      if (byte === undefined || k === MAX_VARINT_BYTES) {
        throw new FormatError("a number is longer than 10 bytes, or truncated", {
          ...where,
          kind: "malformed",
          offset: at,
        });
      }
      if (k < 4) low += (byte & 0x7f) * 2 ** (7 * k);
      else high += (byte & 0x7f) * 2 ** (7 * (k - 4));
      if (byte >= 0x80) continue;
      at += k + 1;
      break;
    }
    for (let k = 0; into !== undefined && k < bytesPerNumber; k++) into[to + k] = byteOf(low, high, k);
  };
  return {
    async read(offset, length, signal) {
      const first = offset / bytesPerNumber;
      if (first < number) [number, at] = [0, begin];
      const elements = new Uint8Array(length);
      for (const last = first + length / bytesPerNumber; number < last; number++) {
        if (at + MAX_VARINT_BYTES > windowAt + window.length || at < windowAt) await fill(signal);
        if (number < first) step();
        else step(elements, (number - first) * bytesPerNumber);
      }
      return elements;
    },
    close: async () => {},
  };
}

/** Byte `k` of the number low + 2^28 high. */
function byteOf(low: number, high: number, k: number): number {
  if (k < 3) return (low >>> (8 * k)) & 0xff;
  if (k === 3) return ((low >>> 24) & 0x0f) | ((high % 16) << 4);
  return Math.floor(high / 2 ** (8 * k - 28)) % 256;
}
