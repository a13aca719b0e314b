import type { Tensor } from "../formats/tensor.js";
import { knownBuffer } from "./known-buffers.js";
import type { ReadingContext, Rule } from "./reading.js";

/** One kind of evidence that a tensor is not a weight matrix. */
export interface Evidence {
  /** The source of the evidence. */
  readonly kind: "name" | "consumers" | "values";
  /**
   * The reason why the tensor is not a weight matrix, for the list of skipped tensors; undefined if this evidence finds
   * none.
   */
  readonly against: (tensor: Tensor, context: ReadingContext) => string | undefined;
}

/** All kinds of evidence. The first that gives a reason wins. A new kind is a new entry. */
export const EVIDENCE: readonly Evidence[] = [
  { kind: "name", against: byName },
  { kind: "consumers", against: byConsumers },
  { kind: "values", against: byValues },
];

/** Skips tensors that some evidence shows not to be weight matrices. */
export const skipByEvidence: Rule = (tensor, context) => {
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

/** Vectors and integers are left to the rules that classify them. */
function byConsumers({ shape, floating, hints }: Tensor): string | undefined {
  if (hints?.onlyFeeds === undefined || !floating || shape.filter((side) => side > 1).length < 2) return undefined;
  const usage =
    hints.onlyFeeds.length === 0 ? "no operator of the graph takes it" : `feeds only ${hints.onlyFeeds.join(", ")}`;
  return `${usage}: no matrix product, convolution or look-up, so a constant and not a weight matrix`;
}

function byValues(tensor: Tensor, { sinusoids }: ReadingContext): string | undefined {
  return sinusoids?.has(tensor) ? "a table of sines and cosines by its values, not a weight matrix" : undefined;
}
