import { shardIndexReader } from "../shard-index.js";
import { openShards, safetensorsReader } from "./file-reader.js";
import { FORMAT } from "./header.js";
import { dequantise } from "./quantised/dequantise.js";

/** A sharded checkpoint: `*.safetensors.index.json`. An index whose shards have other names is also taken for one. */
export const safetensorsIndexReader = shardIndexReader({
  format: FORMAT,
  recognises: (text, name) => text.includes('"weight_map"') || name.endsWith(".safetensors.index.json"),
  shard: safetensorsReader,
  async openShards(shards, files, options) {
    const { file, parts } = await openShards(shards, options);
    const { signal, pace } = options ?? {};
    return {
      file,
      finish: (indexed) => dequantise(indexed, { parts, files, beside: indexed.files[0].name, signal, pace }),
    };
  },
});
