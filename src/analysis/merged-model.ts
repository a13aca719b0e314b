import { Pace } from "../bytes/pace.js";
import { type FileSet, FormatError } from "../formats/index.js";
import {
  ALL_LAYERS,
  findSinusoids,
  type LayerPlan,
  type PlanOptions,
  selectLayers,
  type Unmerged,
} from "../layers/index.js";
import { mergeAdaptersInSteps } from "../layers/merge-adapter.js";
import { planLayersInSteps } from "../layers/plan-layers.js";
import { assertChoicesMatch, choosableNames } from "./chosen-names.js";
import {
  dependenciesOf,
  type FileWithConfigs,
  headOptions,
  type OpenedModel,
  openModel,
  openWithConfigs,
} from "./open-model.js";
import type { ResolvedOptions } from "./options.js";
import { headWarnings } from "./stated-heads.js";

/**
 * The files of an input, or how to find them. It is a function, not a promise: an analysis that is refused before it
 * asks for the files must not leave a rejection that nobody handles.
 */
export type FileSource = FileSet | (() => FileSet | Promise<FileSet>);

/** The files to open: a model, or an adapter and the base that it is merged onto. */
export interface ModelAndBase {
  readonly files: FileSet;
  readonly base: FileSet | undefined;
}

/** Finds the files of a model and of its base, both at once. Rejects with the first error. */
export async function findFiles(source: FileSource, base: FileSource | undefined): Promise<ModelAndBase> {
  const find = async (files: FileSource | undefined): Promise<FileSet | undefined> =>
    typeof files === "function" ? files() : files;
  const [model, onto] = await Promise.all([find(source), find(base)]);
  return { files: model as FileSet, base: onto };
}

/**
 * Opens a model, or an adapter merged onto its base. Rejects with a `FormatError` or an `OptionError` after closing
 * everything.
 */
export async function openModelOnBase(
  { files, base }: ModelAndBase,
  options: ResolvedOptions,
  signal?: AbortSignal,
): Promise<OpenedModel> {
  const opened = await (base === undefined
    ? openModel(files, options, signal)
    : openMerged(files, base, { options, signal }));
  try {
    assertChoicesMatch(options, opened);
    return opened;
  } catch (cause) {
    await opened.file.close();
    throw cause;
  }
}

interface Opening {
  readonly options: ResolvedOptions;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens an adapter and its base and plans the layers that the adapter changes, merged: W + dW. Both stay open until
 * `file.close`, because every layer reads both. The adapter does not change the base's other layers; they are not
 * planned, and a warning counts them.
 */
async function openMerged(
  adapterFiles: FileSet,
  baseFiles: FileSet,
  { options, signal }: Opening,
): Promise<OpenedModel> {
  const pace = new Pace({ signal, file: adapterFiles.label });
  const adapter = await openWithConfigs(adapterFiles, options, pace);
  let base: FileWithConfigs | undefined;
  const close = async (): Promise<void> => {
    await Promise.all([adapter.file.close(), base?.file.close()]);
  };
  try {
    const onto = await openWithConfigs(baseFiles, options, pace);
    base = onto;
    const { conv, fused } = options;
    // Plan all layers of both: the user's choice applies to the merged layers. An adapter has no config of its own; its
    // factors have the layout of the base's weights.
    const planOptions: PlanOptions = {
      ...ALL_LAYERS,
      conv,
      fused,
      config: base.config,
      heads: headOptions(options, base),
    };
    const sinusoids = await findSinusoids(base.file.tensors, signal);
    const basePlan = await pace.run(planLayersInSteps(base.file, { ...planOptions, sinusoids }, pace));
    const adapterPlan = await pace.run(
      planLayersInSteps(adapter.file, { ...planOptions, adapter: adapter.adapter }, pace),
    );
    if (!adapterPlan.layers.some(({ knownRank }) => knownRank !== undefined)) throwNoAdapter(adapter, adapterFiles);
    const { unmerged, assumed, ...merged } = await pace.run(mergeAdaptersInSteps(basePlan, adapterPlan, pace));
    if (unmerged.length > 0) throwUnmerged(unmerged, adapter, baseFiles);
    const { layers: include, exclude, minEigenvalues } = options;
    const untouched = basePlan.layers.length - merged.layers.length;
    return {
      ...selectLayers(merged, { include, exclude, minEigenvalues }),
      file: {
        ...adapter.file,
        warnings: [
          ...adapter.file.warnings,
          ...base.file.warnings.map((warning) => `base: ${warning}`),
          ...assumed.map((sentence) => `${sentence}: A is the adapter, B the base`),
          ...(untouched > 0
            ? [
                `${untouched} ${untouched === 1 ? "layer of the base was" : "layers of the base were"} ` +
                  `skipped: the adapter does not change ${untouched === 1 ? "it" : "them"}`,
              ]
            : []),
          ...headWarnings({ layers: merged.layers, uncut: uncutOf(basePlan, merged) }, onto),
        ],
        close,
      },
      base: { label: baseFiles.label, format: base.file.format, files: base.file.files },
      paths: [...adapter.paths, ...base.paths],
      dependsOn: { model: dependenciesOf(adapter), base: dependenciesOf(onto) },
      names: () => [
        ...choosableNames({ ...merged, file: adapter.file }),
        ...choosableNames({ ...basePlan, file: onto.file }),
      ],
    };
  } catch (cause) {
    await close();
    throw cause;
  }
}

/** Of the base's projections whose heads are not known, those that the adapter changes. */
function uncutOf({ uncut }: LayerPlan, { layers }: Pick<LayerPlan, "layers">): LayerPlan["uncut"] {
  const names = new Set(layers.map(({ name }) => name));
  return uncut?.filter(({ name }) => names.has(name));
}

function throwNoAdapter({ file: { format } }: FileWithConfigs, { label }: FileSet): never {
  throw new FormatError("holds no low-rank adapter to merge onto a base", {
    kind: "unsupported",
    format,
    file: label,
    remedy: "Give a LoRA adapter as the path and its base with --base, or omit --base.",
  });
}

function throwUnmerged(
  [{ layer, reason }, ...others]: readonly Unmerged[],
  { file }: FileWithConfigs,
  base: FileSet,
): never {
  const further = others.length === 0 ? "" : ` (and ${others.length} more like it)`;
  throw new FormatError(`${reason}${further}`, {
    kind: "malformed",
    format: file.format,
    file: file.tensors.find(({ name }) => name === layer.tensorName)?.file,
    tensor: layer.tensorName,
    remedy:
      `${base.label} is not the base of this adapter. adapter_config.json names the right one as ` +
      "base_model_name_or_path.",
  });
}
