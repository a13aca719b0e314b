import type { ByteSource } from "../../bytes/byte-source.js";
import { FormatError } from "../../bytes/errors.js";
import type { FileSet } from "../../bytes/file-set.js";
import { unpaced } from "../../bytes/pace.js";
import { MAX_SHARDS, mapInParallel, PARALLEL_OPENS } from "../../bytes/parallel.js";
import { siblingName } from "../../bytes/sibling-name.js";
import { type ErrorLocation, readRange } from "../../bytes/stored-bytes.js";
import { parseJsonInSteps } from "../../bytes/strict-json.js";
import type { FormatReader, OpenedFile, OpenOptions } from "../reader.js";
import type { Tensor } from "../tensor.js";
import { readContents } from "./hdf5-reader.js";

const FORMAT = "keras";
/** A line of some 100 bytes per layer. */
const MAX_MANIFEST_BYTES = 64 * 2 ** 20;
const MAX_DEPTH = 16;
const ENTRY_STEPS = 8;

/**
 * Keras' sharded weights: `model.weights.json`, whose "weight_map" gives the .weights.h5 files of each group of
 * variables [keras, src/saving/saving_lib.py, ShardedH5IOStore].
 */
export const kerasShardsReader: FormatReader = {
  format: FORMAT,
  recognises(head) {
    const text = new TextDecoder().decode(head).trimStart();
    return text.startsWith("{") && text.includes('"weight_map"') && text.includes('.weights.h5"');
  },
  async open(entry, files, options = {}) {
    const where = { format: FORMAT, file: entry.name };
    const groups = await readManifest(entry, where, options);
    const names = [...new Set([...groups.values()].flat())].sort();
    if (names.length > MAX_SHARDS) malformed(`names ${names.length} shards, more than ${MAX_SHARDS}`, where);
    const { signal, pace } = options;
    const shards = await mapInParallel(names, PARALLEL_OPENS, async (name) => {
      const source = await openShard(name, files, where);
      return { name, source, contents: await readContents(source, { format: FORMAT, name, signal, pace }) };
    });
    const tensors = new Map<string, Tensor>();
    for (const tensor of shards.flatMap(({ contents }) => contents.tensors)) {
      const other = tensors.get(tensor.name);
      if (other !== undefined)
        malformed(`${other.file} and ${tensor.file} both hold it`, { ...where, tensor: tensor.name });
      tensors.set(tensor.name, tensor);
    }
    assertListed(groups, [...tensors.values()], where);
    return {
      format: FORMAT,
      tensors: [...tensors.values()],
      files: [entry, ...shards].map(({ name, source }) => ({ name, byteLength: source.byteLength })),
      metadata: shards[0]?.contents.metadata ?? {},
      warnings: [...new Set(shards.flatMap(({ contents }) => contents.warnings))],
      close: async () => {},
    };
  },
};

/** By the path of a group of variables, its shards: a list, or one name. */
async function readManifest(
  { name, source }: OpenedFile,
  where: ErrorLocation,
  { signal, pace = unpaced() }: OpenOptions,
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (source.byteLength > MAX_MANIFEST_BYTES)
    malformed(`a list of ${source.byteLength} bytes is more than ${MAX_MANIFEST_BYTES}`, where);
  const text = await readRange(source, { ...where, offset: 0, length: source.byteLength, signal });
  const json = await pace.run(parseJsonInSteps(text, { ...where, maxDepth: MAX_DEPTH }, pace));
  const map = json instanceof Map ? json.get("weight_map") : undefined;
  if (!(map instanceof Map) || map.size === 0)
    return malformed('"weight_map" is missing, empty, or not an object', where);
  const groups = new Map<string, readonly string[]>();
  for (const [group, found] of map) {
    if (pace.spend(ENTRY_STEPS)) await pace.turn();
    const own = { ...where, tensor: group };
    const shards: readonly unknown[] = Array.isArray(found) ? found : [found];
    groups.set(
      group,
      shards.map((shard) =>
        typeof shard === "string" ? siblingName(shard, name, own) : malformed("a shard's name is not a string", own),
      ),
    );
  }
  return groups;
}

async function openShard(name: string, files: FileSet, where: ErrorLocation): Promise<ByteSource> {
  try {
    return await files.open(name);
  } catch (cause) {
    if (!(cause instanceof FormatError) || cause.kind !== "missing") throw cause;
    throw new FormatError(`names the shard ${name}, which does not exist`, {
      ...where,
      kind: "missing",
      remedy: "Get the missing shard and put it beside the list.",
      cause,
    });
  }
}

/** Each group of the list must have variables in each of its shards. */
function assertListed(
  groups: ReadonlyMap<string, readonly string[]>,
  tensors: readonly Tensor[],
  where: ErrorLocation,
): void {
  const held = new Set<string>();
  for (const { name, file } of tensors) {
    for (let cut = name.lastIndexOf("/"); cut > 0; cut = name.lastIndexOf("/", cut - 1))
      held.add(`${file}:${name.slice(0, cut)}`);
    held.add(`${file}:`);
  }
  for (const [group, shards] of groups) {
    const owner = group.replace(/^\/+/, "").replace(/(^|\/)vars\/?$/, "");
    const absent = shards.find((shard) => !held.has(`${shard}:${owner}`));
    if (absent !== undefined)
      malformed(`the list says that ${absent} holds it, but that has no such variables`, { ...where, tensor: group });
  }
}

function malformed(reason: string, where: ErrorLocation): never {
  throw new FormatError(reason, {
    ...where,
    kind: "malformed",
    remedy: "The list and the shards beside it do not belong together; get them again.",
  });
}
