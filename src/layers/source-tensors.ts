import type { Pace, Steps } from "../bytes/pace.js";
import { sortInSteps } from "../bytes/sort-in-steps.js";
import type { Tensor } from "../formats/tensor.js";
import type { Composed, Composition } from "./composition.js";
import type { SkippedTensor } from "./layer.js";

/** A tensor to analyse: stored in the file, or composed from several tensors. */
export interface SourceTensor {
  readonly tensor: Tensor;
  readonly composition?: Composition;
  /**
   * Its position in the list of tensors: that of the tensor, or of the first member. Tensors skipped because of it are
   * listed at the same position.
   */
  readonly position: number;
}

const LOOK_UP_STEPS = 4;

/** The tensors in their order, each composition at the position of the first of its members. */
export function* gatherSourceTensors(
  tensors: readonly Tensor[],
  { compositions }: Composed,
  { skipped, pace }: { readonly skipped: SkippedList; readonly pace: Pace },
): Steps<readonly SourceTensor[]> {
  const compositionOf = new Map<Tensor, Composition>();
  for (const composition of compositions) {
    if (pace.spend(LOOK_UP_STEPS * composition.members.size)) yield;
    for (const member of composition.members.keys()) compositionOf.set(member, composition);
  }
  const seen = new Set<Composition>();
  const sourceTensors: SourceTensor[] = [];
  for (const [position, tensor] of tensors.entries()) {
    if (pace.spend(LOOK_UP_STEPS)) yield;
    const composition = compositionOf.get(tensor);
    if (composition === undefined) {
      sourceTensors.push({ tensor, position });
      continue;
    }
    const part = composition.members.get(tensor);
    if (typeof part === "string") skipped.add(position, skip(tensor, part));
    if (!seen.has(composition)) sourceTensors.push({ tensor: composition.tensor, composition, position });
    seen.add(composition);
  }
  return sourceTensors;
}

/** The skipped tensors, in the order of the list of tensors, whatever the order in which they were found. */
export class SkippedList {
  private readonly found: { readonly position: number; readonly tensor: SkippedTensor }[] = [];

  add(position: number, ...tensors: readonly SkippedTensor[]): void {
    for (const tensor of tensors) this.found.push({ position, tensor });
  }

  /** At one position, in the order in which they were found. */
  *inOrder(pace: Pace): Steps<SkippedTensor[]> {
    const ordered = yield* sortInSteps(this.found, (a, b) => a.position - b.position, { pace });
    return ordered.map(({ tensor }) => tensor);
  }
}

/** A skipped tensor, under its own name or that of the tensor from which it was made. */
export function skip({ name, shape, dtype }: Tensor, reason: string, listedAs = name): SkippedTensor {
  return { name: listedAs, shape, dtype, reason };
}
