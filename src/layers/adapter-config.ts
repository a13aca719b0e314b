import { compileGlob } from "./glob.js";
import { valueAt } from "./model-config.js";

/** The scale of an adapter's products, from its adapter_config.json. */
export interface AdapterConfig {
  readonly rank?: number;
  readonly alpha?: number;
  /** Rank-stabilised: alpha / sqrt(r) instead of alpha / r [Kal23]. */
  readonly rankStabilised: boolean;
  /** The scale itself, as MLX writes it. */
  readonly scale?: number;
  /** The adapted weights are stored as in x out (GPT-2's Conv1D), and so is the product. */
  readonly fanInFanOut: boolean;
  readonly alphaPattern: ModulePattern;
  readonly rankPattern: ModulePattern;
}

/** Numbers for some modules, by name. If several keys match, the first in the file wins. */
export interface ModulePattern {
  /** Keyed by the last segments of a module's name. */
  readonly bySuffix: ReadonlyMap<string, Numbered>;
  readonly byGlob: readonly (Numbered & Globbed)[];
  /**
   * Keys that are regular expressions beyond `.*`. They are not run: an expression from a file may take exponential
   * time.
   */
  readonly unread: readonly string[];
}

interface Numbered {
  readonly position: number;
  readonly value: number;
}

/** A key that matches several names. It is compiled once and then tried on each module. */
interface Globbed {
  readonly glob: string;
  readonly matches: (module: string) => boolean;
}

/** Configurations that name each module of the largest models have a few thousand keys. */
const MAX_PATTERN_KEYS = 65_536;
/** Modules are nested about ten deep. */
const MAX_SEGMENTS = 64;
/** Each glob is tried on each module. */
const MAX_GLOBS = 64;
/** The longest module names have about 200 characters, so a longer key would match none. */
const MAX_GLOB_LENGTH = 512;

/**
 * Reads a parsed adapter_config.json (of PEFT or MLX). Pure. Fields that are missing or of the wrong kind are ignored.
 */
export function parseAdapterConfig(json: unknown): AdapterConfig {
  const mlx = valueAt(json, "lora_parameters");
  return {
    rank: positive(valueAt(json, "r")) ?? positive(valueAt(mlx, "rank")),
    alpha: finite(valueAt(json, "lora_alpha")),
    rankStabilised: valueAt(json, "use_rslora") === true,
    scale: finite(valueAt(mlx, "scale")),
    fanInFanOut: valueAt(json, "fan_in_fan_out") === true,
    alphaPattern: parsePattern(valueAt(json, "alpha_pattern")),
    rankPattern: parsePattern(valueAt(json, "rank_pattern")),
  };
}

function parsePattern(json: unknown): ModulePattern {
  const bySuffix = new Map<string, Numbered>();
  const byGlob: (Numbered & Globbed)[] = [];
  const unread: string[] = [];
  const entries = typeof json === "object" && json !== null ? Object.entries(json).slice(0, MAX_PATTERN_KEYS) : [];
  entries.forEach(([key, found], position) => {
    const value = finite(found);
    const plain = key.replace(/^\^|\$$/g, "").replaceAll("\\.", ".");
    if (value === undefined) unread.push(key);
    else if (/^[\w.-]*$/.test(plain)) bySuffix.set(plain, bySuffix.get(plain) ?? { position, value });
    else if (plain.length <= MAX_GLOB_LENGTH && /^(?:[\w.-]|\.\*)*$/.test(plain) && byGlob.length < MAX_GLOBS) {
      byGlob.push({ position, value, ...globOf(plain.replaceAll(".*", "*")) });
    } else unread.push(key);
  });
  return { bySuffix, byGlob, unread };
}

function globOf(glob: string): Globbed {
  const [whole, end] = [compileGlob(glob), compileGlob(`*.${glob}`)];
  return { glob, matches: (module) => whole(module) || end(module) };
}

/** Characters of a name that are compared with characters of a glob in one step. */
const COMPARISONS_PER_STEP = 8;

/** The largest number of steps that `configuredScale` and `configuredRank` take for a module. */
export function stepsOfPatterns({ alphaPattern, rankPattern }: AdapterConfig, module: string): number {
  const comparisons = [...alphaPattern.byGlob, ...rankPattern.byGlob].reduce(
    (sum, { glob }) => sum + 2 * glob.length * module.length,
    0,
  );
  return Math.ceil(comparisons / COMPARISONS_PER_STEP) + MAX_SEGMENTS;
}

/**
 * The number for a module. PEFT matches a key against the whole name or its end after a dot [peft, get_pattern_key].
 */
export function patternValue({ bySuffix, byGlob }: ModulePattern, module: string): number | undefined {
  const found: Numbered[] = byGlob.filter(({ matches }) => matches(module));
  for (let from = 0, segments = 0; segments < MAX_SEGMENTS && bySuffix.size > 0; segments++) {
    const here = bySuffix.get(module.slice(from));
    if (here !== undefined) found.push(here);
    const dot = module.indexOf(".", from);
    if (dot < 0) break;
    from = dot + 1;
  }
  return found.sort((a, b) => a.position - b.position)[0]?.value;
}

/** The factor on B A, and its source. */
export interface AdapterScale {
  readonly scale: number;
  readonly how: string;
}

/** The scale of a module's product; undefined if the configuration does not give one. */
export function configuredScale(config: AdapterConfig, module: string, rank: number): AdapterScale | undefined {
  const alpha = patternValue(config.alphaPattern, module) ?? config.alpha;
  if (alpha === undefined)
    return config.scale === undefined ? undefined : { scale: config.scale, how: `scale ${config.scale}` };
  return config.rankStabilised
    ? { scale: alpha / Math.sqrt(rank), how: `alpha ${alpha} / sqrt(${rank})` }
    : { scale: alpha / rank, how: `alpha ${alpha} / ${rank}` };
}

/** The rank that the configuration gives for a module; undefined if it gives none. */
export function configuredRank(config: AdapterConfig, module: string): number | undefined {
  return patternValue(config.rankPattern, module) ?? config.rank;
}

function finite(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function positive(value: unknown): number | undefined {
  const number = finite(value);
  return number !== undefined && Number.isSafeInteger(number) && number > 0 ? number : undefined;
}
