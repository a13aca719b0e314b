/** How one weight's parts are called. */
export interface MemberNames {
  /** The weight's own name: "x.weight". */
  readonly weight: string;
  /** The names that its scales may have, the likelier first. */
  readonly scales: readonly string[];
  /** The names that its zero points may have. */
  readonly zeros: readonly string[];
  /** Scales of activations and the like, which belong to the weight and do not change it. */
  readonly others: readonly string[];
}

/**
 * torchao's safetensors: "x.weight" is stored as "x._weight_qdata", "x._weight_scale" [torchao, safetensors_support].
 */
const TORCHAO = /^(|.*\.)_(\w+?)_(?:qdata|int_data|float8_data|tensor_data|data)$/;
/**
 * Its first version, and attributes of pickled tensor subclasses: "x.weight:qdata", "x.weight:tensor_impl:int_data".
 */
const ATTRIBUTE = /^([^:]+):((?:\w+:)*)_?(?:qdata|data|int_data|float8_data|tensor_data)$/;
/** quanto: "x.weight._data", "x.weight._scale" [optimum-quanto, tensor/weights/qbytes.py]. */
const QUANTO = /^(.*)\._data$/;

/**
 * The names that libraries give to the companions of codes called `codes`. torchao, quanto: see above. DeepSeek,
 * transformers: `x.weight_scale_inv`, `x.scale`. compressed-tensors, ModelOpt, fbgemm: `x.weight_scale`. ComfyUI:
 * `x.scale_weight`. Mistral: `x.qscale_weight`. TensorRT-LLM: `x.weights_scaling_factor`. EETQ: `x.weight_scales`.
 */
export function memberNames(codes: string): MemberNames {
  const torchao = TORCHAO.exec(codes);
  if (torchao !== null) {
    const [, module, parameter] = torchao;
    const stem = `${module}_${parameter}_`;
    return attributes(module + parameter, (name) => `${stem}${name}`);
  }
  const attribute = ATTRIBUTE.exec(codes);
  if (attribute !== null) return attributes(attribute[1], (name) => `${attribute[1]}:${attribute[2]}${name}`);
  const quanto = QUANTO.exec(codes);
  if (quanto !== null) return { weight: quanto[1], scales: [`${quanto[1]}._scale`], zeros: [], others: [] };
  const stem = codes.endsWith("weight") ? codes.slice(0, -"weight".length) : undefined;
  const inModule = (...names: string[]): string[] => (stem === undefined ? [] : names.map((name) => stem + name));
  return {
    weight: codes,
    scales: [
      ...["_scale_inv", "_scale", "_scales"].map((suffix) => codes + suffix),
      ...inModule("scale_weight", "qscale_weight", "weights_scaling_factor", "weight_scaling_factor"),
      ...inModule("scale", "scale_inv", "scales"),
    ],
    zeros: [`${codes}_zero_point`, `${codes}_zero_points`, ...inModule("zero_point", "zeros")],
    others: [
      ...inModule("input_scale", "scale_input", "qscale_act", "activation_scaling_factor", "input_zero_point"),
      ...inModule("act_scale", "activation_scale", "output_scale"),
    ],
  };
}

function attributes(weight: string, name: (attribute: string) => string): MemberNames {
  return {
    weight,
    scales: ["scale", "_scale", "scales", "_scale_e8m0"].map(name),
    zeros: ["zero_point", "_zero_point", "zero"].map(name),
    others: ["act_scale", "act_pre_scale", "per_tensor_scale", "act_per_tensor_scale"].map(name),
  };
}
