import type { LayerResult, SkippedRecord } from "../analysis/index.js";
import type { JsonObject } from "../bytes/strict-json.js";
import { loadedNames } from "./loaded-names.js";

/** An analysed model, and what lies beside its weights. */
export interface AdvisedModel {
  /** The model as the user named it. */
  readonly label: string;
  readonly format: string;
  /** In the order of the model. */
  readonly layers: readonly LayerResult[];
  readonly skipped: readonly SkippedRecord[];
  /** config.json, if there is one. */
  readonly config?: JsonObject | undefined;
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

/** The module whose weight a layer is, by the file's name; undefined for a parameter without a module of its own. */
export function moduleOf({ layer }: Pick<LayerResult, "layer">): string | undefined {
  if (layer.tensorName.endsWith(".weight")) return layer.tensorName.slice(0, -".weight".length);
  return layer.quantised || layer.knownRank !== undefined ? layer.name : undefined;
}

/** Reads the names of a model's parameters from its tensors and its config.json (`loadedNames`). */
export function parameterNames({ format, layers, skipped, config }: AdvisedModel): ParameterNames {
  const stored = [
    ...layers.map((result) => {
      const module = moduleOf(result);
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
        `names of a file in the format ${format} are not those of named_parameters() in PyTorch: a trainer would find ` +
          "none of them; use the model's safetensors files",
      ],
    };
  const { rename, warnings } = loadedNames(config, names);
  return { rename, loaded: names.map(rename), warnings };
}
