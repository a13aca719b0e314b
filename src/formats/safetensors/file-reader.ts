import { FormatError } from "../../bytes/errors.js";
import { mapInParallel, PARALLEL_OPENS } from "../../bytes/parallel.js";
import { readRange } from "../../bytes/stored-bytes.js";
import type { FormatReader, OpenedFile, OpenOptions } from "../reader.js";
import type { Tensor, WeightFile } from "../tensor.js";
import { FORMAT, type Header, MAX_HEADER_BYTES, readHeader } from "./header.js";
import { tensorOf } from "./tensors.js";

/** One safetensors file, or several of a folder that together hold a model. */
export const safetensorsReader: FormatReader = {
  format: FORMAT,
  recognises(head, name) {
    if (head.length < 9) return false;
    const declared = new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true);
    // An impossible length is printable text more often than a malicious header, unless the name says otherwise.
    return head[8] === 0x7b && (declared <= BigInt(MAX_HEADER_BYTES) || name.endsWith(".safetensors"));
  },
  open: (entry, _files, options) => openShards([entry], options),
  openTogether: (entries, _files, options) => openShards(entries, options),
};

/**
 * Shards of one model: their tensors one after the other, in the shards' order. Refuses a name that occurs in two of
 * them.
 */
export async function openShards(
  shards: readonly OpenedFile[],
  { signal, pace }: OpenOptions = {},
): Promise<WeightFile> {
  const headers = await mapInParallel(shards, PARALLEL_OPENS, ({ name, source }) =>
    readHeader(source, name, { signal, pace }),
  );
  const tensors = shards.flatMap(({ name, source }, k) =>
    headers[k].entries.map((entry) => tensorOf(entry, source, name)),
  );
  if (shards.length > 1) assertDistinct(tensors);
  return {
    format: FORMAT,
    tensors,
    files: shards.map(({ name, source }) => ({ name, byteLength: source.byteLength })),
    metadata: mergeMetadata(headers),
    warnings: [],
    readStored: storedReader(shards, headers),
    close: async () => {},
  };
}

/** The locations of all tensors, computed when the first is needed: most models have no packed codes. */
function storedReader(shards: readonly OpenedFile[], headers: readonly Header[]): WeightFile["readStored"] {
  let locations: Map<string, { readonly shard: OpenedFile; readonly begin: number }> | undefined;
  return (tensor, { offset, length, signal }) => {
    locations ??= new Map(
      shards.flatMap((shard, k) => headers[k].entries.map(({ name, begin }) => [name, { shard, begin }])),
    );
    const { shard, begin } = locations.get(tensor)!;
    return readRange(shard.source, {
      format: FORMAT,
      file: shard.name,
      tensor,
      offset: begin + offset,
      length,
      signal,
    });
  };
}

/** Within one header names are distinct already. */
function assertDistinct(tensors: readonly Tensor[]): void {
  const holders = new Map<string, string>();
  for (const { name, file } of tensors) {
    const other = holders.get(name);
    if (other !== undefined) refuseDuplicate(name, file, other);
    holders.set(name, file);
  }
}

function refuseDuplicate(tensor: string, file: string, other: string): never {
  throw new FormatError(`the file ${other} also holds a tensor of this name`, {
    kind: "malformed",
    format: FORMAT,
    file,
    tensor,
    remedy: "These files are not parts of one model; name the one to read.",
  });
}

/** Later shards win: they repeat each other's metadata. Names that JavaScript reserves stay plain entries. */
function mergeMetadata(headers: readonly Header[]): Record<string, string> {
  const merged: Record<string, string> = Object.create(null);
  for (const { metadata } of headers) for (const [key, value] of metadata) merged[key] = value;
  return merged;
}
