import { type FileSet, openWeightFile, type WeightFile } from "../formats/index.js";
import { type LayerPlan, planLayers } from "../layers/index.js";
import type { ResolvedOptions } from "./options.js";

/** An opened weight file with its layers planned; `file.close` releases it. */
export interface OpenedModel extends LayerPlan {
  readonly file: WeightFile;
}

/** Opens what the user named and plans its layers as the options say. Rejects with a `FormatError`, everything closed again. */
export async function openModel(files: FileSet, options: ResolvedOptions, signal?: AbortSignal): Promise<OpenedModel> {
  const { strictPickle, root, conv, layers: include, exclude, minEigenvalues } = options;
  const file = await openWeightFile(files, { signal, strictPickle, ...(root === null ? {} : { root }) });
  try {
    return { file, ...planLayers(file, { conv, include, exclude, minEigenvalues }) };
  } catch (cause) {
    await file.close();
    throw cause;
  }
}
