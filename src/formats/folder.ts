import type { ByteSource } from "../bytes/byte-source.js";
import { FormatError } from "../bytes/errors.js";
import type { FileSet } from "../bytes/file-set.js";
import { MAX_SHARDS, mapInParallel, PARALLEL_OPENS } from "../bytes/parallel.js";
import { detectFormat } from "./detection.js";
import { describeFile, type FolderFile, list, refuse, refuseNothing } from "./folder-refusal.js";
import { ggufReader } from "./gguf/gguf-reader.js";
import { hdf5Reader } from "./hdf5/hdf5-reader.js";
import { kerasShardsReader } from "./hdf5/keras-shards-reader.js";
import { distributedReader } from "./pytorch/distributed/distributed-reader.js";
import { pytorchIndexReader } from "./pytorch/index-reader.js";
import { pytorchReader } from "./pytorch/pytorch-reader.js";
import { type FormatReader, type OpenedFile, type OpenOptions, refuseRoot } from "./reader.js";
import { safetensorsReader } from "./safetensors/file-reader.js";
import { safetensorsIndexReader } from "./safetensors/index-reader.js";
import type { WeightFile } from "./tensor.js";
import { TENSORFLOW_READERS } from "./tensorflow/tensorflow-readers.js";
import { trainerParts } from "./trainer-parts.js";
import { mostPrecise } from "./variants.js";
import { isTrainingState } from "./weights-names.js";

/** A folder with more files than this is probably not the intended one, so its files are not all opened. */
const MAX_FOLDER_FILES = 4096;

/**
 * The usual names of the model in folders that hold other files too (optimizer.pt, training_args.bin, a variant's
 * index).
 */
const USUAL_NAMES: ReadonlySet<string> = new Set([
  "model.safetensors.index.json",
  "pytorch_model.bin.index.json",
  "pytorch_model.bin",
]);

/**
 * Opens the model in a folder. It looks at the first bytes of every file for an index with its shards, one file of a
 * readable format, or several files of a format that allows it. Other weight files there are skipped with a warning. If
 * nothing can be read, or the choice is ambiguous, throws a `FormatError` that lists what was found.
 */
export async function openFolder(files: FileSet, options: OpenOptions = {}): Promise<WeightFile> {
  const { signal } = options;
  const names = (await files.list()).filter((name) => !isHidden(name));
  if (names.length > MAX_FOLDER_FILES)
    refuse(`the folder has ${names.length} files, too many to look into`, files, "Name the weight file in it.");
  const inspected = await mapInParallel(names, PARALLEL_OPENS, (name) => inspectFile(name, files, signal));
  if (!inspected.some(isCandidate)) await refuseNothing(inspected, files);
  const { reader, chosen, variants } = choose(inspected.filter(isCandidate), files);
  if (!reader.takesRoot) refuseRoot(`a ${reader.format} file`, options);
  if (chosen.length > MAX_SHARDS)
    refuse(`the folder has ${chosen.length} files of format ${reader.format}, more than ${MAX_SHARDS}`, files);

  const opened = await mapInParallel(
    chosen,
    PARALLEL_OPENS,
    async (name): Promise<OpenedFile> => ({ name, source: await files.open(name) }),
  );
  const model =
    opened.length === 1
      ? await reader.open(opened[0], files, options)
      : await reader.openTogether!(opened, files, options);
  const used = new Set(model.files.map((file) => file.name));
  // Files of a planned checkpoint that hold no tensor belong to it all the same.
  const belongs = (file: FolderFile): boolean => reader === distributedReader && file.reader === reader;
  const left = inspected.filter(
    (file) =>
      !used.has(file.name) &&
      !belongs(file) &&
      !variants.includes(file.name) &&
      (file.reader !== undefined || file.foreign?.weights),
  );
  const states = left.filter(({ name }) => isTrainingState(name));
  const weights = left.filter(({ name }) => !isTrainingState(name));
  const warnings = [
    ...(variants.length > 0
      ? [
          `other variants of the same weights in the folder were skipped, of which ${list(chosen)} is the ` +
            `most precise or original: ${list(variants)}`,
        ]
      : []),
    ...(weights.length > 0
      ? [`other weight files in the folder were skipped: ${list(weights.map(describeFile))}`]
      : []),
    ...(states.length > 0
      ? [
          "files with the state of a training run hold no weights and were skipped: " +
            `${list(states.map(({ name }) => name))}`,
        ]
      : []),
  ];
  return warnings.length === 0 ? model : { ...model, warnings: [...model.warnings, ...warnings] };
}

