import { FormatError } from "../../bytes/errors.js";
import { mapInParallel, PARALLEL_OPENS } from "../../bytes/parallel.js";
import type { OpenedFile } from "../reader.js";
import { shardIndexReader } from "../shard-index.js";
import type { Tensor, WeightFile } from "../tensor.js";
import { FORMAT } from "./format.js";
import { pytorchReader } from "./pytorch-reader.js";

/** A sharded checkpoint: `*.bin.index.json`, recognised by its own name or by those of its shards. */
export const pytorchIndexReader = shardIndexReader({
  format: FORMAT,
  recognises: (text, name) =>
    name.endsWith(".bin.index.json") ||
    (text.includes('"weight_map"') && /\.(bin|pt|pth)"/.test(text) && !text.includes('.safetensors"')),
  shard: pytorchReader,
  openShards: (shards, files, options) => openTogether(shards, (shard) => pytorchReader.open(shard, files, options)),
});

/** Shards of one model: their tensors one after the other. Refuses a name that occurs in two of them. */
async function openTogether(
  shards: readonly OpenedFile[],
  open: (shard: OpenedFile) => Promise<WeightFile>,
): Promise<WeightFile> {
  const opened = await mapInParallel(shards, PARALLEL_OPENS, open);
  const tensors = new Map<string, Tensor>();
  for (const tensor of opened.flatMap((file) => file.tensors)) {
    const other = tensors.get(tensor.name);
    if (other !== undefined) {
      throw new FormatError(`the file ${other.file} also holds a tensor of this name`, {
        kind: "malformed",
        format: FORMAT,
        file: tensor.file,
        tensor: tensor.name,
        remedy: "These files are not parts of one model; name the one to read.",
      });
    }
    tensors.set(tensor.name, tensor);
  }
  return {
    format: FORMAT,
    tensors: [...tensors.values()],
    files: opened.flatMap((file) => file.files),
    metadata: opened[0]?.metadata ?? {},
    warnings: [...new Set(opened.flatMap((file) => file.warnings))],
    close: async () => {},
  };
}
