import type { Pace, Steps } from "../bytes/pace.js";
import type { Tensor } from "../formats/tensor.js";
import { knownBuffer } from "./known-buffers.js";
import { nameParts } from "./tensor-name.js";

/** Companions that a plain matrix never has, so that one called "weight" beside them may hold codes. */
const OF_CODES = new RegExp(
  `^_?(${[
    "weight_(scale(_inv|_2)?|scales|zero_point|global_scale|scaling)",
    "weights_scaling_factor|scale_weight|qscale_weight|scales",
    "q?zeros|qweight|absmax|SCB|quant_map|code_?books?|centroids|bit_?mask|indices|W_q|lookup_table",
  ].join("|")})$`,
);
/** Segments between a module and its tensors that schemes insert: "fc.weight.absmax" belongs to fc. */
const INNER = /^_?(weight|qweight|kernel|W_q|codes?|meta|packed|_?packed_params|tensor_impl|quant\w*|weight_quant\w*)$/;

/** What a module holds besides its floating-point matrices. */
interface Companions {
  /** Integers of several axes, or 8-bit floats. */
  codes?: Tensor;
  /** The longest list of integers: packed codes may be stored flat. */
  flat?: Tensor;
  /** A tensor whose name says that the module's weight is stored as codes. */
  ofCodes?: Tensor;
}

/** By module, what speaks against its matrices. */
export type CompanionsByModule = ReadonlyMap<string, Companions>;

const TENSOR_STEPS = 8;

/**
 * Looks through all tensors once. In an archive of arrays without modules, a name's last word takes a module's place.
 */
export function* companionsByModule(
  tensors: readonly Tensor[],
  { format, pace }: { readonly format: string; readonly pace: Pace },
): Steps<CompanionsByModule> {
  const modules = new Map<string, Companions>();
  for (const tensor of tensors) {
    if (pace.spend(TENSOR_STEPS + tensor.name.length / 8)) yield;
    const key = moduleOf(tensor.name, format);
    const { leaf } = nameParts(tensor.name);
    const integers = /^[IU]\d+$/.test(tensor.dtype) && !tensor.quantised;
    const codes = integers || (tensor.floating && tensor.storedBits <= 8 && !tensor.quantised);
    const long = tensor.shape.filter((side) => side > 1).length;
    const named = OF_CODES.test(lastName(leaf));
    if ((!codes || long === 0) && !named) continue;
    const known = modules.get(key) ?? {};
    modules.set(key, known);
    if (named) known.ofCodes ??= tensor;
    if (!codes || long === 0 || knownBuffer(tensor) !== undefined) continue;
    if (long > 1) known.codes ??= tensor;
    else if (elements(tensor) > (known.flat === undefined ? 0 : elements(known.flat))) known.flat = tensor;
  }
  return modules;
}

/** A member's own word: "x:scale" ends in "scale". */
export function lastName(leaf: string): string {
  return leaf.slice(leaf.lastIndexOf(":") + 1);
}

/** The number of elements of a tensor. */
export function elements({ shape }: Tensor): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** The module to which a tensor belongs: its owner, without segments that schemes insert. */
export function moduleOf(name: string, format: string): string {
  let segments = name.split(/[./:]/).slice(0, -1);
  if (segments.length === 0 && (format === "npz" || format === "npy"))
    return `_${name.slice(0, Math.max(0, name.lastIndexOf("_")))}`;
  while (segments.length > 0 && INNER.test(segments[segments.length - 1])) segments = segments.slice(0, -1);
  return segments.join(".");
}
