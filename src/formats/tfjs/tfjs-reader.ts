import { FormatError } from "../../bytes/errors.js";
import type { FileSet } from "../../bytes/file-set.js";
import type { JsonObject, JsonValue } from "../../bytes/json-value.js";
import { type Pace, type Steps, unpaced } from "../../bytes/pace.js";
import { MAX_SHARDS, mapInParallel, PARALLEL_OPENS } from "../../bytes/parallel.js";
import { type ErrorLocation, readRange } from "../../bytes/stored-bytes.js";
import { parseJsonInSteps } from "../../bytes/strict-json.js";
import { concatenatedBytes } from "../concatenated-bytes.js";
import type { FormatReader, OpenedFile, OpenOptions } from "../reader.js";
import type { Tensor, WeightFile } from "../tensor.js";
import { graphTopology } from "./graph-topology.js";
import { layersTopology } from "./layers-topology.js";
import { FORMAT, type ManifestGroup, readManifest } from "./manifest.js";
import { groupTensors } from "./tensors.js";
import { inOrderOf, type Topology } from "./topology.js";

/** Topologies of large graphs have a few MB. */
const MAX_JSON_BYTES = 100_000_000;
/** Nested Keras models reach about 40. */
const MAX_DEPTH = 128;

/** TensorFlow.js' model.json with its shards: layers models, graph models, and the older bare weight manifests. */
export const tfjsReader: FormatReader = {
  format: FORMAT,
  recognises(head) {
    const text = new TextDecoder().decode(head).trimStart();
    if (text.startsWith("["))
      return text.includes('"paths"') || (text.includes('"weights"') && text.includes('"dtype"'));
    return text.startsWith("{") && /"(modelTopology|weightsManifest)"|"(layers|graph)-model"/.test(text);
  },
  async open(entry, files, options) {
    const where = { format: FORMAT, file: entry.name };
    const model = await readModel(entry, where, options);
    const manifest = model instanceof Map ? model.get("weightsManifest") : model;
    if (model instanceof Map && manifest === undefined) {
      throw new FormatError("it holds a topology but no weights (no weightsManifest)", {
        ...where,
        kind: "unsupported",
        remedy: "Export the model with its weights.",
      });
    }
    const groups = readManifest(manifest, where);
    const shards = await openShards(groups, files, where);
    const pace = options?.pace ?? unpaced();
    const topology = await pace.run(topologyOf(model, pace));
    const { hintFor } = topology;
    const tensors: Tensor[] = [];
    for (const [k, group] of groups.entries()) {
      const stored = concatenatedBytes(shards[k], FORMAT);
      tensors.push(
        ...(await groupTensors({
          group,
          shards: shards[k],
          stored,
          key: `${entry.name}#${k}`,
          hintFor,
          where,
          signal: options?.signal,
          pace,
        })),
      );
    }
    return {
      format: FORMAT,
      tensors: await pace.run(inOrderOf(topology, tensors, pace)),
      order: topology.order,
      files: [entry, ...shards.flat()].map(({ name, source }) => ({ name, byteLength: source.byteLength })),
      metadata: model instanceof Map ? metadataOf(model) : {},
      warnings: [],
      close: async () => {},
    };
  },
};

async function readModel(
  { source }: OpenedFile,
  where: ErrorLocation,
  { signal, pace = unpaced() }: OpenOptions = {},
): Promise<JsonValue> {
  if (source.byteLength > MAX_JSON_BYTES) {
    throw new FormatError(`a model.json of ${source.byteLength} bytes is more than ${MAX_JSON_BYTES}`, {
      ...where,
      kind: "malformed",
    });
  }
  const text = await readRange(source, { ...where, offset: 0, length: source.byteLength, signal });
  return pace.run(parseJsonInSteps(text, { ...where, maxDepth: MAX_DEPTH }, pace));
}

async function openShards(
  groups: readonly ManifestGroup[],
  files: FileSet,
  where: ErrorLocation,
): Promise<OpenedFile[][]> {
  const count = groups.reduce((sum, group) => sum + group.paths.length, 0);
  if (count > MAX_SHARDS)
    throw new FormatError(`names ${count} shards, more than ${MAX_SHARDS}`, { ...where, kind: "malformed" });
  const opened = await mapInParallel(
    groups.flatMap((group) => group.paths),
    PARALLEL_OPENS,
    (name) => openShard(name, files, where),
  );
  let next = 0;
  return groups.map((group) => opened.slice(next, (next += group.paths.length)));
}

async function openShard(name: string, files: FileSet, where: ErrorLocation): Promise<OpenedFile> {
  try {
    return { name, source: await files.open(name) };
  } catch (cause) {
    if (!(cause instanceof FormatError) || cause.kind !== "missing") throw cause;
    throw new FormatError(`names the shard ${name}, which does not exist`, {
      ...where,
      kind: "missing",
      remedy: "Put all shards beside model.json.",
      cause,
    });
  }
}

function topologyOf(model: JsonValue, pace: Pace): Steps<Topology> {
  const topology = model instanceof Map ? model.get("modelTopology") : undefined;
  return topology instanceof Map && topology.has("node")
    ? graphTopology(topology, pace)
    : layersTopology(topology, pace);
}

function metadataOf(model: JsonObject): WeightFile["metadata"] {
  const metadata: Record<string, string> = {};
  for (const key of ["format", "generatedBy", "convertedBy"]) {
    const value = model.get(key);
    if (typeof value === "string") metadata[key] = value;
  }
  return metadata;
}
