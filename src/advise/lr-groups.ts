import { yamlNumber, yamlText } from "./yaml-scalar.js";

/** A group of axolotl's `lr_groups`. */
export interface LrGroup {
  readonly name: string;
  readonly modules: readonly string[];
  readonly lr: number;
}

/** A module of the loaded model, and its learning rate. */
export interface ModuleRate {
  readonly module: string;
  readonly lr: number;
}

/** axolotl gives these their own groups before it looks at `lr_groups`. */
const EMBEDDINGS = /embed_tokens|lm_head/;

/**
 * axolotl's `lr_groups` for modules with a rate of their own. axolotl looks for each entry anywhere in a parameter's
 * name, and the first entry found wins [axolotl, core/trainers/mixins/optimizer.py], so that "1.mlp" hits layer 11.
 * Here an entry is a module's whole name and a dot; longer ones stand first, so that "vision_model.layers.1." is found
 * before "model.layers.1."; and where an entry would still hit another module, that one gets an entry of its own at the
 * base rate. The result is checked against `parameters`, the names of the loaded model. O(parameters * length^2).
 */
export function lrGroups(
  rates: readonly ModuleRate[],
  { base, parameters }: { readonly base: number; readonly parameters: readonly string[] },
): readonly LrGroup[] {
  const modules = new Map<string, string[]>();
  for (const parameter of parameters) {
    const module = moduleOf(parameter);
    modules.set(module, [...(modules.get(module) ?? []), parameter]);
  }
  const wanted = new Set(rates.map(({ module }) => module));
  const entries = new Map(rates.map(({ module, lr }) => [`${module}.`, lr]));
  for (const [module, [parameter]] of modules) {
    if (wanted.has(module) || EMBEDDINGS.test(parameter)) continue;
    const hit = longestEntry(parameter, entries);
    if (hit !== undefined && entries.get(hit) !== base) entries.set(`${module}.`, base);
  }
  return [...entries]
    .sort(([a], [b]) => b.length - a.length)
    .map(([entry, lr]) => ({ name: entry.slice(0, -1), modules: [entry], lr }));
}

/** The rate that axolotl gives a parameter: that of the first entry that is part of its name; undefined: the base. */
export function axolotlRate(parameter: string, groups: readonly LrGroup[]): number | undefined {
  return groups.find(({ modules }) => modules.some((module) => parameter.includes(module)))?.lr;
}

function moduleOf(parameter: string): string {
  const dot = parameter.lastIndexOf(".");
  return dot === -1 ? parameter : parameter.slice(0, dot);
}

/** The longest entry that is part of a name. Entries end in a dot. */
function longestEntry(name: string, entries: ReadonlyMap<string, unknown>): string | undefined {
  let longest: string | undefined;
  for (let end = name.indexOf("."); end !== -1; end = name.indexOf(".", end + 1)) {
    for (let start = 0; start <= end; start++) {
      const part = name.slice(start, end + 1);
      if (!entries.has(part)) continue;
      if (longest === undefined || part.length > longest.length) longest = part;
      break;
    }
  }
  return longest;
}

/** The groups as YAML for axolotl's configuration. */
export function lrGroupsYaml(groups: readonly LrGroup[]): string {
  const lines = groups.flatMap(({ name, modules, lr }) => [
    `  - name: ${yamlText(name)}`,
    `    modules: [${modules.map((module) => JSON.stringify(module)).join(", ")}]`,
    `    lr: ${yamlNumber(lr)}`,
  ]);
  return `${["lr_groups:", ...lines].join("\n")}\n`;
}
