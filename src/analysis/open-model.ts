import { Pace } from "../bytes/pace.js";
import { type FileSet, openWeightFile, type WeightFile } from "../formats/index.js";
import { findSinusoids, type LayerPlan, type PlanOptions, type Sides } from "../layers/index.js";
import { planLayersInSteps } from "../layers/plan-layers.js";
import { choosableNames } from "./chosen-names.js";
import { type Configs, configsBeside, type LookedFor } from "./configs-beside.js";
import { pathsOf } from "./opened-inputs.js";
import type { ResolvedOptions } from "./options.js";
import type { BaseRecord } from "./report.js";
import { headWarnings, readHeads } from "./stated-heads.js";

/** An opened weight file with its planned layers. `file.close` releases it. */
export interface OpenedModel extends LayerPlan {
  readonly file: WeightFile;
  /** The base of a merged adapter. */
  readonly base?: BaseRecord;
  /** Local paths of all files that belong to the input (`OpenedInputs`). */
  readonly paths: readonly string[];
  /** All files that the layers and their values depend on, the configuration files beside the model included. */
  readonly dependsOn: { readonly model: readonly LookedFor[]; readonly base?: readonly LookedFor[] };
  /** The names that `layers` and `exclude` may match (`choosableNames`). */
  readonly names: () => readonly string[];
}

/** A model that can be planned again with its fused projections cut like another model's parts. */
export interface ReplannableModel extends OpenedModel {
  readonly planAgain: (partSides: ReadonlyMap<string, readonly Sides[]>) => Promise<ReplannableModel>;
}

/** The options that matter for opening a file. */
export type OpeningOptions = Pick<ResolvedOptions, "strictPickle" | "root" | "heads">;

/** A weight file with its configuration files, not planned yet. */
export interface FileWithConfigs extends Configs {
  readonly file: WeightFile;
  readonly paths: readonly string[];
}

/**
 * Opens the files that the user named and plans their layers as the options say. Rejects with a `FormatError` after
 * closing everything.
 */
export async function openModel(
  files: FileSet,
  options: ResolvedOptions,
  signal?: AbortSignal,
): Promise<ReplannableModel> {
  const pace = new Pace({ signal, file: files.label });
  const opened = await openWithConfigs(files, options, pace);
  const { file, config, adapter, paths } = opened;
  try {
    const sinusoids = await findSinusoids(file.tensors, signal);
    const { conv, fused, layers: include, exclude, minEigenvalues } = options;
    const heads = headOptions(options, opened);
    const how = { conv, fused, include, exclude, minEigenvalues, config, adapter, sinusoids, heads };
    const modelOf = (plan: LayerPlan): ReplannableModel => ({
      ...{
        file: { ...file, warnings: [...file.warnings, ...headWarnings(plan, opened)] },
        paths,
        dependsOn: { model: dependenciesOf(opened) },
        ...plan,
        names: () => choosableNames({ ...plan, file }),
      },
      // The first plan had a time budget; this one takes as long as that.
      planAgain: async (partSides) => {
        const again = new Pace({ signal, limited: false });
        return modelOf(await again.run(planLayersInSteps(file, { ...how, partSides }, again)));
      },
    });
    return modelOf(await pace.run(planLayersInSteps(file, how, pace)));
  } catch (cause) {
    await file.close();
    throw cause;
  }
}

/** What a plan needs for the option heads. */
export function headOptions(
  { heads }: Pick<ResolvedOptions, "heads">,
  { headConfig }: Pick<Configs, "headConfig">,
): PlanOptions["heads"] {
  const asked = readHeads(heads);
  return asked === false ? undefined : { asked, config: headConfig };
}

/** The files of a model, and the optional ones that were looked for beside it. */
export function dependenciesOf({ file: { files, absent = [] }, beside }: FileWithConfigs): readonly LookedFor[] {
  const known = new Set(files.map(({ name }) => name));
  const others = [...absent.map((name): LookedFor => ({ name })), ...beside].filter(({ name }) => !known.has(name));
  return [...files, ...new Map(others.map((each) => [each.name, each])).values()];
}

/**
 * Opens a weight file and the configuration files next to it. All work on them shares `pace`. Problems with the
 * configuration files become warnings of the file.
 */
export async function openWithConfigs(files: FileSet, options: OpeningOptions, pace: Pace): Promise<FileWithConfigs> {
  const { strictPickle, root, heads } = options;
  const { signal } = pace;
  const file = await openWeightFile(files, { signal, pace, strictPickle, ...(root === null ? {} : { root }) });
  try {
    const beside = await configsBeside(files, file, { pace, heads: readHeads(heads) !== false });
    return {
      ...beside,
      paths: pathsOf(files, file),
      file: { ...file, warnings: [...file.warnings, ...beside.warnings] },
    };
  } catch (cause) {
    await file.close();
    throw cause;
  }
}
