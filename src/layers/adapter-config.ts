import { valueAt } from "./model-config.js";
import { type ModulePattern, needsEngine, parsePattern, patternValue, stepsOfPattern } from "./module-pattern.js";
import type { PatternEngine } from "./pattern-engine.js";

/** The scale of an adapter's products, from its configuration. */
export interface AdapterConfig {
  /** Where the configuration was found, for notes: "adapter_config.json". */
  readonly source: string;
  readonly rank?: number | undefined;
  readonly alpha?: number | undefined;
  /** Rank-stabilised: alpha / sqrt(r) instead of alpha / r [Kal23]. */
  readonly rankStabilised: boolean;
  /** The scale itself, as MLX writes it. */
  readonly scale?: number | undefined;
  /** The adapted weights are stored as in x out (GPT-2's Conv1D), and so is the product. */
  readonly fanInFanOut: boolean;
  readonly alphaPattern: ModulePattern;
  readonly rankPattern: ModulePattern;
  /** Configurations of the components of a pipeline ("transformer", "text_encoder"), with their own module names. */
  readonly components?: ReadonlyMap<string, AdapterConfig>;
}

export interface AdapterConfigOptions {
  /** Runs patterns that are regular expressions. Without it, they are refused (`ModulePattern.refused`). */
  readonly engine?: PatternEngine | undefined;
  readonly source?: string;
}

/**
 * Reads a parsed adapter_config.json (of PEFT, torchtune or MLX). Pure. Fields that are missing or of the wrong kind
 * are ignored.
 */
export function parseAdapterConfig(
  json: unknown,
  { engine, source = "adapter_config.json" }: AdapterConfigOptions = {},
): AdapterConfig {
  const mlx = valueAt(json, "lora_parameters");
  return {
    source,
    rank: positive(valueAt(json, "r")) ?? positive(valueAt(mlx, "rank")),
    alpha: finite(valueAt(json, "lora_alpha")),
    rankStabilised: valueAt(json, "use_rslora") === true,
    scale: finite(valueAt(mlx, "scale")),
    fanInFanOut: valueAt(json, "fan_in_fan_out") === true,
    alphaPattern: parsePattern(valueAt(json, "alpha_pattern"), engine),
    rankPattern: parsePattern(valueAt(json, "rank_pattern"), engine),
  };
}

/** Whether a parsed configuration has patterns that need an engine. */
export function hasExpressions(json: unknown): boolean {
  return ["alpha_pattern", "rank_pattern"].some((key) => needsEngine(valueAt(json, key)));
}

/** The key under which Diffusers writes an adapter's configuration into the header of a safetensors file. */
export const METADATA_KEY = "lora_adapter_metadata";

/**
 * The configurations in the parsed `lora_adapter_metadata` of a file by component. Each key is "transformer.r" or the
 * like; "" is the component of keys without a prefix [diffusers, loaders/lora_base.py, _pack_dict_with_prefix].
 */
export function componentsOf(json: unknown): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  const components = new Map<string, Record<string, unknown>>();
  if (typeof json !== "object" || json === null) return components;
  for (const [key, value] of Object.entries(json)) {
    const dot = key.lastIndexOf(".");
    const component = key.slice(0, Math.max(0, dot));
    const fields = components.get(component) ?? Object.create(null);
    fields[key.slice(dot + 1)] = value;
    components.set(component, fields);
  }
  return components;
}

/** A configuration that holds others by component; what it says itself is `own`, or nothing. */
export function withComponents(
  components: ReadonlyMap<string, AdapterConfig>,
  own: AdapterConfig | undefined,
): AdapterConfig {
  return { ...(components.get("") ?? own ?? parseAdapterConfig({})), components };
}

/**
 * The configuration in a file's metadata, where it is plain numbers: llama.cpp's (alpha absent or 0: the product is
 * added as it is, scale 1 [llama.cpp, src/llama-adapter.h, get_scale]) and kohya's; undefined for other files.
 */
export function adapterFromMetadata(metadata: Readonly<Record<string, string>>): AdapterConfig | undefined {
  if (metadata["adapter.type"] === "lora" || metadata["adapter.lora.alpha"] !== undefined) {
    const alpha = Number(metadata["adapter.lora.alpha"] ?? 0);
    const source = "adapter.lora.alpha in the file's metadata";
    return alpha === 0 || !Number.isFinite(alpha)
      ? { ...parseAdapterConfig({ lora_parameters: { scale: 1 } }), source: `${source} is absent or 0` }
      : parseAdapterConfig({ lora_alpha: alpha }, { source });
  }
  const alpha = Number(metadata.ss_network_alpha ?? Number.NaN);
  return Number.isFinite(alpha)
    ? parseAdapterConfig({ lora_alpha: alpha }, { source: "ss_network_alpha in the file's metadata" })
    : undefined;
}

/** The configuration for a module: that of its component, with the module's name within it. */
export function configOfModule(
  config: AdapterConfig,
  module: string,
): { readonly config: AdapterConfig; readonly module: string } {
  for (const [component, own] of config.components ?? []) {
    if (component !== "" && module.startsWith(`${component}.`))
      return { config: own, module: module.slice(component.length + 1) };
  }
  return { config, module };
}

const BASE_STEPS = 64;

/** The largest number of steps that `configuredScale` and `configuredRank` take for a module. */
export function stepsOfPatterns(config: AdapterConfig, module: string): number {
  const own = configOfModule(config, module).config;
  return BASE_STEPS + stepsOfPattern(own.alphaPattern, module) + stepsOfPattern(own.rankPattern, module);
}

/** The factor on B A, and its source. */
export interface AdapterScale {
  readonly scale: number;
  readonly how: string;
}

/** Why the factor on B A is not known, although the configuration has one. */
export interface RefusedScale {
  readonly refused: string;
}

/** The scale of a module's product; undefined if the configuration does not give one. */
export function configuredScale(
  whole: AdapterConfig,
  target: string,
  rank: number,
): AdapterScale | RefusedScale | undefined {
  const { config, module } = configOfModule(whole, target);
  const { source } = config;
  const found = patternValue(config.alphaPattern, module);
  if (typeof found === "object") {
    const { key, why } = found;
    return { refused: `the key "${key}" of alpha_pattern in ${source} may give its alpha, but was not read: ${why}` };
  }
  const alpha = found ?? config.alpha;
  if (alpha === undefined)
    return config.scale === undefined ? undefined : { scale: config.scale, how: `scale ${config.scale} (${source})` };
  return config.rankStabilised
    ? { scale: alpha / Math.sqrt(rank), how: `alpha ${alpha} / sqrt(${rank}) (${source})` }
    : { scale: alpha / rank, how: `alpha ${alpha} / ${rank} (${source})` };
}

/** The rank that the configuration gives for a module; undefined if it gives none, or its pattern was not read. */
export function configuredRank(whole: AdapterConfig, target: string): number | undefined {
  const { config, module } = configOfModule(whole, target);
  const found = patternValue(config.rankPattern, module);
  return typeof found === "object" ? undefined : (found ?? config.rank);
}

function finite(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function positive(value: unknown): number | undefined {
  const number = finite(value);
  return number !== undefined && Number.isSafeInteger(number) && number > 0 ? number : undefined;
}
