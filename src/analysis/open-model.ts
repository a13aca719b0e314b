import { type FileSet, openWeightFile, type WeightFile } from "../formats/index.js";
import { findSinusoids, type LayerPlan, planLayers } from "../layers/index.js";
import { type Configs, configsBeside } from "./configs-beside.js";
import type { ResolvedOptions } from "./options.js";
import type { BaseRecord } from "./report.js";

/** An opened weight file with its layers planned; `file.close` releases it. */
export interface OpenedModel extends LayerPlan {
  readonly file: WeightFile;
  /** What an adapter was merged onto. */
  readonly base?: BaseRecord;
}

/** A weight file with what lies beside it, nothing planned. */
export interface FileWithConfigs extends Configs {
  readonly file: WeightFile;
}

/** Opens what the user named and plans its layers as the options say. Rejects with a `FormatError`, everything closed again. */
export async function openModel(files: FileSet, options: ResolvedOptions, signal?: AbortSignal): Promise<OpenedModel> {
  const { file, config, adapter } = await openWithConfigs(files, options, signal);
  try {
    const sinusoids = await findSinusoids(file.tensors, signal);
    const { conv, fused, layers: include, exclude, minEigenvalues } = options;
    return { file, ...planLayers(file, { conv, fused, include, exclude, minEigenvalues, config, adapter, sinusoids }) };
  } catch (cause) {
    await file.close();
    throw cause;
  }
}

/** Opens a weight file and the configurations beside it; what went wrong with those is among the file's warnings. */
export async function openWithConfigs(files: FileSet, options: ResolvedOptions, signal?: AbortSignal): Promise<FileWithConfigs> {
  const { strictPickle, root } = options;
  const file = await openWeightFile(files, { signal, strictPickle, ...(root === null ? {} : { root }) });
  try {
    const beside = await configsBeside(files, file, signal);
    return { ...beside, file: { ...file, warnings: [...file.warnings, ...beside.warnings] } };
  } catch (cause) {
    await file.close();
    throw cause;
  }
}
