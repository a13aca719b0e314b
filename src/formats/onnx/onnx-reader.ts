import { FormatError } from "../../bytes/errors.js";
import { unpaced } from "../../bytes/pace.js";
import type { ErrorLocation } from "../../bytes/stored-bytes.js";
import { streamCodes } from "../code-run.js";
import type { FormatReader } from "../reader.js";
import { refuseValues } from "../stream-elements.js";
import type { Tensor, WeightFile } from "../tensor.js";
import { assertTypedCount, elementsOf } from "./elements.js";
import { openExternalFiles } from "./external-files.js";
import { type Model, readModel } from "./model.js";
import { looksLikeOnnx } from "./recognition.js";
import { type ModelFiles, regionOf } from "./regions.js";
import { readSidesAfter } from "./reshaping.js";
import { assertIndices } from "./sparse-tensor.js";
import { modelTensors } from "./tensors.js";
import { Wire } from "./wire.js";

const FORMAT = "onnx";

/**
 * ONNX models of any size: initialisers and constants, inside the file or beside it, codes dequantised as the graph
 * does it.
 */
export const onnxReader: FormatReader = {
  format: FORMAT,
  recognises: looksLikeOnnx,
  async open(entry, files, options) {
    const where = { format: FORMAT, file: entry.name };
    const { source } = entry;
    const pace = options?.pace ?? unpaced();
    const model = await readModel(new Wire(source, where, options?.signal), source.byteLength, pace);
    const protos = [
      ...model.tensors.map(({ proto }) => proto),
      ...model.sparse.flatMap(({ values, indices }) => [values, indices]),
    ];
    const external = await openExternalFiles(protos, files, where);
    const modelFiles: ModelFiles = { model: entry, external, format: FORMAT };
    for (const proto of protos) await assertTypedCount(proto, modelFiles, options?.signal);
    const sidesAfter = await readSidesAfter(model.tensors, modelFiles, { pace, signal: options?.signal });
    const { tensors, warnings } = await pace.run(modelTensors(model.tensors, { files: modelFiles, sidesAfter }, pace));
    return {
      format: FORMAT,
      tensors: [...tensors, ...(await sparseTensors(model, modelFiles, options?.signal))],
      order: model.tensors.some(({ scope }) => !scope.isEmpty) ? "graph" : "file",
      files: uniqueFiles([entry, ...external.values()]).map(({ name, source: { byteLength } }) => ({
        name,
        byteLength,
      })),
      metadata: metadataOf(model),
      warnings: [...model.warnings, ...warnings],
      close: async () => {},
    };
  },
};

/** Sparse tensors are checked and listed but not analysed: most of their values are not stored. */
async function sparseTensors({ sparse }: Model, files: ModelFiles, signal?: AbortSignal): Promise<Tensor[]> {
  const tensors: Tensor[] = [];
  for (const tensor of sparse) {
    const name = tensor.scope.prefix + tensor.name;
    const region = regionOf(tensor.values, files);
    const where: ErrorLocation = { format: FORMAT, file: region?.file ?? files.model.name, tensor: name };
    const fail = (reason: string): never => {
      throw new FormatError(reason, { ...where, kind: "malformed", offset: tensor.indices.offset });
    };
    const indices = elementsOf(tensor.indices, files);
    if (indices !== undefined) await assertIndices(tensor, streamCodes(indices, { signal }), fail);
    tensors.push({
      name,
      shape: tensor.shape,
      dtype: `sparse ${tensor.values.type.word}`,
      storedBits: tensor.values.type.bits,
      floating: false,
      quantised: false,
      file: where.file ?? files.model.name,
      byteLength: region === undefined ? 0 : region.end - region.begin,
      storageKey: `sparse:${name}:${tensor.values.offset}`,
      values: () => refuseValues("it is stored as a sparse tensor", where),
    });
  }
  return tensors;
}

function uniqueFiles<T extends { readonly name: string }>(files: readonly T[]): T[] {
  return [...new Map(files.map((file) => [file.name, file])).values()];
}

function metadataOf({ metadata }: Model): WeightFile["metadata"] {
  const plain: Record<string, string> = Object.create(null);
  for (const [key, value] of metadata) plain[key] = value;
  return plain;
}
