import { shardIndexReader } from "../shard-index.js";
import { openShards, safetensorsReader } from "./file-reader.js";
import { FORMAT } from "./header.js";

/** A sharded checkpoint: `*.safetensors.index.json`. An index whose shards have other names is also taken for one. */
export const safetensorsIndexReader = shardIndexReader({
  format: FORMAT,
  recognises: (text, name) => text.includes('"weight_map"') || name.endsWith(".safetensors.index.json"),
  shard: safetensorsReader,
  openShards: (shards, _files, options) => openShards(shards, options),
});
