import { FormatError } from "../../bytes/errors.js";
import type { FileSet } from "../../bytes/file-set.js";
import { unpaced } from "../../bytes/pace.js";
import { mapInParallel, PARALLEL_OPENS } from "../../bytes/parallel.js";
import { siblingName } from "../../bytes/sibling-name.js";
import { readRange } from "../../bytes/stored-bytes.js";
import type { FormatReader, OpenedFile, OpenOptions } from "../reader.js";
import type { WeightFile } from "../tensor.js";
import { type Bundle, readBundle } from "./bundle.js";
import { MAX_GRAPH_BYTES, NO_OBJECT_GRAPH, OBJECT_GRAPH_KEY, readObjectGraph } from "./object-graph.js";
import { latestCheckpoint, looksLikeBundleIndex, looksLikeSavedModel } from "./recognition.js";
import { shardName, shardPrefix } from "./shard-names.js";
import { assertPlaces, bundleTensor, type ShardFiles } from "./tensors.js";
import { bundleVariables } from "./variables.js";

const FORMAT = "tensorflow";
const INDEX = ".index";
/** The path of a SavedModel's variables, relative to saved_model.pb. */
const VARIABLES = "variables/variables";
/** Enough for the list of kept checkpoints; the newest comes first. */
const STATE_BYTES = 4096;

/** A TensorFlow checkpoint, by its index: variables in data shards beside it. */
export const tensorflowIndexReader: FormatReader = {
  format: FORMAT,
  recognises: looksLikeBundleIndex,
  async open(entry, files, options) {
    const prefix = entry.name.endsWith(INDEX) ? entry.name.slice(0, -INDEX.length) : entry.name;
    return openBundle(entry, { prefix, files, options });
  },
};

/** A checkpoint named by one of its data shards, which are raw numbers: the index beside them describes them. */
const tensorflowShardReader: FormatReader = {
  format: FORMAT,
  recognises: (_head, name) => shardPrefix(name) !== undefined,
  open: (entry, files, options) =>
    openBeside(shardPrefix(entry.name) ?? entry.name, { owner: entry, named: false, files, options }),
};

/**
 * A SavedModel, by its saved_model.pb. The graph in that file is not read, whatever its size; weights frozen into it
 * are not found.
 */
const savedModelReader: FormatReader = {
  format: FORMAT,
  recognises: looksLikeSavedModel,
  open(entry, files, options) {
    const prefix = siblingName(VARIABLES, entry.name, { format: FORMAT, file: entry.name });
    return openBeside(prefix, { owner: entry, named: true, files, options });
  },
};

/** A folder's file "checkpoint", which names the newest checkpoint beside it. */
const checkpointStateReader: FormatReader = {
  format: FORMAT,
  recognises: (head) => latestCheckpoint(head) !== undefined,
  async open(entry, files, options) {
    const where = { format: FORMAT, file: entry.name };
    const length = Math.min(STATE_BYTES, entry.source.byteLength);
    const named =
      latestCheckpoint(await readRange(entry.source, { ...where, offset: 0, length, signal: options?.signal })) ?? "";
    return openBeside(siblingName(named, entry.name, where), { owner: entry, named: true, files, options });
  },
};

/** The files that TensorFlow writes to a folder: each reader here takes precedence over those after it. */
export const TENSORFLOW_READERS: readonly FormatReader[] = [
  savedModelReader,
  checkpointStateReader,
  tensorflowIndexReader,
  tensorflowShardReader,
];

interface BesideContext {
  readonly owner: OpenedFile;
  /** Whether the owner is itself one of the model's files, besides being a data shard. */
  readonly named: boolean;
  readonly files: FileSet;
  readonly options?: OpenOptions | undefined;
}

async function openBeside(prefix: string, { owner, named, files, options }: BesideContext): Promise<WeightFile> {
  const name = prefix + INDEX;
  const remedy = named
    ? "Put the variables' files where the model expects them."
    : "Put the checkpoint's index beside its data.";
  const source = await openNamed(name, { files, owner: owner.name, what: "the index of its variables", remedy });
  const file = await openBundle({ name, source }, { prefix, files, options });
  return named ? { ...file, files: [{ name: owner.name, byteLength: owner.source.byteLength }, ...file.files] } : file;
}

interface BundleContext {
  /** The common prefix of the names of the index and its data shards. */
  readonly prefix: string;
  readonly files: FileSet;
  readonly options?: OpenOptions | undefined;
}

async function openBundle(index: OpenedFile, { prefix, files, options }: BundleContext): Promise<WeightFile> {
  const { signal, pace = unpaced() } = options ?? {};
  const where = { format: FORMAT, file: index.name };
  const bundle = await readBundle({ file: index, where, signal, pace });
  const shards = await openShards(bundle, { prefix, files, owner: index.name });
  const shardFiles: ShardFiles = { shards, bigEndian: bundle.bigEndian, where };
  assertPlaces(bundle, shardFiles);

  const warnings: string[] = [];
  const entry = bundle.entries.find(({ key }) => key === OBJECT_GRAPH_KEY);
  const shard = shards.get(entry?.shard ?? -1);
  let graph = NO_OBJECT_GRAPH;
  if (entry !== undefined && shard !== undefined) {
    if (entry.size <= MAX_GRAPH_BYTES) graph = await readObjectGraph(entry, { shard, where, signal, pace });
    else
      warnings.push(
        `the tree of objects (${entry.size} bytes) is too large to read; variables are named by their paths`,
      );
  }
  const variables = bundleVariables(bundle.entries, graph);
  return {
    format: FORMAT,
    tensors: bundle.entries.map((each, k) => bundleTensor(each, variables[k], shardFiles)),
    files: [index, ...shards.values()].map(({ name, source }) => ({ name, byteLength: source.byteLength })),
    metadata: {},
    warnings,
    close: async () => {},
  };
}

/** Opens the data shards that hold data, by their numbers. */
async function openShards(
  { entries, shards }: Bundle,
  { prefix, files, owner }: Pick<BundleContext, "prefix" | "files"> & { readonly owner: string },
): Promise<ReadonlyMap<number, OpenedFile>> {
  const used = [...new Set(entries.filter(({ size }) => size > 0).map(({ shard }) => shard))].sort((a, b) => a - b);
  const remedy = "Put all data shards beside the index.";
  const opened = await mapInParallel(used, PARALLEL_OPENS, async (shard): Promise<OpenedFile> => {
    const name = shardName(prefix, shard, shards);
    return { name, source: await openNamed(name, { files, owner, what: "a data shard", remedy }) };
  });
  return new Map(used.map((shard, k) => [shard, opened[k]]));
}

interface Wanted {
  readonly files: FileSet;
  readonly owner: string;
  readonly what: string;
  readonly remedy: string;
}

async function openNamed(name: string, { files, owner, what, remedy }: Wanted) {
  try {
    return await files.open(name);
  } catch (cause) {
    if (!(cause instanceof FormatError) || cause.kind !== "missing") throw cause;
    throw new FormatError(`${what}, ${name}, does not exist`, {
      format: FORMAT,
      file: owner,
      kind: "missing",
      remedy,
      cause,
    });
  }
}
