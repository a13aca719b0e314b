import type { LayerResult, SkippedRecord } from "../analysis/index.js";
import { loadedNames } from "./loaded-names.js";

/** An analysed model, and what lies beside its weights. */
export interface AdvisedModel {
  /** The model as the user named it. */
  readonly label: string;
  readonly format: string;
  /** In the order of the model. */
  readonly layers: readonly LayerResult[];
  readonly skipped: readonly SkippedRecord[];
  /** The parsed config.json, if there is one. */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
}

/** The names of a model's parameters in the file and in the trainer. */
export interface ParameterNames {
  /** The name of a module in the loaded model. */
  readonly rename: (name: string) => string;
  /** The parameters of the loaded model, as far as the checkpoint shows them. */
  readonly loaded: readonly string[];
  readonly warnings: readonly string[];
}

/** Formats whose tensors have the names of a model in PyTorch. */
const PYTORCH_NAMES = new Set(["safetensors", "pytorch"]);

/** The reason for a layer without a module: consumers name modules, or match their names. */
export const NO_MODULE_OF_ITS_OWN =
  "a parameter, or a part of one, without a module of its own (experts in one tensor)";

/**
 * The module whose weight a layer is, by the file's name. Undefined for a part of a tensor ("experts.down_proj[3]"),
 * and for a tensor of PyTorch that is a parameter by itself.
 */
export function moduleOf(
  { layer }: { readonly layer: Pick<LayerResult["layer"], "name" | "tensorName" | "quantised" | "knownRank"> },
  format: string,
): string | undefined {
  const { name, tensorName, quantised, knownRank } = layer;
  if (/\[[^\]]*\](?: \(\d+\))?$/.test(name)) return undefined;
  if (tensorName.endsWith(".weight")) return tensorName.slice(0, -".weight".length);
  return quantised || knownRank !== undefined || !PYTORCH_NAMES.has(format) ? name : undefined;
}

/** Reads the names of a model's parameters from its tensors and its config.json (`loadedNames`). */
export function parameterNames({ format, layers, skipped, config }: AdvisedModel): ParameterNames {
  const stored = [
    ...layers.map((result) => {
      const module = moduleOf(result, format);
      return module === undefined ? result.layer.tensorName : `${module}.weight`;
    }),
    ...skipped.map(({ name }) => name),
  ];
  const names = [...new Set(stored)];
  if (!PYTORCH_NAMES.has(format))
    return {
      rename: (name) => name,
      loaded: names,
      warnings: [
        `names of a file in the format ${format} are not those of named_parameters() in PyTorch: a trainer would ` +
          "find none of them; use the model's safetensors files",
      ],
    };
  const { rename, warnings } = loadedNames(config, names);
  return { rename, loaded: names.map(rename), warnings };
}
