import type { Tensor } from "../formats/tensor.js";

/** A tensor's name in its two parts: what owns it, and what it is there. Frameworks separate by "." or "/"; TensorFlow may append ":0". */
export interface NameParts {
  /** Up to and including the last separator; "" where there is none. */
  readonly owner: string;
  /** "weight", "kernel", "bias", ... */
  readonly leaf: string;
}

export function nameParts(name: string): NameParts {
  const plain = name.replace(/:0$/, "");
  const cut = Math.max(plain.lastIndexOf("."), plain.lastIndexOf("/")) + 1;
  return { owner: plain.slice(0, cut), leaf: plain.slice(cut) };
}

/** The last segment of an owner: "fc" of "block.0.fc.". */
export function lastSegment(owner: string): string {
  return nameParts(owner.slice(0, -1)).leaf;
}

/** Words that only say that a tensor holds its owner's weights; a layer is called by its owner. */
const PLAIN_LEAVES: ReadonlySet<string> = new Set(["weight", "weights", "kernel", "embeddings"]);

/** The word that says what a tensor's place in the network is: "qkv_proj" of "h.0.qkv_proj.weight", "in_proj_weight" of "attn.in_proj_weight". */
export function placeName(name: string): string {
  const { owner, leaf } = nameParts(name);
  return owner.length > 1 && PLAIN_LEAVES.has(leaf) ? lastSegment(owner) : leaf;
}

/**
 * What each tensor's layer is called: the name without a trailing ".weight" or "/kernel" and the like, except where that would be the name of
 * something else too; where the name was made up, what the file's graph calls the place. Unique as long as the tensors' names are.
 */
export function layerNames(tensors: readonly Tensor[]): ReadonlyMap<Tensor, string> {
  const short = new Map<Tensor, string>();
  const uses = new Map<string, number>();
  const use = (name: string): void => void uses.set(name, (uses.get(name) ?? 0) + 1);
  for (const tensor of tensors) {
    const { owner, leaf } = nameParts(tensor.name);
    const name = tensor.hints?.label ?? (owner.length > 1 && PLAIN_LEAVES.has(leaf) ? owner.slice(0, -1) : tensor.name);
    short.set(tensor, name);
    use(name);
    if (name !== tensor.name) use(tensor.name);
  }
  return new Map([...short].map(([tensor, name]) => [tensor, uses.get(name) === 1 ? name : tensor.name]));
}
