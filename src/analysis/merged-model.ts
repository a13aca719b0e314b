import { type FileSet, FormatError } from "../formats/index.js";
import { Pace } from "../formats/pace.js";
import { ALL_LAYERS, findSinusoids, type PlanOptions, selectLayers, type Unmerged } from "../layers/index.js";
import { mergeAdaptersInSteps } from "../layers/merge-adapter.js";
import { planLayersInSteps } from "../layers/plan-layers.js";
import { assertChoicesMatch, choosableNames } from "./chosen-names.js";
import { type FileWithConfigs, type OpenedModel, openModel, openWithConfigs } from "./open-model.js";
import type { ResolvedOptions } from "./options.js";

/** What is opened: a model, or an adapter and the base that it is merged onto. */
export interface ModelAndBase {
  readonly files: FileSet | Promise<FileSet>;
  readonly base?: FileSet | Promise<FileSet>;
}

/**
 * Opens a model, or an adapter merged onto its base. Rejects with a `FormatError` or an `OptionError`, everything
 * closed again.
 */
export async function openModelOnBase({ files, base }: ModelAndBase, options: ResolvedOptions, signal?: AbortSignal): Promise<OpenedModel> {
  const [model, under] = await Promise.all([files, base]);
  const opened = await (under === undefined ? openModel(model, options, signal) : openMerged(model, under, { options, signal }));
  try {
    assertChoicesMatch(options, opened.names);
    return opened;
  } catch (cause) {
    await opened.file.close();
    throw cause;
  }
}

interface Opening {
  readonly options: ResolvedOptions;
  readonly signal?: AbortSignal;
}

/**
 * Opens an adapter and its base and plans the layers that the adapter changes, merged: W + dW. Both stay open until
 * `file.close`, as both are read when a layer is. The base's other layers are what they are without the adapter, and
 * are not planned; a warning counts them.
 */
async function openMerged(adapterFiles: FileSet, baseFiles: FileSet, { options, signal }: Opening): Promise<OpenedModel> {
  const pace = new Pace({ signal, file: adapterFiles.label });
  const adapter = await openWithConfigs(adapterFiles, options, pace);
  let base: FileWithConfigs | undefined;
  const close = async (): Promise<void> => {
    await Promise.all([adapter.file.close(), base?.file.close()]);
  };
  try {
    base = await openWithConfigs(baseFiles, options, pace);
    const { conv, fused } = options;
    // All of both: what the user chose among are the merged layers. An adapter has no config of its own; its factors
    // are laid out like the base's weights.
    const how: PlanOptions = { ...ALL_LAYERS, conv, fused, config: base.config };
    const sinusoids = await findSinusoids(base.file.tensors, signal);
    const under = await pace.run(planLayersInSteps(base.file, { ...how, sinusoids }, pace));
    const over = await pace.run(planLayersInSteps(adapter.file, { ...how, adapter: adapter.adapter }, pace));
    if (!over.layers.some(({ knownRank }) => knownRank !== undefined)) refuseNoAdapter(adapter, adapterFiles);
    const { unmerged, assumed, ...merged } = await pace.run(mergeAdaptersInSteps(under, over, pace));
    if (unmerged.length > 0) refuseUnmerged(unmerged, adapter, baseFiles);
    const { layers: include, exclude, minEigenvalues } = options;
    const untouched = under.layers.length - merged.layers.length;
    return {
      ...selectLayers(merged, { include, exclude, minEigenvalues }),
      file: {
        ...adapter.file,
        warnings: [
          ...adapter.file.warnings,
          ...base.file.warnings.map((warning) => `of the base: ${warning}`),
          ...assumed.map((sentence) => `${sentence}: A is the adapter, B the base`),
          ...(untouched > 0
            ? [
                `${untouched} ${untouched === 1 ? "layer of the base is" : "layers of the base are"} not changed by the adapter, and left out`,
              ]
            : []),
        ],
        close,
      },
      base: { label: baseFiles.label, format: base.file.format, files: base.file.files },
      paths: [...adapter.paths, ...base.paths],
      names: [...choosableNames({ ...merged, file: adapter.file }), ...choosableNames({ ...under, file: base.file })],
    };
  } catch (cause) {
    await close();
    throw cause;
  }
}

function refuseNoAdapter({ file: { format } }: FileWithConfigs, { label }: FileSet): never {
  throw new FormatError("holds no low-rank adapter that could be merged onto a base", {
    kind: "unsupported",
    format,
    file: label,
    remedy: "Name a LoRA adapter, and its base by --base; or leave the base out.",
  });
}

function refuseUnmerged([{ layer, reason }, ...others]: readonly Unmerged[], { file }: FileWithConfigs, base: FileSet): never {
  const further = others.length === 0 ? "" : ` (and ${others.length} more like it)`;
  throw new FormatError(`${reason}${further}`, {
    kind: "malformed",
    format: file.format,
    file: file.tensors.find(({ name }) => name === layer.tensorName)?.file,
    tensor: layer.tensorName,
    remedy: `${base.label} is not the model that this adapter was made for; adapter_config.json names that one as base_model_name_or_path.`,
  });
}
