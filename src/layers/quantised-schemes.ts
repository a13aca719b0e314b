import type { Rule } from "./reading.js";

/**
 * A way to store weights as small codes with separate scales, recognised by the names of the tensors that belong
 * together.
 */
interface Scheme {
  readonly name: string;
  /** A member's name: the stem that its companions share, and its kind. */
  readonly member: RegExp;
  /** The scheme applies if the file has a tensor with the stem and one of these suffixes. */
  readonly signs: readonly string[];
  /** If set: only if the stem's "weight" has 8 bits or fewer, or is an integer; wider floats are plain weights. */
  readonly codes?: true;
}

/**
 * The schemes in use, each by the suffixes that its library writes. Packed codes must never be read as weights, nor
 * scales as a matrix.
 */
const SCHEMES: readonly Scheme[] = [
  { name: "GPTQ or AWQ", member: /^(.*?)(?:qweight|qzeros|scales|g_idx)$/, signs: ["qweight"] },
  {
    name: "compressed-tensors",
    member: /^(.*?)weight_(?:packed|scale|zero_point|global_scale|shape|g_idx)$/,
    signs: ["weight_packed"],
  },
  {
    name: "bitsandbytes (4 bits)",
    member: /^(.*weight)(?:|\.absmax|\.quant_map|\.nested_absmax|\.nested_quant_map|\.quant_state\..*)$/,
    signs: [".absmax"],
  },
  { name: "bitsandbytes (int8)", member: /^(.*?)(?:weight|SCB|weight_format)$/, signs: ["SCB"] },
  {
    name: "codes with separate scales (float8 or int8)",
    member: /^(.*?)(?:weight|weight_scale|weight_scale_inv|input_scale|scale_weight|scale_input)$/,
    signs: ["weight_scale", "weight_scale_inv", "scale_weight"],
    codes: true,
  },
  { name: "MXFP4", member: /^(.*?)_(?:blocks|scales)$/, signs: ["_blocks"] },
  { name: "quanto", member: /^(.*weight)\.(?:_data|_scale|_shift)$/, signs: ["._data"] },
  { name: "MLX", member: /^(.*?)(?:weight|scales|biases)$/, signs: ["scales"], codes: true },
];

/** Skips every member of a weight that is stored as codes with scales, and names the scheme. */
export const refuseQuantised: Rule = ({ name, quantised, hints }, { byName }) => {
  if (quantised) return undefined;
  if (hints?.partOf !== undefined) return { reason: `belongs to ${hints.partOf}, which is read dequantised` };
  for (const scheme of SCHEMES) {
    const stem = scheme.member.exec(name)?.[1];
    if (stem === undefined || !scheme.signs.some((sign) => byName.has(stem + sign))) continue;
    const weight = byName.get(`${stem}weight`);
    if (scheme.codes === undefined || (weight !== undefined && (!weight.floating || weight.storedBits <= 8))) {
      return { reason: `part of a weight quantised by ${scheme.name}, which this version does not dequantise` };
    }
  }
  return undefined;
};
