import { FormatError } from "../../bytes/errors.js";
import { mapInParallel, PARALLEL_OPENS } from "../../bytes/parallel.js";
import { bytesOf } from "../../bytes/stored-bytes.js";
import type { FormatReader, OpenedFile } from "../reader.js";
import type { Tensor, WeightFile } from "../tensor.js";
import { arrayTensor } from "./array-tensor.js";
import { explainDescr, isNpyMagic, readNpyHeader } from "./npy-header.js";

const FORMAT = "npy";

/** NumPy's .npy: one array per file, named after the file; several files of a folder are several tensors. */
export const npyReader: FormatReader = {
  format: FORMAT,
  recognises: (head) => isNpyMagic(head),
  open: (entry, _files, options) => openArrays([entry], options?.signal),
  openTogether: (entries, _files, options) => openArrays(entries, options?.signal),
};

async function openArrays(entries: readonly OpenedFile[], signal?: AbortSignal): Promise<WeightFile> {
  const tensors = await mapInParallel(entries, PARALLEL_OPENS, (entry) => openArray(entry, signal));
  return {
    format: FORMAT,
    tensors: uniquelyNamed(tensors),
    files: entries.map(({ name, source }) => ({ name, byteLength: source.byteLength })),
    metadata: {},
    warnings: [],
    close: async () => {},
  };
}

async function openArray({ name: file, source }: OpenedFile, signal?: AbortSignal): Promise<Tensor> {
  const where = { format: FORMAT, file };
  const stored = bytesOf(source, where);
  const header = await readNpyHeader(stored.openCursor(), source.byteLength, { ...where, signal });
  if (header.dtype === undefined) {
    throw new FormatError(`its elements are ${header.descr}: ${explainDescr(header.descr)}`, {
      ...where,
      kind: "unsupported",
      remedy: "Save the weights as an array of floating-point numbers.",
    });
  }
  return arrayTensor(header, { name: stem(file), file, storageKey: file, stored, where });
}

/** A file's name without folder and extension. */
function stem(file: string): string {
  const base = file.slice(file.lastIndexOf("/") + 1);
  const dot = base.lastIndexOf(".");
  return dot > 0 ? base.slice(0, dot) : base;
}

/** Files of one stem ("a.npy", "a.bin") keep their whole names. */
function uniquelyNamed(tensors: readonly Tensor[]): Tensor[] {
  const uses = new Map<string, number>();
  for (const { name } of tensors) uses.set(name, (uses.get(name) ?? 0) + 1);
  return tensors.map((tensor) => (uses.get(tensor.name) === 1 ? tensor : { ...tensor, name: tensor.file }));
}
