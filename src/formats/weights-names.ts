/** Endings of files that may hold weights, or list them. */
const WEIGHTS = new RegExp(
  String.raw`\.(${[
    "safetensors|bin|pt|pth|ckpt|gguf|onnx|npz|npy|h5|hdf5|keras|tflite|pb|msgpack",
    String.raw`index|distcp|data-\d{5}-of-\d{5}|index\.json|weights\.json`,
  ].join("|")})$|^model\.json$`,
  "i",
);

/**
 * Files in which trainers store what they need to resume: DeepSpeed's and Megatron's optimizer states, and those of
 * transformers and accelerate (the optimizer, its schedule, the state of the random numbers). They have the endings of
 * weight files, but hold no weights.
 */
const TRAINING_STATE = new RegExp(
  String.raw`(^|_)optim_states\.pt$|^(${[
    "(distrib_)?optim|optimizer|scheduler|lr_scheduler|scaler|sampler",
    "rng_state|training_args|custom_checkpoint",
  ].join("|")})(_\d+)?\.(pt|pth|bin)$`,
);

/** Whether the name looks like a file with weights. It says nothing of the contents. */
export function isWeightsName(name: string): boolean {
  return WEIGHTS.test(name);
}

/** Whether it is, by its name, the state of a training run instead of weights. */
export function isTrainingState(name: string): boolean {
  return TRAINING_STATE.test(name.slice(name.lastIndexOf("/") + 1));
}
