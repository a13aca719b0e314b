import { yamlNumber, yamlText } from "./yaml-scalar.js";

/** A module that gets an adapter: its rank, and the alpha that its scale needs. */
export interface ModuleRank {
  readonly module: string;
  readonly rank: number;
  readonly alpha: number;
}

/** The fields of PEFT's LoraConfig that give each module its rank and its alpha. */
export interface RankPattern {
  readonly r: number;
  readonly lora_alpha: number;
  readonly rank_pattern: Readonly<Record<string, number>>;
  readonly alpha_pattern: Readonly<Record<string, number>>;
}

/**
 * PEFT's patterns for modules with ranks of their own. `r` and `lora_alpha` are the most frequent pair; other modules
 * are listed by name. PEFT matches a key as `(.*\.)?(key)$`, so that a name also hits every module that ends in it, and
 * the first key that matches wins [peft, utils/other.py, get_pattern_key]. Longer names therefore stand first, and a
 * module with the default pair is listed where a shorter name would hit it. Throws `RangeError` without modules.
 */
export function rankPattern(modules: readonly ModuleRank[]): RankPattern {
  if (modules.length === 0) throw new RangeError("rankPattern: no modules");
  const pairs = new Map<string, ModuleRank[]>();
  for (const module of modules) {
    const pair = `${module.rank}/${module.alpha}`;
    pairs.set(pair, [...(pairs.get(pair) ?? []), module]);
  }
  const usual = [...pairs.values()].reduce((most, each) => (each.length > most.length ? each : most));
  const { rank: r, alpha } = usual[0];
  const others = modules.filter((module) => module.rank !== r || module.alpha !== alpha);
  const names = new Set(others.map(({ module }) => module));
  const hit = usual.filter(({ module }) => endings(module).some((ending) => names.has(ending)));
  const listed = [...others, ...hit].sort((a, b) => b.module.length - a.module.length);
  return {
    r,
    lora_alpha: alpha,
    rank_pattern: Object.fromEntries(listed.map(({ module, rank }) => [module, rank])),
    alpha_pattern: Object.fromEntries(listed.map((module) => [module.module, module.alpha])),
  };
}

/** The proper ends of a name that begin after a dot. */
function endings(name: string): string[] {
  const parts = name.split(".");
  return parts.slice(1).map((_, i) => parts.slice(i + 1).join("."));
}

/** The patterns as YAML for axolotl's configuration. */
export function rankPatternYaml({ r, lora_alpha, rank_pattern, alpha_pattern }: RankPattern): string {
  const lines = (pattern: Readonly<Record<string, number>>): string[] =>
    Object.entries(pattern).map(([key, value]) => `  ${yamlText(key)}: ${yamlNumber(value)}`);
  const field = (name: string, pattern: Readonly<Record<string, number>>): string[] =>
    Object.keys(pattern).length === 0 ? [`${name}: {}`] : [`${name}:`, ...lines(pattern)];
  return `${[
    `lora_r: ${r}`,
    `lora_alpha: ${yamlNumber(lora_alpha)}`,
    ...field("lora_rank_pattern", rank_pattern),
    ...field("lora_alpha_pattern", alpha_pattern),
  ].join("\n")}\n`;
}
