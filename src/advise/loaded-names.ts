import { valueAt } from "../layers/model-config.js";

/** How the names of a checkpoint become those of the loaded model's `named_parameters()`. */
export interface LoadedNames {
  /** The name of a tensor or module of the checkpoint in the loaded model. */
  readonly rename: (name: string) => string;
  /** What was renamed and what a user must know, in sentences. */
  readonly warnings: readonly string[];
}

/** A rule that transformers applies to the names of a checkpoint when it loads it. */
interface Renaming {
  readonly from: RegExp;
  readonly to: string;
}

/**
 * Models of images (or sound) and text whose language model stands under "language_model." in the checkpoint. Since
 * 4.52 transformers loads them under "model.language_model." [transformers, _checkpoint_conversion_mapping of llava,
 * gemma3, mistral3, paligemma, internvl, mllama, aya_vision and others].
 */
const AROUND_LANGUAGE: readonly Renaming[] = [
  { from: /^language_model\.model\./, to: "model.language_model." },
  { from: /^language_model\.lm_head\./, to: "lm_head." },
  { from: /^(vision_tower|vision_model|multi_modal_projector|image_newline)(?=\.|$)/, to: "model.$1" },
];

/** Qwen2-VL and Qwen2.5-VL keep the language model at "model." and the image side at "visual.". */
const QWEN_VL: readonly Renaming[] = [
  { from: /^visual\./, to: "model.visual." },
  { from: /^model\.(?!language_model\.|visual\.)/, to: "model.language_model." },
];

/** A checkpoint of the bare model, without its head: the loaded one stands under its prefix. */
const PREFIXES: Readonly<Record<string, string>> = { gpt2: "transformer.", bloom: "transformer.", bert: "bert." };

/**
 * Reads from a model's parsed config.json how transformers names the parameters of its checkpoint. `config` is
 * undefined if there is no such file. `names` are those of the checkpoint's tensors.
 */
export function loadedNames(
  config: Readonly<Record<string, unknown>> | undefined,
  names: readonly string[],
): LoadedNames {
  const modelType = textOf(valueAt(config, "model_type"));
  const multimodal = ["vision_config", "text_config", "audio_config"].some((key) => {
    const side = valueAt(config, key);
    return typeof side === "object" && side !== null;
  });
  const rules = renamingsOf(modelType, { multimodal, names });
  const rename = (name: string): string => {
    const rule = rules.find(({ from }) => from.test(name));
    return rule === undefined ? name : name.replace(rule.from, rule.to);
  };
  const changed = names.find((name) => rename(name) !== name);
  const warnings: string[] = [];
  if (config === undefined)
    warnings.push(
      "there is no config.json beside the weights: names are those of the file; check that they are those of " +
        "named_parameters() in your trainer",
    );
  if (changed !== undefined)
    warnings.push(
      `config.json says ${modelType ?? "a model of several sides"}: names are written as transformers 4.52 and later ` +
        `loads them (${changed} becomes ${rename(changed)}); under the checkpoint's names everything would be frozen`,
    );
  return { rename, warnings };
}

function renamingsOf(
  modelType: string | undefined,
  { multimodal, names }: { readonly multimodal: boolean; readonly names: readonly string[] },
): readonly Renaming[] {
  if (modelType === "qwen2_vl" || modelType === "qwen2_5_vl") return QWEN_VL;
  if (multimodal && names.some((name) => name.startsWith("language_model."))) return AROUND_LANGUAGE;
  const blocks = names.filter((name) => /^(?:layers|h|encoder\.layer)\.\d+\./.test(name));
  if (multimodal || blocks.length === 0) return [];
  const prefix = PREFIXES[modelType ?? ""] ?? (blocks[0].startsWith("layers.") ? "model." : undefined);
  return prefix === undefined ? [] : [{ from: /^(?!lm_head\.|model\.)/, to: prefix }];
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Single experts as a checkpoint names them. Transformers 5 loads all experts of a block as two parameters. */
const ONE_EXPERT = /^(.*\.experts)\.\d+\.(gate_proj|up_proj|down_proj|w[123])$/;

/** The parameters of transformers 5 that hold these modules of single experts, each once. */
export function fusedExperts(modules: readonly string[]): readonly string[] {
  const fused = new Set<string>();
  for (const module of modules) {
    const match = ONE_EXPERT.exec(module);
    if (match === null) continue;
    fused.add(`${match[1]}.${/^(?:down_proj|w2)$/.test(match[2]) ? "down_proj" : "gate_up_proj"}`);
  }
  return [...fused];
}
