import { FormatError } from "../errors.js";
import { mapInParallel, PARALLEL_OPENS } from "../parallel.js";
import type { FormatReader, OpenedFile } from "../reader.js";
import type { Tensor, WeightFile } from "../tensor.js";
import { FORMAT, type Header, MAX_HEADER_BYTES, readHeader } from "./header.js";
import { tensorOf } from "./tensors.js";

/** One safetensors file, or several of a folder that together hold a model. */
export const safetensorsReader: FormatReader = {
  format: FORMAT,
  recognises(head, name) {
    if (head.length < 9) return false;
    const declared = new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true);
    // A length that no reader takes is printable text more often than a hostile header, unless the name says otherwise.
    return head[8] === 0x7b && (declared <= BigInt(MAX_HEADER_BYTES) || name.endsWith(".safetensors"));
  },
  open: (entry, _files, options) => openShards([entry], options?.signal),
  openTogether: (entries, _files, options) => openShards(entries, options?.signal),
};

/** Shards of one model: their tensors one after the other, in the shards' order. Refuses a name that two of them hold. */
export async function openShards(shards: readonly OpenedFile[], signal?: AbortSignal): Promise<WeightFile> {
  const headers = await mapInParallel(shards, PARALLEL_OPENS, ({ name, source }) => readHeader(source, name, signal));
  const holders = new Map<string, string>();
  const tensors: Tensor[] = [];
  shards.forEach(({ name: file, source }, k) => {
    for (const entry of headers[k].entries) {
      const other = holders.get(entry.name);
      if (other !== undefined) refuseDuplicate(entry.name, file, other);
      holders.set(entry.name, file);
      tensors.push(tensorOf(entry, source, file));
    }
  });
  return {
    format: FORMAT,
    tensors,
    files: shards.map(({ name, source }) => ({ name, byteLength: source.byteLength })),
    metadata: mergeMetadata(headers),
    warnings: [],
    close: async () => {},
  };
}

function refuseDuplicate(tensor: string, file: string, other: string): never {
  throw new FormatError(`the file ${other} holds a tensor of this name too`, {
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
