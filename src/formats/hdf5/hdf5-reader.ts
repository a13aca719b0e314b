import type { ByteSource } from "../../bytes/byte-source.js";
import { type Pace, unpaced } from "../../bytes/pace.js";
import { PagedBytes } from "../../bytes/paged-bytes.js";
import { mapInParallel, PARALLEL_OPENS } from "../../bytes/parallel.js";
import type { FormatReader } from "../reader.js";
import type { WeightFile } from "../tensor.js";
import { datasetTensor } from "./dataset-tensor.js";
import { Hdf5File, isHdf5Signature } from "./file.js";
import { kerasModel } from "./keras-model.js";
import { readTree } from "./tree.js";

const FORMAT = "hdf5";

/** HDF5 files, including Keras' .h5 and .weights.h5: datasets in the file itself, plain or in chunks. */
export const hdf5Reader: FormatReader = {
  format: FORMAT,
  recognises: isHdf5Signature,
  async open({ name, source }, _files, options) {
    const contents = await readContents(source, { format: FORMAT, name, signal: options?.signal, pace: options?.pace });
    return { ...contents, format: FORMAT, files: [{ name, byteLength: source.byteLength }], close: async () => {} };
  },
};

/** The contents of an HDF5 file, whether a file of its own or a member of an archive. */
export async function readContents(
  source: ByteSource,
  {
    format,
    name,
    signal,
    pace = unpaced(),
  }: { format: string; name: string; signal?: AbortSignal | undefined; pace?: Pace | undefined },
): Promise<Pick<WeightFile, "tensors" | "order" | "metadata" | "warnings">> {
  const file = await Hdf5File.open(new PagedBytes(source, { format, file: name }, signal));
  const tree = await readTree(file, pace);
  const tensors = await mapInParallel(tree.datasets, PARALLEL_OPENS, (dataset) =>
    datasetTensor(dataset, { file, source, fileName: name }),
  );
  const model = await pace.run(kerasModel(tensors, tree, { where: { format, file: name }, pace }));
  return { ...model, warnings: [...tree.warnings, ...model.warnings] };
}
