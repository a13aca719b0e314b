import type { Tensor } from "../formats/tensor.js";

/** Which factor of a pair a tensor is: `a` maps the inputs to r numbers, `b` maps those to the outputs. */
type FactorKind = "a" | "b";

/**
 * How the factors are stored. "linear": A is r x in, B is out x r. PEFT's embeddings make a table of in x out from
 * that; llama.cpp stores theirs as in x r and out x r; MLX stores A as in x r, B as r x out.
 */
export type FactorLayout = "linear" | "embedding" | "gguf-embedding" | "mlx";

/** The names that a library gives the two factors of W = scale B A [HSW22]. */
interface Convention {
  /** The adapted module, which factor, and (in PEFT's running models) the adapter's name. */
  readonly pattern: RegExp;
  readonly layout: FactorLayout;
}

/** The first match wins. */
const CONVENTIONS: readonly Convention[] = [
  // PEFT, loralib.
  { pattern: /^(.*?)\.lora_(A|B)(?:\.(?!weight$)([^.]+))?(?:\.weight)?$/, layout: "linear" },
  { pattern: /^(.*?)\.lora_embedding_(A|B)(?:\.([^.]+))?$/, layout: "embedding" },
  // Diffusers before PEFT, its attention processors, x-flux (whose two streams are numbered).
  { pattern: /^(.*?)(?:\.lora|_lora|\.lora_linear_layer)\.(down|up)\.weight$/, layout: "linear" },
  { pattern: /^(.*?_lora[12])\.(down|up)\.weight$/, layout: "linear" },
  // kohya's scripts, LyCORIS, OneTrainer.
  { pattern: /^(.*?)\.lora_(down|up)\.weight$/, layout: "linear" },
  // llama.cpp.
  { pattern: /^(.*?token_embd)\.weight\.lora_(a|b)$/, layout: "gguf-embedding" },
  { pattern: /^(.*?)\.weight\.lora_(a|b)$/, layout: "linear" },
  // torchtune.
  { pattern: /^(.*?)\.lora_(a|b)\.weight$/, layout: "linear" },
  { pattern: /^(.*?)\.lora_(a|b)$/, layout: "mlx" },
  // NeMo and Megatron Bridge.
  { pattern: /^(.*?)(?:\.adapter_layer\.lora_\w+_adapter|\.adapter)\.linear_(in|out)\.weight$/, layout: "linear" },
];

const KINDS: Readonly<Record<string, FactorKind>> = {
  ...{ A: "a", B: "b", a: "a", b: "b" },
  ...{ down: "a", up: "b", in: "a", out: "b" },
};

/** A substring that all of them share, to reject most other names quickly. */
const ADAPTER = /[ld]ora|\.lokr_|\.hada_|\.vera_|oft_|\.ia3_|\.glora_|adapter/;

/**
 * Parts of adapters of which no product is made here. The magnitudes of DoRA scale rows of W + dW and mean nothing
 * without W.
 */
const OTHER_PARTS: readonly (readonly [RegExp, string])[] = [
  [
    /[._](?:lora_magnitude_vector|dora_scale)(?:\.|$)/,
    "the magnitudes of a DoRA adapter, which need the base's weights: only B A is analysed",
  ],
  [/\.hada_[wt]\d/, "a factor of a LoHa adapter, which this version does not support"],
  [/\.lokr_[wt]\d/, "a factor of a LoKr adapter, which this version does not support"],
  [/\.lora_(?:E|ranknum)(?:\.|$)/, "a factor of an AdaLoRA adapter, which this version does not support"],
  [/\.(?:vera_lambda_[bd]|vera_[AB])(?:\.|$)/, "a factor of a VeRA adapter, which this version does not support"],
  [
    /\.(?:oft_[rsR]|boft_[rsR]|oft_blocks|oft_diag|ia3_l)(?:\.|$)/,
    "a factor of an OFT or IA3 adapter, which multiplies W",
  ],
  [/\.lora_mid\.weight$/, "the core of a Tucker adapter, which this version does not support"],
  [
    /(?:^|\.)parametrizations\.[^.]+\.\d+\.lora_[AB]$/,
    "a factor of an adapter that is a parametrisation (minLoRA), whose scale is not in the file",
  ],
];

/** A factor's place in a pair. */
export interface FactorName {
  /** The module as the file calls it. */
  readonly module: string;
  /** The base's name for the module. */
  readonly target: string;
  readonly adapterName: string;
  readonly layout: FactorLayout;
  readonly kind: FactorKind;
}

/** Reads a tensor's name as that of a factor, or of another part of an adapter, with the reason why it is no layer. */
export function adapterPart({ name, floating }: Tensor): FactorName | { readonly reason: string } | undefined {
  if (!ADAPTER.test(name)) return undefined;
  const other = OTHER_PARTS.find(([pattern]) => pattern.test(name));
  if (other !== undefined) return { reason: other[1] };
  if (!floating) return undefined;
  for (const { pattern, layout } of CONVENTIONS) {
    const match = pattern.exec(name);
    if (match === null || match[1] === "") continue;
    const module = match[1];
    return { module, target: targetOf(module), adapterName: match[3] ?? "", layout, kind: KINDS[match[2]] };
  }
  return undefined;
}

/** x-flux numbers the streams of a double block: 1 the image, 2 the text [x-flux, src/flux/modules/layers.py]. */
const FLUX_STREAMS: Readonly<Record<string, string>> = { 1: "img_attn", 2: "txt_attn" };

/**
 * The base's name for a module. PEFT wraps the model. Attention processors stood between an attention and its
 * projections; "to_out" was the first of a list there [diffusers, loaders/utils.py].
 */
function targetOf(module: string): string {
  return module
    .replace(/^base_model\.model\./, "")
    .replace(/^(double_blocks\.\d+)\.processor\.(qkv|proj)_lora([12])$/, (_, block, part, stream) =>
      [block, FLUX_STREAMS[stream], part].join("."),
    )
    .replace(/\.processor\.(to_[qkv])$/, ".$1")
    .replace(/\.processor\.to_out$/, ".to_out.0");
}
