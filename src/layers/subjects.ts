import type { Tensor } from "../formats/tensor.js";
import type { Composed, Composition } from "./composition.js";
import type { SkippedTensor } from "./layer.js";

/** What is to be read: a tensor of the file, or one put together; and what is left out on its account, to stand at its place in the file's order. */
export interface Subject {
  readonly composition?: Composition;
  readonly skipped: SkippedTensor[];
}

export interface Subjects {
  readonly subjects: ReadonlyMap<Tensor, Subject>;
  /** For every tensor of the file. */
  readonly skippedBy: ReadonlyMap<Tensor, SkippedTensor[]>;
}

/** The file's tensors in its order, each composition in place of the first of its members. */
export function gatherSubjects(tensors: readonly Tensor[], { compositions }: Composed): Subjects {
  const compositionOf = new Map(
    compositions.flatMap((composition) => [...composition.members.keys()].map((member) => [member, composition])),
  );
  const subjects = new Map<Tensor, Subject>();
  const skippedBy = new Map<Tensor, SkippedTensor[]>();
  for (const tensor of tensors) {
    const skipped: SkippedTensor[] = [];
    skippedBy.set(tensor, skipped);
    const composition = compositionOf.get(tensor);
    const part = composition?.members.get(tensor);
    if (typeof part === "string") skipped.push(skip(tensor, part));
    if (composition === undefined) subjects.set(tensor, { skipped });
    else if (!subjects.has(composition.tensor)) subjects.set(composition.tensor, { composition, skipped });
  }
  return { subjects, skippedBy };
}

/** A tensor that is left out, under its own name or that of the tensor that it was made of. */
export function skip({ name, shape, dtype }: Tensor, reason: string, listedAs = name): SkippedTensor {
  return { name: listedAs, shape, dtype, reason };
}
