import type { ByteSource } from "../../bytes/byte-source.js";
import { FormatError } from "../../bytes/errors.js";
import { Pace } from "../../bytes/pace.js";
import { mapInParallel, PARALLEL_OPENS } from "../../bytes/parallel.js";
import { bytesOf, type ErrorLocation, readRange } from "../../bytes/stored-bytes.js";
import type { OpenedFile, OpenOptions } from "../reader.js";
import { FORMAT } from "./format.js";
import { readPickles, referencesIn, sizeOf } from "./legacy-pickles.js";
import { type Checkpoint, checkpointOf } from "./pickled-checkpoint.js";
import type { Storage } from "./stored-tensor.js";
import type { StorageReference } from "./torch-tensor.js";

/** 0x1950a86a20f9469cfc6c as the pickle writes it: little-endian after its opcode and length. */
const MAGIC = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
/** The magic number follows PROTO and, from protocol 4 on, possibly a FRAME. */
const MAGIC_WITHIN = 16;

/** Each storage begins with its number of elements. */
const COUNT_BYTES = 8;

/** Whether a file begins as written by torch.save before PyTorch 1.6 (and still on request). */
export function isLegacyMagic(head: Uint8Array): boolean {
  if (head[0] !== 0x80) return false;
  for (let at = 2; at < MAGIC_WITHIN; at++) if (MAGIC.every((byte, k) => head[at + k] === byte)) return true;
  return false;
}

/**
 * A checkpoint in PyTorch's old format: pickles of the magic number, the protocol's version, the machine, the
 * checkpoint and the storages' keys, then the storages themselves. Each storage is its number of elements and its data,
 * always little-endian.
 */
export async function openLegacyArchive({ name: file, source }: OpenedFile, options: OpenOptions): Promise<Checkpoint> {
  const where = { format: FORMAT, file };
  const pace = options.pace ?? new Pace({ signal: options.signal, file });
  const { checkpoint, keys, end } = await readPickles({ name: file, source }, { where, pace, signal: options.signal });
  const locations = storageLocations(keys, { references: referencesIn(checkpoint, where), start: end, where });
  await mapInParallel([...locations.values()], PARALLEL_OPENS, (location) =>
    checkStorage(source, location, { ...where, signal: options.signal }),
  );

  const storageOf = (reference: StorageReference, tensor: string): Storage => {
    const location = locations.get(reference.key);
    if (location === undefined) {
      throw new FormatError(`its storage ${reference.key} is not in the file`, { ...where, tensor, kind: "malformed" });
    }
    const stored = bytesOf(source, { ...where, tensor }, location.offset + COUNT_BYTES, location.byteLength);
    return { stored, key: `${file}:${reference.key}`, bigEndian: false };
  };
  const read = await pace.run(
    checkpointOf(checkpoint, { where, storageOf, torchScript: false, options: { ...options, pace } }),
  );
  const last = [...locations.values()].pop();
  const rest = source.byteLength - (last === undefined ? end : last.offset + COUNT_BYTES + last.byteLength);
  if (rest === 0) return read;
  return { ...read, warnings: [...read.warnings, `${rest} bytes follow the last storage and were not read`] };
}

/** A storage must be within the file, and its own count of elements must equal the one used by the tensors. */
async function checkStorage(
  source: ByteSource,
  { key, numel, offset, byteLength }: StorageLocation,
  { signal, ...where }: ErrorLocation & { signal?: AbortSignal | undefined },
): Promise<void> {
  const left = source.byteLength - offset - COUNT_BYTES;
  if (byteLength > left) {
    throw new FormatError(`the storage ${key} needs ${byteLength} bytes, but only ${Math.max(0, left)} are left`, {
      ...where,
      kind: "malformed",
      offset,
      remedy: "The file is truncated (an unfinished download?); get it again.",
    });
  }
  const count = await readRange(source, { ...where, offset, length: COUNT_BYTES, signal });
  const declared = new DataView(count.buffer, count.byteOffset, COUNT_BYTES).getBigInt64(0, true);
  if (declared !== BigInt(numel)) {
    throw new FormatError(`the storage ${key} declares ${declared} elements, but its tensors ${numel}`, {
      ...where,
      kind: "malformed",
      offset,
    });
  }
}

interface StorageLocation {
  readonly key: string;
  readonly numel: number;
  /** Offset of the number of elements; the data follow it. */
  readonly offset: number;
  readonly byteLength: number;
}

/** Storages are stored one after the other in the order of the list of keys. */
function storageLocations(
  keys: readonly string[],
  {
    references,
    start,
    where,
  }: { references: ReadonlyMap<string, StorageReference>; start: number; where: ErrorLocation },
): Map<string, StorageLocation> {
  const locations = new Map<string, StorageLocation>();
  let offset = start;
  for (const key of keys) {
    const reference = references.get(key);
    if (reference === undefined || locations.has(key)) {
      const found = reference === undefined ? "which no tensor uses" : "twice";
      throw new FormatError(`its list of storages names ${key}, ${found}`, { ...where, kind: "malformed" });
    }
    if (reference.type.bytes === undefined) {
      throw new FormatError(
        `the storage ${key} has elements of type ${reference.type.dtype}, whose size is not known`,
        {
          ...where,
          kind: "unsupported",
          remedy: "Save the file again with PyTorch 1.6 or newer.",
        },
      );
    }
    const byteLength = sizeOf(reference);
    locations.set(key, { key, numel: reference.numel, offset, byteLength });
    offset += COUNT_BYTES + byteLength;
    if (!Number.isSafeInteger(offset))
      throw new FormatError("its storages are larger than any file", { ...where, kind: "malformed" });
  }
  return locations;
}
