import type { Pace } from "../bytes/pace.js";
import { type FileSet, FormatError, type WeightFile } from "../formats/index.js";
import { componentsOf, hasExpressions, METADATA_KEY, withComponents } from "../layers/adapter-config.js";
import {
  type AdapterConfig,
  loadPatternEngine,
  type ModelConfig,
  parseAdapterConfig,
  parseModelConfig,
} from "../layers/index.js";
import { MAX_CONFIG_BYTES, plainJson } from "./config-json.js";

/** A file that was looked for; without a size if it is not there. */
export interface LookedFor {
  readonly name: string;
  readonly byteLength?: number;
}

/** What the configuration files next to a model say about its layers. */
export interface Configs {
  readonly config?: ModelConfig;
  readonly adapter?: AdapterConfig;
  /** For the heads of attention, if they are asked for: config.json beside a file of any format. */
  readonly headConfig?: ModelConfig;
  /** The configuration files that were opened, and those that are not there. */
  readonly beside: readonly LookedFor[];
  readonly warnings: readonly string[];
}

/**
 * Names of tensors whose layout config.json gives: fused projections and stacked experts. Without such a tensor,
 * config.json is not opened.
 */
const LAID_OUT_BY_CONFIG = /qkv|query_key_value|c_attn|in_proj|gate_up|experts|dense_h_to_4h/i;
/** Formats whose models come with a config.json that gives the layout of fused projections. */
const WITH_CONFIG = new Set(["safetensors", "pytorch"]);
/** The configuration files that may lie next to a model. */
export const CONFIG_NAMES = ["config.json", "adapter_config.json", "quantize_config.json"] as const;

/**
 * Reads config.json and adapter_config.json if the tensors' names need them. A file that exists but cannot be read
 * gives a warning.
 */
export async function configsBeside(
  files: FileSet,
  file: WeightFile,
  { pace, heads = false }: { readonly pace: Pace; readonly heads?: boolean },
): Promise<Configs> {
  const known = WITH_CONFIG.has(file.format);
  if (!known && !heads) return { beside: [], warnings: [] };
  const { signal } = pace;
  const warnings: string[] = [];
  const beside: LookedFor[] = [];
  const read = async (name: string): Promise<unknown> => {
    try {
      return await readJson(files, name, { pace, onOpened: (byteLength) => beside.push({ name, byteLength }) });
    } catch (cause) {
      signal?.throwIfAborted();
      if (cause instanceof FormatError && cause.kind === "missing") {
        beside.push({ name });
        return undefined;
      }
      warnings.push(`${name} was not read (${cause instanceof Error ? cause.message : String(cause)})`);
      return undefined;
    }
  };
  const any = (pattern: RegExp): boolean => known && file.tensors.some(({ name }) => pattern.test(name));
  const laidOut = any(LAID_OUT_BY_CONFIG);
  const json = laidOut || heads ? await read("config.json") : undefined;
  const config = laidOut ? json : undefined;
  const adapter = any(/lora/i) ? await read("adapter_config.json") : undefined;
  return {
    ...(config === undefined ? {} : { config: parseModelConfig(config) }),
    ...(json === undefined || !heads ? {} : { headConfig: parseModelConfig(json) }),
    ...(await adapterOf(adapter, file.metadata[METADATA_KEY], { warnings, pace })),
    beside,
    warnings,
  };
}

/** The adapter's configuration from the file beside it and from the header of its own file, which has precedence. */
async function adapterOf(
  beside: unknown,
  written: string | undefined,
  { warnings, pace }: { readonly warnings: string[]; readonly pace: Pace },
): Promise<Pick<Configs, "adapter">> {
  const own = written === undefined ? undefined : await parseWritten(written, { warnings, pace });
  const components = [...componentsOf(own)];
  const engine = [beside, ...components.map(([, json]) => json)].some(hasExpressions)
    ? await loadPatternEngine()
    : undefined;
  const adapter = beside === undefined ? undefined : parseAdapterConfig(beside, { engine });
  if (components.length === 0) return adapter === undefined ? {} : { adapter };
  const source = `${METADATA_KEY} in the file's header`;
  const parsed = components.map(([name, json]) => [name, parseAdapterConfig(json, { engine, source })] as const);
  return { adapter: withComponents(new Map(parsed), adapter) };
}

async function parseWritten(
  text: string,
  { warnings, pace }: { readonly warnings: string[]; readonly pace: Pace },
): Promise<unknown> {
  try {
    return await plainJson(new TextEncoder().encode(text), pace);
  } catch (cause) {
    pace.signal?.throwIfAborted();
    warnings.push(
      `${METADATA_KEY} in the file's header was not read (${cause instanceof Error ? cause.message : String(cause)})`,
    );
    return undefined;
  }
}

interface JsonReading {
  readonly pace: Pace;
  /** Called with the size of the file if it could be opened. */
  readonly onOpened: (byteLength: number) => void;
}

async function readJson(files: FileSet, name: string, { pace, onOpened }: JsonReading): Promise<unknown> {
  const source = await files.open(name);
  try {
    onOpened(source.byteLength);
    if (source.byteLength > MAX_CONFIG_BYTES)
      throw new RangeError(`${source.byteLength} bytes, at most ${MAX_CONFIG_BYTES} are read`);
    pace.grant(source.byteLength);
    const bytes = await source.read(0, source.byteLength, pace.signal);
    return await plainJson(bytes, pace);
  } finally {
    await source.close?.();
  }
}
