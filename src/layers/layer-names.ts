import { finish, type Pace, type Steps, unpaced } from "../bytes/pace.js";
import type { Tensor } from "../formats/tensor.js";
import { nameParts, PLAIN_LEAVES } from "./tensor-name.js";

/**
 * The name of each tensor's layer: the tensor's name without a trailing ".weight", "/kernel" and the like, unless
 * another tensor has that name too. If the tensor's name was generated, the name from the file's graph. Unique if the
 * tensors' names are.
 */
export function layerNames(tensors: readonly Tensor[]): ReadonlyMap<Tensor, string> {
  return finish(layerNamesInSteps(tensors, unpaced()));
}

/** Steps to split a name and store it: these, plus one per so many characters. */
const NAME_STEPS = 8;
const CHARACTERS_PER_STEP = 8;

/** `layerNames` with pauses. */
export function* layerNamesInSteps(tensors: readonly Tensor[], pace: Pace): Steps<ReadonlyMap<Tensor, string>> {
  const full = new Set<string>();
  const short: (string | undefined)[] = [];
  for (const tensor of tensors) {
    if (pace.spend(NAME_STEPS + Math.ceil(tensor.name.length / CHARACTERS_PER_STEP))) yield;
    full.add(tensor.name);
    short.push(shortName(tensor));
  }
  const taken = new Set<string>();
  const twice = new Set<string>();
  for (const name of short) {
    if (pace.spend(NAME_STEPS)) yield;
    if (name === undefined) continue;
    if (taken.has(name) || full.has(name)) twice.add(name);
    taken.add(name);
  }
  const names = new Map<Tensor, string>();
  for (const [k, tensor] of tensors.entries()) {
    if (pace.spend(NAME_STEPS)) yield;
    const own = short[k];
    names.set(tensor, own === undefined || twice.has(own) ? tensor.name : own);
  }
  return names;
}

/** Undefined if it is the tensor's own name. */
function shortName({ name, hints }: Tensor): string | undefined {
  const { owner, leaf } = nameParts(name);
  const short = hints?.label ?? (owner.length > 1 && PLAIN_LEAVES.has(leaf) ? owner.slice(0, -1) : name);
  return short === name ? undefined : short;
}
