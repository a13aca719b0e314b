import { finish, type Pace, type Steps, unpaced } from "../formats/pace.js";
import type { Tensor } from "../formats/tensor.js";

/**
 * A tensor's name in its two parts: what owns it, and what it is there. Frameworks separate by "." or "/"; TensorFlow
 * may append ":0".
 */
export interface NameParts {
  /** Up to and including the last separator; "" where there is none. */
  readonly owner: string;
  /** "weight", "kernel", "bias", ... */
  readonly leaf: string;
}

export function nameParts(name: string): NameParts {
  const plain = name.endsWith(":0") ? name.slice(0, -2) : name;
  const cut = Math.max(plain.lastIndexOf("."), plain.lastIndexOf("/")) + 1;
  return { owner: plain.slice(0, cut), leaf: plain.slice(cut) };
}

/** The last segment of an owner: "fc" of "block.0.fc.". */
export function lastSegment(owner: string): string {
  return nameParts(owner.slice(0, -1)).leaf;
}

/** Words that only say that a tensor holds its owner's weights; a layer is called by its owner. */
const PLAIN_LEAVES: ReadonlySet<string> = new Set(["weight", "weights", "kernel", "embeddings"]);

/**
 * The word that says what a tensor's place in the network is: "qkv_proj" of "h.0.qkv_proj.weight", "in_proj_weight" of
 * "attn.in_proj_weight".
 */
export function placeName(name: string): string {
  const { owner, leaf } = nameParts(name);
  return owner.length > 1 && PLAIN_LEAVES.has(leaf) ? lastSegment(owner) : leaf;
}

/**
 * What each tensor's layer is called: the name without a trailing ".weight" or "/kernel" and the like, except where
 * that would be the name of something else too; where the name was made up, what the file's graph calls the place.
 * Unique as long as the tensors' names are.
 */
export function layerNames(tensors: readonly Tensor[]): ReadonlyMap<Tensor, string> {
  return finish(layerNamesInSteps(tensors, unpaced()));
}

/** Steps of taking a name apart and filing it: these, and one for so many characters. */
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

/** Undefined where it is the tensor's own name. */
function shortName({ name, hints }: Tensor): string | undefined {
  const { owner, leaf } = nameParts(name);
  const short = hints?.label ?? (owner.length > 1 && PLAIN_LEAVES.has(leaf) ? owner.slice(0, -1) : name);
  return short === name ? undefined : short;
}