/** Whether this file may be the model, or a part of it. */
function isCandidate({ reader, name }: FolderFile): boolean {
  return reader !== undefined && !isTrainingState(name);
}

async function inspectFile(name: string, files: FileSet, signal?: AbortSignal): Promise<FolderFile> {
  let source: ByteSource | undefined;
  try {
    source = await files.open(name);
    return { name, ...(await detectFormat(source, name, signal)) };
  } catch (cause) {
    signal?.throwIfAborted();
    // A dead link or a file without permission is not the model, or is reported when it is opened as a shard.
    if (cause instanceof FormatError) return { name };
    throw cause;
  } finally {
    await source?.close?.();
  }
}

interface Choice {
  readonly reader: FormatReader;
  readonly chosen: readonly string[];
  /** Files with other variants of the same weights. */
  readonly variants: readonly string[];
}

function choose(inspected: readonly FolderFile[], files: FileSet): Choice {
  const byReader = new Map<FormatReader, string[]>();
  for (const { reader, name } of inspected)
    if (reader !== undefined) byReader.set(reader, [...(byReader.get(reader) ?? []), name]);
  // An index represents the files of its format beside it.
  if (byReader.has(kerasShardsReader)) byReader.delete(hdf5Reader);
  if (byReader.has(safetensorsIndexReader)) byReader.delete(safetensorsReader);
  if (byReader.has(pytorchIndexReader) || byReader.has(distributedReader)) byReader.delete(pytorchReader);
  const speaker = TENSORFLOW_READERS.find((reader) => byReader.has(reader));
  for (const reader of TENSORFLOW_READERS) if (reader !== speaker) byReader.delete(reader);
  const original = byReader.size > 1 ? preferredFormat(byReader) : undefined;
  const found = original === undefined ? [...byReader] : [original];
  if (found.length > 1)
    refuse(`the folder mixes formats: ${list(found.flatMap(([, names]) => names))}`, files, "Name the one to read.");

  const [reader, all] = found[0];
  const { kept: chosen, left: variants } =
    reader === ggufReader || reader === distributedReader ? { kept: all, left: [] } : mostPrecise(all);
  if (chosen.length === 1 || reader.openTogether !== undefined) return { reader, chosen, variants };
  const usual = chosen.find((name) => USUAL_NAMES.has(name));
  if (usual !== undefined) return { reader, chosen: [usual], variants };
  const parts = trainerParts(chosen);
  if (parts !== undefined) refuse(`these are ${parts.what}: ${list(chosen)}`, files, parts.remedy, "unsupported");
  return refuse(`the folder holds several models: ${list(chosen)}`, files, "Name the one to read.");
}

type Candidates = ReadonlyMap<FormatReader, readonly string[]>;

/**
 * If a model is stored in several formats, as often on the hub, the one from which the others were made: safetensors,
 * else a PyTorch checkpoint with the name used by transformers (other pickles may belong to an optimiser). Undefined if
 * neither exists.
 */
function preferredFormat(byReader: Candidates): [FormatReader, readonly string[]] | undefined {
  for (const reader of [safetensorsIndexReader, safetensorsReader, pytorchIndexReader, pytorchReader]) {
    const names = byReader.get(reader);
    const usual = names?.filter((name) => USUAL_NAMES.has(name)) ?? [];
    if (names !== undefined && reader.format === safetensorsReader.format) return [reader, names];
    if (usual.length > 0) return [reader, usual];
  }
  return undefined;
}

function isHidden(name: string): boolean {
  return name.split("/").some((part) => part.startsWith("."));
}
