import type { Pace, Steps } from "../formats/pace.js";
import { sortInSteps } from "../formats/sort-in-steps.js";
import type { Tensor } from "../formats/tensor.js";
import type { Composed, Composition } from "./composition.js";
import type { SkippedTensor } from "./layer.js";

/** What is to be read: a tensor of the file, or one put together. */
export interface Subject {
  readonly tensor: Tensor;
  readonly composition?: Composition;
  /**
   * Its place in the list of tensors: that of the tensor, or of the first member. Tensors skipped because of it are
   * listed at the same place.
   */
  readonly place: number;
}

const LOOK_UP_STEPS = 4;

/** The tensors in their order, each composition in place of the first of its members. */
export function* gatherSubjects(
  tensors: readonly Tensor[],
  { compositions }: Composed,
  { skipped, pace }: { readonly skipped: SkippedList; readonly pace: Pace },
): Steps<readonly Subject[]> {
  const compositionOf = new Map<Tensor, Composition>();
  for (const composition of compositions) {
    if (pace.spend(LOOK_UP_STEPS * composition.members.size)) yield;
    for (const member of composition.members.keys()) compositionOf.set(member, composition);
  }
  const seen = new Set<Composition>();
  const subjects: Subject[] = [];
  for (const [place, tensor] of tensors.entries()) {
    if (pace.spend(LOOK_UP_STEPS)) yield;
    const composition = compositionOf.get(tensor);
    if (composition === undefined) {
      subjects.push({ tensor, place });
      continue;
    }
    const part = composition.members.get(tensor);
    if (typeof part === "string") skipped.add(place, skip(tensor, part));
    if (!seen.has(composition)) subjects.push({ tensor: composition.tensor, composition, place });
    seen.add(composition);
  }
  return subjects;
}

/** The skipped tensors, in the order of the list of tensors whatever the order in which they were found. */
export class SkippedList {
  private readonly found: { readonly place: number; readonly tensor: SkippedTensor }[] = [];

  add(place: number, ...tensors: readonly SkippedTensor[]): void {
    for (const tensor of tensors) this.found.push({ place, tensor });
  }

  /** Of one place, in the order in which they were found. */
  *inOrder(pace: Pace): Steps<SkippedTensor[]> {
    const ordered = yield* sortInSteps(this.found, (a, b) => a.place - b.place, { pace });
    return ordered.map(({ tensor }) => tensor);
  }
}

/** A tensor that is left out, under its own name or that of the tensor that it was made of. */
export function skip({ name, shape, dtype }: Tensor, reason: string, listedAs = name): SkippedTensor {
  return { name: listedAs, shape, dtype, reason };
}
