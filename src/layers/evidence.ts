import type { Tensor } from "../formats/tensor.js";
import { knownBuffer } from "./known-buffers.js";
import type { ReadingContext, Rule } from "./reading.js";

/** One kind of evidence that a tensor is no weight matrix. */
export interface Evidence {
  /** What the evidence is taken from. */
  readonly kind: "name" | "consumers" | "values";
  /**
   * Why the tensor is none, as the reason of the list of skipped tensors; undefined where this evidence does not speak
   * against it.
   */
  readonly against: (tensor: Tensor, context: ReadingContext) => string | undefined;
}

/**
 * All kinds, in the order in which they are asked; the first that speaks gives the reason. A new kind is a new entry.
 */
export const EVIDENCE: readonly Evidence[] = [
  { kind: "name", against: byName },
  { kind: "consumers", against: byConsumers },
  { kind: "values", against: byValues },
];

/** Leaves out what some evidence shows to be no weight matrix. */
export const leaveOutByEvidence: Rule = (tensor, context) => {
  for (const { against } of EVIDENCE) {
    const reason = against(tensor, context);
    if (reason !== undefined) return { reason };
  }
  return undefined;
};

function byName(tensor: Tensor, { nameIsFile }: ReadingContext): string | undefined {
  const what = nameIsFile === true ? undefined : knownBuffer(tensor);
  return what === undefined ? undefined : `${what}, not a weight matrix`;
}

/** Vectors and integers are left to the rules that know what they are. */
function byConsumers({ shape, floating, hints }: Tensor): string | undefined {
  if (hints?.onlyFeeds === undefined || !floating || shape.filter((side) => side > 1).length < 2) return undefined;
  const whither = hints.onlyFeeds.length === 0 ? "no operator of the graph takes it" : `feeds only ${hints.onlyFeeds.join(", ")}`;
  return `${whither}: no matrix product, convolution or look-up, so a constant and not a weight matrix`;
}

function byValues(tensor: Tensor, { sinusoids }: ReadingContext): string | undefined {
  return sinusoids?.has(tensor) ? "a table of sines and cosines by its values, not a weight matrix" : undefined;
}
