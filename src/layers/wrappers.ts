/** Segments that torch.compile, DataParallel, FSDP, checkpointing and PEFT insert anywhere into a module's path. */
const ANYWHERE: ReadonlySet<string> = new Set([
  ...[
    "_orig_mod",
    "module",
    "_fsdp_wrapped_module",
    "_checkpoint_wrapped_module",
    "_forward_module",
    "_module",
    "base_layer",
  ],
]);
/**
 * Outermost modules that a model is saved with or without: heads around a backbone, the language side of a model with
 * several sides.
 */
const OUTERMOST: ReadonlySet<string> = new Set([
  ...[
    "model",
    "base_model",
    "transformer",
    "language_model",
    "text_model",
    "llm",
    "backbone",
    "net",
    "network",
    "state_dict",
  ],
  ...["bert", "roberta", "distilbert", "electra", "deberta", "gpt_neox", "vit", "student", "teacher"],
]);

/**
 * ONNX Runtime's quantiser stores the codes of "fc.weight" as "fc.weight_quantized" [onnxruntime, quant_utils.py,
 * TENSOR_NAME_QUANT_SUFFIX].
 */
const QUANTISED_SUFFIX = /(?:\.weight)?_quantized$/;

/**
 * A layer's name without wrappers: "_orig_mod.model.layers.0.fc" and "layers.0.fc.weight_quantized" become
 * "layers.0.fc". The last segment is always kept.
 */
export function unwrapped(name: string): string {
  const segments = name.replace(QUANTISED_SUFFIX, "").split(".");
  const last = segments.length - 1;
  const inner = segments.filter((segment, k) => k === last || !ANYWHERE.has(segment));
  let first = 0;
  while (first < inner.length - 1 && OUTERMOST.has(inner[first])) first++;
  return inner.slice(first).join(".");
}

/** The largest number of unknown outer modules that a name may omit. */
const MAX_OUTER_SEGMENTS = 3;

/** A name without its first, its first two, ... segments. */
export function outerTails(name: string): string[] {
  const segments = name.split(".");
  return Array.from({ length: Math.min(MAX_OUTER_SEGMENTS, segments.length - 1) }, (_, k) =>
    segments.slice(k + 1).join("."),
  );
}

/** kohya's scripts write "lora_unet_" or "lora_te1_" before a module's name, and "_" for its dots. */
export function kohyaName(name: string): string {
  return `lora_${name.replace(/^lora_(?:unet|te\d?|transformer)_/, "").replaceAll(".", "_")}`;
}
