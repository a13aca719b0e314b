import { bytesInMemory } from "../../bytes/byte-source.js";
import { crc32c } from "../../bytes/checksum.js";
import { FormatError } from "../../bytes/errors.js";
import { masked } from "../../bytes/masked-checksum.js";
import { bytesOf, type ErrorLocation } from "../../bytes/stored-bytes.js";
import { decodeElements, ELEMENT_TYPES } from "../element-types.js";
import type { OpenedFile } from "../reader.js";
import { type ElementRun, refuseValues, resolveRange, streamElements } from "../stream-elements.js";
import type { Tensor, ValueRange, Values } from "../tensor.js";
import type { Bundle, BundleEntry } from "./bundle.js";
import { DATA_TYPES } from "./data-types.js";
import type { Variable } from "./variables.js";

export interface ShardFiles {
  readonly shards: ReadonlyMap<number, OpenedFile>;
  readonly bigEndian: boolean;
  readonly where: ErrorLocation;
}

/**
 * A bundle's entry as a tensor, with the name and hints of its variable. Throws `FormatError` if its bytes do not fit
 * its shape.
 */
export function bundleTensor(
  entry: BundleEntry,
  { name, hints, unreadable }: Variable,
  { shards, bigEndian, where }: ShardFiles,
): Tensor {
  const { shape, count, offset, size, slices } = entry;
  const shard = shards.get(entry.shard);
  const file = shard?.name ?? where.file ?? "";
  const { word, dtype } = DATA_TYPES.get(entry.type) ?? { word: `type number ${entry.type}` };
  const type = ELEMENT_TYPES.get(dtype ?? "");
  if (type !== undefined && slices === 0 && size !== count * type.bytes) {
    const reason = `its shape [${shape.join(", ")}] needs ${count * type.bytes} bytes, but ${size} are stored`;
    throw new FormatError(reason, { ...where, tensor: name, kind: "malformed" });
  }
  return {
    name,
    shape,
    dtype: dtype ?? word,
    storedBits: (type?.bytes ?? 0) * 8,
    floating: unreadable === undefined && type !== undefined && type.floating,
    quantised: false,
    file,
    byteLength: size,
    storageKey: size === 0 ? `${where.file}:${entry.key}` : `${file}:${offset}-${offset + size}`,
    hints,
    unreadable,
    values(range) {
      const here = { ...where, file, tensor: name };
      if (unreadable !== undefined) return refuseValues(unreadable, here);
      if (type === undefined) return refuseValues(`its elements are of type ${word}, which are not decoded`, here);
      const stored = bytesOf(shard?.source ?? EMPTY_SOURCE, here, offset, size);
      const decode = (bytes: Uint8Array, owned?: boolean): Values => decodeElements(bytes, type, { bigEndian, owned });
      return streamChecked(
        { stored, offset: 0, count, bytesPerElement: type.bytes, decode },
        { entry, where: here, range },
      );
    },
  };
}

/** The source of tensors without elements. */
const EMPTY_SOURCE = bytesInMemory(new Uint8Array(0));

interface Check {
  readonly entry: BundleEntry;
  readonly where: ErrorLocation;
  readonly range?: ValueRange | undefined;
}

/** Streams the elements; if all of them are read in one go, their checksum is verified at the end. */
async function* streamChecked(
  run: ElementRun,
  { entry: { checksum, offset }, where, range }: Check,
): AsyncGenerator<Values> {
  const { from, to } = resolveRange(range ?? {}, run.count, run.bytesPerElement);
  if (checksum === undefined || from > 0 || to < run.count) return yield* streamElements(run, range);
  let found = 0;
  const decode = (bytes: Uint8Array, owned?: boolean): Values => {
    found = crc32c(bytes, found);
    return run.decode(bytes, owned);
  };
  yield* streamElements({ ...run, decode }, range);
  if (masked(found) === checksum) return;
  throw new FormatError("the checksum (masked CRC-32C) of its elements is wrong", {
    ...where,
    kind: "malformed",
    offset,
    remedy: "The data shard is damaged or of another checkpoint; get both again.",
  });
}

/** Throws unless every entry is inside its shard and no two of them share bytes. */
export function assertPlaces({ entries }: Bundle, { shards, where }: ShardFiles): void {
  const ordered = entries.filter(({ size }) => size > 0).sort((a, b) => a.shard - b.shard || a.offset - b.offset);
  let before: BundleEntry | undefined;
  for (const entry of ordered) {
    const { key, shard, offset, size } = entry;
    const file = shards.get(shard);
    const details = { ...where, file: file?.name, tensor: key, offset, kind: "malformed" as const };
    if (file !== undefined && offset + size > file.source.byteLength) {
      throw new FormatError(`its ${size} bytes from ${offset} exceed the shard of ${file.source.byteLength} bytes`, {
        ...details,
        remedy: "The data shard is truncated or of another checkpoint; get both again.",
      });
    }
    if (before?.shard === shard && before.offset + before.size > offset) {
      throw new FormatError(`its bytes overlap those of ${before.key}`, details);
    }
    before = entry;
  }
}
