import type { Pace, Steps } from "../bytes/pace.js";
import type { Tensor, WeightFile } from "../formats/tensor.js";
import type { ComposeOptions } from "./compose.js";
import type { MatrixOrigin, MatrixSource } from "./layer.js";
import { rescaled } from "./magnitudes.js";
import { sourceOf } from "./matrix-source.js";
import { sum } from "./merge-adapter.js";
import { sourceTensorsInSteps } from "./plan-layers.js";
import { SkippedList } from "./source-tensors.js";

/** The tensors of an opened file by what an origin says of them, and the stored ones by their `storageKey` too. */
export type TensorsByOrigin = ReadonlyMap<string, Tensor>;

const LOOK_UP_STEPS = 4;

/** Indexes a file's tensors, those that are composed from several included. Reads no data. */
export function* tensorsByOriginInSteps(file: WeightFile, options: ComposeOptions, pace: Pace): Steps<TensorsByOrigin> {
  const { sourceTensors } = yield* sourceTensorsInSteps(file, options, { skipped: new SkippedList(), pace });
  const tensors = new Map<string, Tensor>();
  for (const { tensor } of sourceTensors) {
    if (pace.spend(LOOK_UP_STEPS)) yield;
    const key = keyOf({ file: tensor.file, tensor: tensor.name, storage: tensor.storageKey });
    if (!tensors.has(key)) tensors.set(key, tensor);
  }
  for (const tensor of file.tensors) {
    if (pace.spend(LOOK_UP_STEPS)) yield;
    tensors.set(tensor.storageKey, tensor);
  }
  return tensors;
}

/**
 * The source that an origin describes, in files that were opened again. `base` has the first term of a sum (the weights
 * that an adapter changes). Throws `RangeError` if the files have no such tensor.
 */
export function sourceOfOrigin(
  origin: MatrixOrigin,
  files: { readonly model: TensorsByOrigin; readonly base?: TensorsByOrigin },
): MatrixSource {
  if (origin.kind === "sum") {
    const [first, ...others] = origin.terms;
    const base = sourceOfOrigin(first, { model: files.base ?? new Map() });
    return others.reduce((total, term) => sum(total, sourceOfOrigin(term, files)), base);
  }
  if (origin.kind === "rescaled") {
    const lengths = files.model.get(origin.lengths);
    if (lengths === undefined)
      throw new RangeError("the files that were opened again have no lengths of a DoRA adapter");
    return rescaled(sourceOfOrigin(origin.of, files), { along: origin.along, lengths });
  }
  const tensor = files.model.get(keyOf(origin));
  if (tensor === undefined || tensor.dtype !== origin.dtype) {
    throw new RangeError(`the files that were opened again have no tensor "${origin.tensor}" (${origin.dtype})`);
  }
  return sourceOf(tensor, origin.view);
}

function keyOf({ file, tensor, storage }: { file: string; tensor: string; storage: string }): string {
  return JSON.stringify([file, tensor, storage]);
}
