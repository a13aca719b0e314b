/**
 * The shapes given by a model's configuration: enough to split fused projections. A field that it does not give is
 * absent.
 */
export interface ModelConfig {
  /**
   * The family, in Hugging Face's word ("gpt_neox", "llama", ...). It decides how the heads of a fused projection are
   * ordered.
   */
  readonly modelType?: string | undefined;
  readonly hiddenSize?: number | undefined;
  /** Heads of the queries, and of keys and values (the same number, or fewer). */
  readonly heads?: number | undefined;
  readonly keyValueHeads?: number | undefined;
  readonly headDim?: number | undefined;
  /** Rows of a head of values, if they differ from those of queries. */
  readonly valueDim?: number | undefined;
  /** Heads of the encoder and of the decoder, where the configuration gives them apart (BART, Whisper). */
  readonly encoderHeads?: number | undefined;
  readonly decoderHeads?: number | undefined;
  /** Keys and values come from a compression that all heads share (DeepSeek). */
  readonly latent?: true | undefined;
  /** For a model of images and text: the configuration of its image side. */
  readonly vision?: ModelConfig;
}

/** The keys under which the families write a number. */
const KEYS = {
  hiddenSize: ["hidden_size", "n_embd", "n_embed", "d_model", "embed_dim", "dim"],
  heads: ["num_attention_heads", "n_head", "num_heads", "n_heads"],
  keyValueHeads: ["num_key_value_heads", "num_kv_heads", "n_head_kv", "multi_query_group_num", "kv_n_heads"],
  headDim: ["head_dim", "kv_channels", "d_kv"],
  valueDim: ["v_head_dim"],
  encoderHeads: ["encoder_attention_heads"],
  decoderHeads: ["decoder_attention_heads"],
  latentRank: ["kv_lora_rank"],
} as const;

/** The keys under which a model with several sides stores the configuration of its language side. */
const TEXT_KEYS = ["text_config", "llm_config", "language_config", "thinker_config"];
/** Configurations within configurations: models of speech, image and text have three. */
const MAX_SIDES = 8;
const VISION_KEYS = ["vision_config", "vision_tower_config"];

/**
 * Reads a parsed config.json (Hugging Face's). Pure. Fields that are missing or of the wrong kind are ignored, so any
 * JSON gives a valid, possibly empty, configuration.
 */
export function parseModelConfig(json: unknown): ModelConfig {
  let config: ModelConfig = {};
  let level: unknown = json;
  for (let depth = 0; depth < MAX_SIDES && level !== undefined; depth++) {
    const side: unknown = level;
    const vision = VISION_KEYS.map((key) => valueAt(side, key)).find(isObject);
    config = { ...config, ...sideOf(side), ...(vision === undefined ? {} : { vision: sideOf(vision) }) };
    level = TEXT_KEYS.map((key) => valueAt(side, key)).find(isObject);
  }
  return config;
}

function sideOf(json: unknown): ModelConfig {
  const modelType = valueAt(json, "model_type");
  const heads = wholeAt(json, KEYS.heads);
  return defined({
    modelType: typeof modelType === "string" ? modelType : undefined,
    hiddenSize: wholeAt(json, KEYS.hiddenSize),
    heads,
    keyValueHeads: sharesOneHead(json) ? 1 : (wholeAt(json, KEYS.keyValueHeads) ?? heads),
    headDim: wholeAt(json, KEYS.headDim),
    valueDim: wholeAt(json, KEYS.valueDim),
    encoderHeads: wholeAt(json, KEYS.encoderHeads),
    decoderHeads: wholeAt(json, KEYS.decoderHeads),
    latent: wholeAt(json, KEYS.latentRank) === undefined ? undefined : true,
  });
}

/**
 * Falcon and StarCoder write `multi_query`: one head of keys and values, whatever Falcon 7B's `num_kv_heads` says. Not
 * so in Falcon's new architecture.
 */
function sharesOneHead(json: unknown): boolean {
  return valueAt(json, "multi_query") === true && valueAt(json, "new_decoder_architecture") !== true;
}

/**
 * The configuration in a GGUF file's own metadata, whose keys begin with the architecture; undefined if there is none.
 */
export function configFromMetadata(metadata: Readonly<Record<string, string>>): ModelConfig | undefined {
  const architecture = metadata["general.architecture"];
  if (architecture === undefined) return undefined;
  const whole = (key: string): number | undefined => positive(Number(metadata[`${architecture}.${key}`]));
  const heads = whole("attention.head_count");
  return defined({
    hiddenSize: whole("embedding_length"),
    heads,
    keyValueHeads: whole("attention.head_count_kv") ?? heads,
    headDim: whole("attention.key_length"),
    valueDim: whole("attention.value_length"),
    latent: whole("attention.kv_lora_rank") === undefined ? undefined : true,
  });
}

/** Rows of queries, keys and values of one layer, in heads of one size. */
export interface HeadCounts {
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headDim: number;
}

/** The heads given by a configuration; undefined if it does not give them, or if the numbers contradict each other. */
export function headCounts({ heads, keyValueHeads = heads, hiddenSize, headDim }: ModelConfig): HeadCounts | undefined {
  if (heads === undefined || keyValueHeads === undefined || heads % keyValueHeads !== 0) return undefined;
  const size = headDim ?? (hiddenSize === undefined ? Number.NaN : hiddenSize / heads);
  return Number.isInteger(size) ? { heads, keyValueHeads, headDim: size } : undefined;
}

/** The side of the model to which a tensor belongs, by its name. */
export function configFor(name: string, config: ModelConfig | undefined): ModelConfig | undefined {
  return config?.vision !== undefined && /(?:^|[./_])(?:vision|visual|image|vit)/i.test(name) ? config.vision : config;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Only the object's own properties: a key called "constructor" finds nothing. */
export function valueAt(json: unknown, key: string): unknown {
  return isObject(json) && Object.hasOwn(json, key) ? (json as Record<string, unknown>)[key] : undefined;
}

function wholeAt(json: unknown, keys: readonly string[]): number | undefined {
  return keys.map((key) => positive(valueAt(json, key))).find((value) => value !== undefined);
}

function positive(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

/** The same record without its undefined fields, which would override defaults. */
function defined(config: ModelConfig): ModelConfig {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
}
