import type { ByteSource } from "../../bytes/byte-source.js";
import { FormatError, printable } from "../../bytes/errors.js";
import type { FileSet } from "../../bytes/file-set.js";
import { MAX_SHARDS, mapInParallel, PARALLEL_OPENS } from "../../bytes/parallel.js";
import type { ErrorLocation } from "../../bytes/stored-bytes.js";
import type { FormatReader, OpenedFile, OpenOptions } from "../reader.js";
import { elementCount } from "../shape.js";
import type { Tensor, WeightFile } from "../tensor.js";
import { FORMAT, type Header, isGguf, readHeader } from "./header.js";
import { TRUE_SHAPE } from "./metadata.js";
import { assertPart, nameOfPart, type PartName, partName, type SplitKeys, splitKeys } from "./split.js";
import type { TensorInfo } from "./tensor-infos.js";
import { tensorOf } from "./tensors.js";

/** llama.cpp's GGUF, versions 2 and 3: one file, or a split model, of which any part may be named. */
export const ggufReader: FormatReader = {
  format: FORMAT,
  recognises: (head) => isGguf(head),
  async open(entry, files, options) {
    const header = await readHeader(entry.source, entry.name, options);
    const keys = splitKeys(header, at(entry.name));
    if (keys === undefined) return weightFile([{ file: entry, header }]);
    const named = partName(entry.name);
    if (named === undefined) {
      throw new FormatError(
        `this is part ${keys.index + 1} of ${keys.count} of a model, and its name does not show the names of ` +
          "the others",
        {
          ...at(entry.name),
          kind: "unsupported",
          remedy: "Restore the names of the parts, as in model-00001-of-00005.gguf.",
        },
      );
    }
    assertPart(named, keys, at(entry.name));
    return openParts(named, { files, opened: [entry], options });
  },
  async openTogether(entries, files, options) {
    const named = partName(entries[0].name);
    const parts = entries.map((entry) => partName(entry.name));
    if (named === undefined || parts.some((part) => part?.prefix !== named.prefix || part.count !== named.count)) {
      throw new FormatError(`the folder holds several models: ${entries.map((entry) => entry.name).join(", ")}`, {
        kind: "unknown-format",
        file: files.label,
        remedy: "Name the one to read.",
      });
    }
    return openParts(named, { files, opened: entries, options });
  },
};

interface PartsRequest {
  readonly files: FileSet;
  /** Parts that are already open. */
  readonly opened: readonly OpenedFile[];
  readonly options?: OpenOptions | undefined;
}

interface Part {
  readonly file: OpenedFile;
  readonly header: Header;
}

async function openParts(named: PartName, { files, opened, options }: PartsRequest): Promise<WeightFile> {
  if (named.count > MAX_SHARDS)
    malformed(`a model of ${named.count} parts has more than ${MAX_SHARDS}`, opened[0].name);
  const names = Array.from({ length: named.count }, (_, index) => nameOfPart(named, index));
  const stray = opened.find(({ name }) => !names.includes(name));
  if (stray !== undefined) malformed(`its name is not that of a part of a model of ${named.count} parts`, stray.name);
  const parts = await mapInParallel(
    names,
    PARALLEL_OPENS,
    async (name, index): Promise<Part & { keys?: SplitKeys | undefined }> => {
      const file = opened.find((other) => other.name === name) ?? {
        name,
        source: await openPart(name, files, opened[0].name),
      };
      const header = await readHeader(file.source, name, options);
      const keys = splitKeys(header, at(name));
      assertPart({ ...named, index }, keys, at(name));
      return { file, header, keys };
    },
  );
  const found = parts.reduce((sum, { header }) => sum + header.infos.length, 0);
  for (const { file, keys } of parts) {
    if (keys?.tensors !== undefined && keys.tensors !== found) {
      malformed(`"split.tensors.count" is ${keys.tensors}, but the parts hold ${found} tensors`, file.name);
    }
  }
  return weightFile(parts);
}

async function openPart(name: string, files: FileSet, asked: string): Promise<ByteSource> {
  try {
    return await files.open(name);
  } catch (cause) {
    if (!(cause instanceof FormatError) || cause.kind !== "missing") throw cause;
    throw new FormatError(`the model's part ${name} does not exist`, {
      ...at(asked),
      kind: "missing",
      remedy: "Get the missing part and put it beside the others.",
      cause,
    });
  }
}

/** The parts' tensors one after the other. If metadata repeat, the first part wins. */
function weightFile(parts: readonly Part[]): WeightFile {
  const holders = new Map<string, string>();
  const tensors: Tensor[] = [];
  const metadata: Record<string, string> = Object.create(null);
  for (const { file, header } of parts) {
    for (const info of header.infos) {
      const other = holders.get(info.name);
      if (other !== undefined) malformed(`the part ${other} also holds a tensor of this name`, file.name, info.name);
      holders.set(info.name, file.name);
      tensors.push(tensorOf(trulyShaped(info, header, file.name), header.dataStart, file));
    }
    for (const [key, { value }] of header.metadata)
      if (!(key in metadata) && typeof value !== "object") metadata[key] = String(value);
  }
  return {
    format: FORMAT,
    tensors,
    files: parts.map(({ file }) => ({ name: file.name, byteLength: file.source.byteLength })),
    metadata,
    warnings: factorWarning(tensors),
    close: async () => {},
  };
}

/**
 * ComfyUI stores kernels as matrices of any width that blocks divide; their sides are in the metadata, PyTorch's order.
 */
function trulyShaped(info: TensorInfo, { metadata }: Header, file: string): TensorInfo {
  const shape = metadata.get(TRUE_SHAPE + info.name)?.value;
  if (typeof shape !== "object") return info;
  const stored = elementCount(info.shape);
  if (elementCount(shape) !== stored)
    malformed(
      `"${TRUE_SHAPE}" gives it the sides ${shape.join(" x ")}, but ${stored} values are stored`,
      file,
      info.name,
    );
  return { ...info, shape };
}

/**
 * llama.cpp applies an NVFP4 tensor's factor ("x.scale" beside "x.weight") to the product with the matrix, not to the
 * matrix; gguf-py ignores it.
 */
function factorWarning(tensors: readonly Tensor[]): string[] {
  const names = new Set(tensors.map((tensor) => tensor.name));
  const scaled = tensors.filter(
    ({ name, dtype }) => dtype === "NVFP4" && names.has(name.replace(/\.weight$/, ".scale")),
  );
  if (scaled.length === 0) return [];
  const factor = scaled[0].name.replace(/\.weight$/, ".scale");
  return [
    `${scaled.length} NVFP4 tensors are read without the separate factor of each (the first: ` +
      `${printable(factor)}): norms lack it, eigenvalues its square`,
  ];
}

function at(file: string): ErrorLocation {
  return { format: FORMAT, file };
}

function malformed(reason: string, file: string, tensor?: string): never {
  throw new FormatError(reason, {
    ...at(file),
    kind: "malformed",
    tensor,
    remedy: "The file is damaged, or its parts do not belong to one model; get them again.",
  });
}
