/**
 * The two parts of a tensor's name: its owner, and its own name within the owner. Frameworks separate them by "." or
 * "/"; TensorFlow may append ":0".
 */
export interface NameParts {
  /** Up to and including the last separator; "" if there is none. */
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

/** Words that only say that a tensor holds its owner's weights; a layer is named after its owner. */
export const PLAIN_LEAVES: ReadonlySet<string> = new Set(["weight", "weights", "kernel", "embeddings"]);

/**
 * The word that gives a tensor's role in the network: "qkv_proj" for "h.0.qkv_proj.weight", "in_proj_weight" for
 * "attn.in_proj_weight".
 */
export function roleWord(name: string): string {
  const { owner, leaf } = nameParts(name);
  return owner.length > 1 && PLAIN_LEAVES.has(leaf) ? lastSegment(owner) : leaf;
}
