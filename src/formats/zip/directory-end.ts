import type { ByteSource } from "../../bytes/byte-source.js";
import { FormatError } from "../../bytes/errors.js";
import { type ErrorLocation, readRange } from "../../bytes/stored-bytes.js";
import { malformed, viewOf } from "./zip-bytes.js";

/** End of central directory: 22 bytes and a comment of at most 65,535. */
const END_BYTES = 22;
const MAX_TAIL_BYTES = END_BYTES + 65_535;
const LOCATOR_BYTES = 20;
const END64_BYTES = 56;

const END_SIGNATURE = 0x06054b50;
const LOCATOR_SIGNATURE = 0x07064b50;
const END64_SIGNATURE = 0x06064b50;

/** What the end record says of the directory. */
export interface End {
  readonly count: number;
  readonly size: number;
  readonly offset: number;
  /** Offset of the (zip64) end record. */
  readonly position: number;
}

/** Reads the end record, with zip64. Throws `FormatError` if there is none. */
export async function readEnd(source: ByteSource, where: ErrorLocation, signal?: AbortSignal): Promise<End> {
  const tailStart = Math.max(0, source.byteLength - MAX_TAIL_BYTES);
  const tail = viewOf(
    await readRange(source, { ...where, offset: tailStart, length: source.byteLength - tailStart, signal }),
  );
  const found: number[] = [];
  for (let at = tail.byteLength - END_BYTES; at >= 0; at--) {
    if (
      tail.getUint32(at, true) === END_SIGNATURE &&
      at + END_BYTES + tail.getUint16(at + 20, true) === tail.byteLength
    )
      found.push(at);
  }
  if (found.length === 0) {
    throw new FormatError("the zip archive has no end record", {
      ...where,
      kind: "malformed",
      remedy: "The file is truncated (an unfinished download?); get it again.",
    });
  }
  if (found.length > 1)
    malformed("the zip archive has two end records, which readers may interpret differently", {
      ...where,
      offset: tailStart + found[0],
    });

  const at = found[0];
  const position = tailStart + at;
  const end = {
    count: tail.getUint16(at + 10, true),
    size: tail.getUint32(at + 12, true),
    offset: tail.getUint32(at + 16, true),
    position,
  };
  const disks = [tail.getUint16(at + 4, true), tail.getUint16(at + 6, true)];
  const locatorAt = position - LOCATOR_BYTES;
  const locator =
    locatorAt < 0
      ? undefined
      : viewOf(await readRange(source, { ...where, offset: locatorAt, length: LOCATOR_BYTES, signal }));
  if (locator === undefined || locator.getUint32(0, true) !== LOCATOR_SIGNATURE) {
    if (disks.some((disk) => disk !== 0)) malformed("the zip archive is split over several files", where);
    if (tail.getUint16(at + 8, true) !== end.count)
      malformed("the end record gives two different numbers of members", { ...where, offset: position });
    return end;
  }
  const position64 = whole(locator.getBigUint64(8, true), where);
  const end64 = await readEnd64(source, { ...where, position: position64, limit: locatorAt, signal });
  const agrees = (small: number, large: number, none: number): boolean => small === none || small === large;
  if (
    !agrees(end.count, end64.count, 0xffff) ||
    !agrees(end.size, end64.size, 0xffffffff) ||
    !agrees(end.offset, end64.offset, 0xffffffff)
  ) {
    malformed("the zip64 end record contradicts the plain one", { ...where, offset: position64 });
  }
  return end64;
}

async function readEnd64(
  source: ByteSource,
  {
    position,
    limit,
    signal,
    ...where
  }: ErrorLocation & { position: number; limit: number; signal?: AbortSignal | undefined },
): Promise<End> {
  if (position + END64_BYTES > limit)
    malformed("the zip64 end record is not before its locator", { ...where, offset: position });
  const view = viewOf(await readRange(source, { ...where, offset: position, length: END64_BYTES, signal }));
  if (view.getUint32(0, true) !== END64_SIGNATURE)
    malformed("the zip64 end record is not where its locator says", { ...where, offset: position });
  // The size of the record counts what follows its own field. Archives one after the other have their offsets from
  // their own beginnings: the last one's locator then leads to the record of the first.
  if (position + 12 + whole(view.getBigUint64(4, true), where) !== limit) refuseSeveral(where, position);
  const counts = [whole(view.getBigUint64(24, true), where), whole(view.getBigUint64(32, true), where)];
  if (counts[0] !== counts[1]) malformed("the zip archive is split over several files", where);
  return {
    count: counts[1],
    size: whole(view.getBigUint64(40, true), where),
    offset: whole(view.getBigUint64(48, true), where),
    position,
  };
}

/** Offsets of the directory do not fit its place in the file. */
export function refuseSeveral(where: ErrorLocation, offset: number): never {
  throw new FormatError(
    "the zip archive's own offsets do not fit the file: bytes precede it, or several archives follow each other",
    {
      ...where,
      offset,
      kind: "malformed",
      remedy:
        "A file of several archives is read with the plan that lists them (torch.distributed.checkpoint: " +
        "name its folder); any other is damaged.",
    },
  );
}

/** A 64-bit count as a number. Throws `FormatError` above 2^53 - 1. */
export function whole(value: bigint, where: ErrorLocation): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER))
    malformed(`the zip archive declares the number ${value}, larger than any file`, where);
  return Number(value);
}
