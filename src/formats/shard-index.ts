import type { ByteSource } from "../bytes/byte-source.js";
import { FormatError } from "../bytes/errors.js";
import type { FileSet } from "../bytes/file-set.js";
import { unpaced } from "../bytes/pace.js";
import { MAX_SHARDS, mapInParallel, PARALLEL_OPENS } from "../bytes/parallel.js";
import { siblingName } from "../bytes/sibling-name.js";
import { type ErrorLocation, readRange } from "../bytes/stored-bytes.js";
import { parseJsonInSteps } from "../bytes/strict-json.js";
import { foreignContents, refuseForeign } from "./foreign-contents.js";
import type { FormatReader, OpenedFile, OpenOptions } from "./reader.js";
import type { Tensor, WeightFile } from "./tensor.js";

/** Ten times the largest known index (13.5 MB, Kimi K2). */
const MAX_INDEX_BYTES = 135_000_000;
/** An index is an object that holds two objects; metadata may nest a little. */
const MAX_DEPTH = 16;
/** Enough bytes of a file to detect that it is not a shard (a git-LFS pointer, a pickle). */
const HEAD_BYTES = 4096;

/** Steps to check one entry of the index. */
const ENTRY_STEPS = 8;

/** A format whose models come in shards with an index. */
export interface ShardedFormat {
  readonly format: string;
  /** Whether the head of a file that has a "weight_map" is an index of this format. */
  readonly recognises: (text: string, name: string) => boolean;
  /** The format's reader, which recognises a shard by its contents. */
  readonly shard: FormatReader;
  /** Opens all shards as one model, with its tensors as stored. */
  readonly openShards: (shards: readonly OpenedFile[], files: FileSet, options?: OpenOptions) => Promise<WeightFile>;
}

/**
 * A sharded checkpoint as on the Hugging Face hub: `*.index.json`, whose `weight_map` gives the shard of each tensor.
 */
export function shardIndexReader({ format, recognises, shard, openShards }: ShardedFormat): FormatReader {
  return {
    format,
    takesRoot: shard.takesRoot,
    recognises(head, name) {
      const text = new TextDecoder().decode(head).trimStart();
      return text.startsWith("{") && recognises(text, name);
    },
    async open(entry, files, options) {
      const where: ErrorLocation = { format, file: entry.name };
      const { weightMap, metadata } = await readIndex(entry, where, options);
      // Writers fill shards in the model's order and sort the index by name: the order of the shards' numbers restores
      // it.
      const shardNames = [...new Set(weightMap.values())].sort();
      if (shardNames.length > MAX_SHARDS)
        malformed(`names ${shardNames.length} shards, more than ${MAX_SHARDS}`, where);
      const context = { files, shard, where, signal: options?.signal };
      const shards = await mapInParallel(shardNames, PARALLEL_OPENS, (name) => openShard(name, context));
      const joined = await openShards(shards, files, options);
      const { tensors, warnings } = checkAgainstIndex(joined.tensors, weightMap, where);
      return {
        ...joined,
        tensors,
        warnings: [...joined.warnings, ...warnings],
        files: [{ name: entry.name, byteLength: entry.source.byteLength }, ...joined.files],
        metadata: { ...joined.metadata, ...metadata },
      };
    },
  };
}

interface ShardIndex {
  /** Tensor name to file name within the set. */
  readonly weightMap: ReadonlyMap<string, string>;
  readonly metadata: Record<string, string>;
}

async function readIndex(
  { name, source }: OpenedFile,
  where: ErrorLocation,
  { signal, pace = unpaced() }: OpenOptions = {},
): Promise<ShardIndex> {
  if (source.byteLength > MAX_INDEX_BYTES)
    malformed(`an index of ${source.byteLength} bytes is more than ${MAX_INDEX_BYTES}`, where);
  const text = await readRange(source, { ...where, offset: 0, length: source.byteLength, signal });
  const index = await pace.run(parseJsonInSteps(text, { ...where, maxDepth: MAX_DEPTH }, pace));
  const written = index instanceof Map ? index.get("weight_map") : undefined;
  if (!(index instanceof Map) || !(written instanceof Map))
    malformed('"weight_map" is missing, or not an object', where);
  const weightMap = new Map<string, string>();
  for (const [tensor, shard] of written) {
    if (pace.spend(ENTRY_STEPS)) await pace.turn();
    if (typeof shard !== "string") malformed("its shard's name is not a string", { ...where, tensor });
    weightMap.set(tensor, siblingName(shard, name, { ...where, tensor }));
  }
  if (weightMap.size === 0) malformed('"weight_map" names no tensor', where);
  const metadata: Record<string, string> = Object.create(null);
  const declared = index.get("metadata");
  if (declared instanceof Map)
    for (const [key, value] of declared) if (typeof value === "string") metadata[key] = value;
  return { weightMap, metadata };
}

interface ShardContext {
  readonly files: FileSet;
  readonly shard: FormatReader;
  readonly where: ErrorLocation;
  readonly signal?: AbortSignal | undefined;
}

async function openShard(name: string, { files, shard, where, signal }: ShardContext): Promise<OpenedFile> {
  let source: ByteSource;
  try {
    source = await files.open(name);
  } catch (cause) {
    if (!(cause instanceof FormatError) || cause.kind !== "missing") throw cause;
    throw new FormatError(`names the shard ${name}, which does not exist`, {
      ...where,
      kind: "missing",
      remedy: "Get the missing shard and put it beside the index.",
      cause,
    });
  }
  const head = await readRange(source, {
    file: name,
    offset: 0,
    length: Math.min(HEAD_BYTES, source.byteLength),
    signal,
  });
  const foreign = shard.recognises(head, name, source.byteLength)
    ? undefined
    : foreignContents(head, name, source.byteLength);
  if (foreign !== undefined) throw refuseForeign(foreign, name);
  return { name, source };
}

/** Keeps the shards' own order of tensors; tensors that the index does not list are kept too, with a warning. */
function checkAgainstIndex(
  tensors: readonly Tensor[],
  weightMap: ReadonlyMap<string, string>,
  where: ErrorLocation,
): Pick<WeightFile, "tensors" | "warnings"> {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  for (const [name, shard] of weightMap) {
    const tensor = byName.get(name);
    if (tensor === undefined || tensor.file !== shard) {
      const found = tensor === undefined ? "no shard holds it" : `${tensor.file} holds it`;
      malformed(`the index says that ${shard} holds it; ${found}`, { ...where, tensor: name });
    }
  }
  const beyond = tensors.filter((tensor) => !weightMap.has(tensor.name));
  if (beyond.length === 0) return { tensors, warnings: [] };
  const warning =
    `${beyond.length} tensors of the shards are not listed in the index; they were read anyway (the first: ` +
    `${beyond[0].name})`;
  return { tensors, warnings: [warning] };
}

function malformed(reason: string, where: ErrorLocation): never {
  throw new FormatError(reason, {
    ...where,
    kind: "malformed",
    remedy: "The index and the shards beside it do not belong together; get them again.",
  });
}
