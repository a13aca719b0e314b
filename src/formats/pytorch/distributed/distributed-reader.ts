import type { ByteSource } from "../../../bytes/byte-source.js";
import { FormatError } from "../../../bytes/errors.js";
import type { FileSet } from "../../../bytes/file-set.js";
import { unpaced } from "../../../bytes/pace.js";
import { MAX_SHARDS, mapInParallel, PARALLEL_OPENS } from "../../../bytes/parallel.js";
import { siblingName } from "../../../bytes/sibling-name.js";
import { type ErrorLocation, readRange } from "../../../bytes/stored-bytes.js";
import type { FormatReader, OpenOptions } from "../../reader.js";
import type { Tensor, WeightFile } from "../../tensor.js";
import { tilingObjection } from "../../tiled-values.js";
import { FORMAT } from "../format.js";
import { unpickleInSteps } from "../pickle/unpickle.js";
import { foreignNames, MAX_PICKLE_BYTES } from "../pickled-checkpoint.js";
import { chosenTensors, type NamedTensor } from "./chosen-tensors.js";
import { isPlanGlobal, type PartLocation, planOf } from "./plan.js";
import { tiledTensor } from "./tiled-tensor.js";

/** The plan of the checkpoint, beside the files of its ranks. */
export const PLAN = ".metadata";

/**
 * Checkpoints of torch.distributed.checkpoint (FSDP, DTensor, Megatron's torch_dist): a pickled plan, and files of
 * parts. Each part is a torch.save archive at an offset of a file. Parts are opened when their values are read.
 */
export const distributedReader: FormatReader = {
  format: FORMAT,
  takesRoot: true,
  recognises: (head, name) =>
    /(^|\/)[^/]+\.distcp$/.test(name) ||
    (name.endsWith(PLAN) && new TextDecoder("latin1").decode(head).includes("checkpoint.metadata")),
  open: (entry, files, options) => openPlanned(entry.name, files, options),
  openTogether: (entries, files, options) => openPlanned(entries[0].name, files, options),
};

async function openPlanned(beside: string, files: FileSet, options: OpenOptions = {}): Promise<WeightFile> {
  const { pace = unpaced(), signal } = options;
  const name = siblingName(PLAN, beside, { format: FORMAT, file: beside });
  const where = { format: FORMAT, file: name };
  const source = await openPlan(name, beside, files);
  if (source.byteLength > MAX_PICKLE_BYTES) {
    throw new FormatError(`a plan of ${source.byteLength} bytes is more than ${MAX_PICKLE_BYTES}`, {
      ...where,
      kind: "unsupported",
      remedy:
        "Convert the checkpoint: python -m torch.distributed.checkpoint.format_utils dcp_to_torch <folder> model.pt",
    });
  }
  const bytes = await readRange(source, { ...where, offset: 0, length: source.byteLength, signal });
  const pickle = await pace.run(unpickleInSteps({ bytes, where }, pace));
  const strict = options.strictPickle ?? false;
  const warnings = foreignNames(pickle, { where, torchScript: false, strict, alsoAllowed: isPlanGlobal });
  const { tensors: planned, others } = await pace.run(planOf(pickle.value, { where, pace }));
  const chosen = chosenTensors(planned, { root: options.root, where });
  const sources = await openParts(chosen.tensors, { name, files });
  const tensors: Tensor[] = [];
  for (const { name: tensor, planned: plan } of chosen.tensors) {
    const details = { ...where, tensor };
    for (const tile of plan.tiles) assertInside(tile, sources.get(tile.file)!, details);
    const spend = (steps: number): void => void pace.spend(steps);
    const objection = tilingObjection(plan.shape, plan.tiles, spend);
    if (objection !== undefined)
      throw new FormatError(objection, { ...details, kind: "malformed", remedy: "The checkpoint is damaged." });
    if (pace.spend(1)) await pace.turn();
    tensors.push(tiledTensor({ name: tensor, planned: plan }, { sources, where, strict }));
  }
  const kind =
    others === 1 ? "value of the checkpoint is no tensor and was" : "values of the checkpoint are no tensors and were";
  const skipped = others === 0 ? [] : [`${others} ${kind} skipped`];
  return {
    format: FORMAT,
    tensors,
    files: [
      { name, byteLength: source.byteLength },
      ...[...sources].map(([file, { byteLength }]) => ({ name: file, byteLength })),
    ],
    metadata: { container: "torch.distributed.checkpoint" },
    warnings: [...warnings, ...chosen.warnings, ...skipped],
    close: async () => {},
  };
}

async function openPlan(name: string, beside: string, files: FileSet): Promise<ByteSource> {
  try {
    return await files.open(name);
  } catch (cause) {
    if (!(cause instanceof FormatError) || cause.kind !== "missing") throw cause;
    throw new FormatError(
      "this is a file of torch.distributed.checkpoint, whose plan .metadata is not beside it: nothing says " +
        "which parts of which tensors it holds",
      {
        format: FORMAT,
        file: beside,
        kind: "missing",
        remedy: "Get the hidden file .metadata of the checkpoint and put it beside the .distcp files.",
        cause,
      },
    );
  }
}

async function openParts(
  chosen: readonly NamedTensor[],
  { name, files }: { readonly name: string; readonly files: FileSet },
): Promise<ReadonlyMap<string, ByteSource>> {
  const where = { format: FORMAT, file: name };
  const named = [...new Set(chosen.flatMap(({ planned: { tiles } }) => tiles.map(({ file }) => file)))];
  if (named.length > MAX_SHARDS)
    throw new FormatError(`it names ${named.length} files, more than ${MAX_SHARDS}`, { ...where, kind: "unsupported" });
  const opened = await mapInParallel(named, PARALLEL_OPENS, async (file) => {
    try {
      return [file, await files.open(siblingName(file, name, where))] as const;
    } catch (cause) {
      if (!(cause instanceof FormatError) || cause.kind !== "missing") throw cause;
      throw new FormatError(`it names the file ${file}, which does not exist`, {
        ...where,
        kind: "missing",
        remedy: "Get the missing file of the checkpoint and put it beside the others.",
        cause,
      });
    }
  });
  return new Map(opened);
}

function assertInside({ file, offset, length }: PartLocation, { byteLength }: ByteSource, where: ErrorLocation): void {
  if (Number.isSafeInteger(offset + length) && offset + length <= byteLength) return;
  throw new FormatError(`a part of it ends at ${offset + length} of ${file}, which has ${byteLength} bytes`, {
    ...where,
    kind: "malformed",
    remedy: "The file is truncated (an unfinished download?); get it again.",
  });
}
