import type { ByteSource, Room } from "../../bytes/byte-source.js";
import { crc32 } from "../../bytes/checksum.js";
import { FormatError } from "../../bytes/errors.js";
import { type ErrorLocation, readRange, type StoredBytes } from "../../bytes/stored-bytes.js";

/** A gap up to this size (an array's header) is read through, so that the checksum can be computed. */
const MAX_READ_THROUGH_BYTES = 64 * 2 ** 10;

export interface MemberLocation {
  readonly source: ByteSource;
  readonly where: ErrorLocation;
  /** Offset of the member's data in the file. */
  readonly offset: number;
  readonly crc: number;
}

/** A stored member: random access. A cursor that reads it from the first to the last byte verifies its checksum. */
export function storedMember({ source, where, offset, crc }: MemberLocation, byteLength: number): StoredBytes {
  return {
    byteLength,
    openCursor({ jumping = false } = {}) {
      let summed = 0;
      let sum = 0;
      const readAt = async (at: number, length: number, signal?: AbortSignal, into?: Room): Promise<Uint8Array> => {
        const bytes = await readRange(source, { ...where, offset: offset + at, length, signal, into });
        if (at === summed) {
          sum = crc32(bytes, sum);
          summed += length;
          if (summed === byteLength && sum !== crc) refuseChecksum(where, offset);
        }
        return bytes;
      };
      return {
        async read(at, length, signal, into) {
          if (at + length > byteLength)
            throw new FormatError("its data exceed the zip member", {
              ...where,
              kind: "malformed",
              offset: offset + at,
            });
          if (!jumping && at > summed && at - summed <= MAX_READ_THROUGH_BYTES)
            await readAt(summed, at - summed, signal);
          return readAt(at, length, signal, into);
        },
        close: async () => {},
      };
    },
  };
}

export function refuseChecksum(where: ErrorLocation, offset: number): never {
  throw new FormatError("the checksum of this member is wrong: its data are damaged", {
    ...where,
    kind: "malformed",
    offset,
    remedy: "Get the file again.",
  });
}
