import type { Part, Parts } from "./part.js";
import { endingIn, type Scheme, type StoredWeight } from "./scheme.js";

/** A way to store weights that this version does not read, by the names of the parts in a module. */
interface RefusedScheme {
  readonly name: string;
  /** A member's own name: all members begin with the same stem. */
  readonly members: RegExp;
  /** Members that must be there, each for the scheme to be recognised. */
  readonly signs: readonly string[];
  /** What to do instead, or why. */
  readonly reason: string;
}

const CODEBOOK = "its codes index a codebook, which is not read";
const KERNEL = "its codes are in the order of a GPU kernel, which is not read";
const ROTATED = "its codes are those of a rotated matrix, which is not read";

const VPTQ =
  /^((res_|outlier_)?(indices|centroids|centroids\.weight)|weight_(scale|bias)|perm|invert_perm|norm_(weight|bias))$/;

/**
 * Rules as data; the first match wins. A stem ends before a member's own name. The names are those that the scheme's
 * library stores.
 */
const REFUSED: readonly RefusedScheme[] = [
  { name: "VPTQ", members: VPTQ, signs: ["indices", "centroids.weight"], reason: CODEBOOK },
  { name: "VPTQ", members: VPTQ, signs: ["indices", "centroids"], reason: CODEBOOK },
  { name: "AQLM", members: /^(codes|codebooks|scales)$/, signs: ["codes", "codebooks"], reason: CODEBOOK },
  {
    name: "EXL3",
    members: /^(trellis|su|sv|suh|svh|mcg|mul1|bc|scale)$/,
    signs: ["trellis", "suh"],
    reason: ROTATED,
  },
  { name: "EXL3", members: /^(trellis|su|sv|suh|svh|mcg|mul1)$/, signs: ["trellis", "su"], reason: ROTATED },
  {
    name: "EXL2",
    members: /^(q_weight|q_scale|q_scale_max|q_groups|q_group_map|q_perm|q_invperm)$/,
    signs: ["q_weight"],
    reason: "its rows have different numbers of bits, which is not read",
  },
  {
    name: "QTIP",
    members: /^(trellis|SU|SV|tlut|rcp|tp_rank|grad_ckpt|lut)$/,
    signs: ["trellis", "SU"],
    reason: ROTATED,
  },
  {
    name: "QuIP#",
    members: /^(Qidxs(_\d+)?|SU|SV|Wscale|codebook_id|fuse_scales|A|B|had_(left|right)|scaleWH)$/,
    signs: ["Qidxs"],
    reason: ROTATED,
  },
  { name: "QuIP#", members: /^(Qidxs(_\d+)?|SU|SV|Wscale|codebook_id)$/, signs: ["Qidxs_0"], reason: ROTATED },
  {
    name: "FP-Quant",
    members: /^(qweight|scales|weight_global_scale|act_global_scale|(forward|backward)_hadamard_matrix|dqweight)$/,
    signs: ["qweight", "forward_hadamard_matrix"],
    reason: ROTATED,
  },
  {
    name: "FP-Quant",
    members: /^(qweight|scales|weight_global_scale|act_global_scale)$/,
    signs: ["qweight", "weight_global_scale"],
    reason: ROTATED,
  },
  {
    name: "SVDQuant",
    members:
      /^(qweight|wscales|wzeros|wtscale|wcscales|smooth(_factor)?(_orig)?|proj_(down|up)|lora_(down|up)|ascales|bias)$/,
    signs: ["qweight", "wscales"],
    reason: "its weight is the sum of codes and a low-rank product, in the order of a GPU kernel, which is not read",
  },
  {
    name: "HIGGS or FLUTE",
    members: /^(weight|qweight|scales|tables|tables2|workspace|num_bits|group_size)$/,
    signs: ["tables2"],
    reason: KERNEL,
  },
  { name: "Marlin (2:4 sparse)", members: /^(B_24|B_meta|s|workspace)$/, signs: ["B_24"], reason: KERNEL },
  {
    name: "Marlin (2:4 sparse)",
    members: /^(weight_packed|scale_packed|meta)$/,
    signs: ["scale_packed"],
    reason: KERNEL,
  },
  {
    name: "SqueezeLLM",
    members: /^(qweight|lookup_table|rows|cols|vals|startrows|full_rows|full_row_indices)$/,
    signs: ["qweight", "lookup_table"],
    reason: CODEBOOK,
  },
  {
    name: "SpQR",
    members:
      /^(dense_weights|in_perm|row_offsets|col_vals|col_ptr|buff0|(weight|scale|zero)s?_(scales|zeros)|quant.*)$/,
    signs: ["dense_weights"],
    reason: "its outliers are stored apart, which is not read",
  },
  {
    name: "quanto",
    members: /^weight\.(_data|_scale|_shift|_data\._data|_scale\._data)$/,
    signs: ["weight._shift"],
    reason: "its packed codes are not read",
  },
  {
    name: "BitNet",
    members: /^(weight|weight_scale|weight_bits|input_bits)$/,
    signs: ["weight_bits"],
    reason: "config.json does not say how its ternary codes are packed and scaled",
  },
];

/** Schemes that are recognised only to be refused by name: none of their matrices may pass for a weight. */
export const refusedSchemes: readonly Scheme[] = [...new Set(REFUSED.map(({ name }) => name))].map((name) => ({
  name,
  async find(parts: Parts) {
    const found = new Map<string, StoredWeight>();
    for (const { signs, members, reason } of REFUSED.filter((rule) => rule.name === name)) {
      for (const stem of stemsOf(parts, signs)) {
        const own = membersBelow(parts, stem).filter((part) => members.test(part.name.slice(stem.length)));
        if (!found.has(stem)) found.set(stem, { name: `${stem}weight`, parts: own, reading: { reason } });
      }
    }
    return [...found.values()];
  },
}));

/** Stems (modules, up to their last separator) that have all signs. */
function* stemsOf(parts: Parts, [first, ...others]: readonly string[]): Generator<string> {
  for (const [stem] of endingIn(parts, first))
    if (/(^|[./:])$/.test(stem) && others.every((sign) => parts.has(stem + sign))) yield stem;
}

const BY_MODULE = new WeakMap<Parts, ReadonlyMap<string, readonly Part[]>>();

/** The members of a module, and of the modules that schemes nest in it. */
function membersBelow(parts: Parts, stem: string): readonly Part[] {
  const modules = BY_MODULE.get(parts) ?? byModule(parts);
  BY_MODULE.set(parts, modules);
  return ["", "weight.", "centroids.", "res_centroids.", "outlier_centroids."].flatMap(
    (inner) => modules.get(stem + inner) ?? [],
  );
}

function byModule(parts: Parts): ReadonlyMap<string, readonly Part[]> {
  const modules = new Map<string, Part[]>();
  for (const [name, part] of parts) {
    const owner = name.slice(0, Math.max(...[".", "/", ":"].map((mark) => name.lastIndexOf(mark))) + 1);
    const known = modules.get(owner);
    if (known === undefined) modules.set(owner, [part]);
    else known.push(part);
  }
  return modules;
}
