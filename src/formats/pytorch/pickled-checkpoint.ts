import { FormatError } from "../../bytes/errors.js";
import { type Steps, unpaced } from "../../bytes/pace.js";
import type { ErrorLocation } from "../../bytes/stored-bytes.js";
import type { OpenOptions } from "../reader.js";
import type { Tensor } from "../tensor.js";
import { isAllowedGlobal } from "./allowed-globals.js";
import { listedNames } from "./listed-names.js";
import type { Unpickled } from "./pickle/unpickle.js";
import { refusePlaceholders, refuseRank, refuseRankParts } from "./rank-of-trainer.js";
import { stateDictInSteps } from "./state-dict.js";
import { type Storage, storedTensor, unreadableTensor } from "./stored-tensor.js";
import type { StorageReference } from "./torch-tensor.js";

/**
 * Pickles are read whole. The largest number of tensors that one may describe needs a third of this; NumPy arrays or
 * data sets in a pickle would need more.
 */
export const MAX_PICKLE_BYTES = 64 * 2 ** 20;

export interface CheckpointContext {
  readonly where: ErrorLocation & { readonly file: string };
  /** Finds a storage in the file, and refuses one that is missing or of another size. */
  readonly storageOf: (reference: StorageReference, tensor: string) => Storage;
  /** True if classes named `__torch__.` belong to the archive. */
  readonly torchScript: boolean;
  readonly options: OpenOptions;
}

export interface Checkpoint {
  readonly tensors: readonly Tensor[];
  readonly warnings: readonly string[];
}

/** Steps to find a tensor's storage and check its view of it. */
const TENSOR_STEPS = 32;

/**
 * The tensors of a pickled checkpoint. Throws `FormatError`, also for names outside the allowed ones if
 * `strictPickle` is set.
 */
export function* checkpointOf(
  pickle: Unpickled,
  { where, storageOf, torchScript, options }: CheckpointContext,
): Steps<Checkpoint> {
  const { pace = unpaced(), root } = options;
  const warnings = foreignNames(pickle, { where, torchScript, strict: options.strictPickle ?? false });
  if (root === undefined) refuseRank(pickle.value, where);
  const stateDict = yield* stateDictInSteps(pickle.value, { where, root, pace });
  if (root === undefined) {
    refusePlaceholders(pickle.value, stateDict.tensors, where);
    refuseRankParts(stateDict.tensors, where);
  }
  const tensors: Tensor[] = [];
  for (const { name, tensor } of stateDict.tensors) {
    if (pace.spend(TENSOR_STEPS)) yield;
    if (tensor.kind === "unreadable") {
      tensors.push(unreadableTensor(name, tensor, where));
      continue;
    }
    const { storage: reference, type, offset, size, stride } = tensor;
    const storage = storageOf(reference, name);
    const view = { storage, type, offset: offset + reference.viewOffset, size, stride };
    tensors.push(storedTensor(name, view, where));
  }
  return { tensors, warnings: [...warnings, ...stateDict.warnings] };
}

export interface AllowedNames {
  readonly where: ErrorLocation;
  readonly torchScript: boolean;
  readonly strict: boolean;
  /** Further names that a pickle of its kind needs. */
  readonly alsoAllowed?: (path: string) => boolean;
}

/** Names in a pickle that weights do not need: refused, or reported. None of them is ever called. */
export function foreignNames(
  { globals, indirectCalls }: Unpickled,
  { where, torchScript, strict, alsoAllowed = () => false }: AllowedNames,
): string[] {
  const foreign = [...globals.keys()].filter((path) => !isAllowedGlobal(path, torchScript) && !alsoAllowed(path));
  if (foreign.length === 0 && indirectCalls === 0) return [];
  const names = foreign.length === 0 ? "results of other calls" : listedNames(foreign);
  if (strict) {
    throw new FormatError(`its pickle names ${names}, which weights do not need`, {
      ...where,
      kind: "unsupported",
      remedy:
        "Only PyTorch's own list of names is allowed with strict pickles; without that, everything else is " +
        "read as inert data.",
    });
  }
  return [
    `the file's pickle names code beyond PyTorch's weights-only list (${names}): none of it was run and its ` +
      "contents were read as data; plain Python would run it",
  ];
}
