// Imports of compiled modules past the lists of names (`index.ts` and others that only re-export): a bundler takes
// every module of such a list to be used.
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/** What a module passes on, by its path: a map of exported names, or undefined if it has code of its own. */
const lists = new Map();

/** The text of the module at `path`, where imports and re-exports name the modules that define what they name. */
export async function directImports(text, path) {
  const statements = [...text.matchAll(/^(import|export) \{([^}]*)\} from "(\.[^"]*)";/gm)];
  const replaced = await Promise.all(
    statements.map(async ([statement, keyword, names, from]) => {
      const target = resolve(dirname(path), from);
      if ((await listOf(target)) === undefined) return [statement, statement];
      const single = namesIn(names).map(async ([name, as]) => {
        const { module, exported } = await definitionOf(target, name);
        return `${keyword} { ${exported} as ${as} } from ${JSON.stringify(module)};`;
      });
      return [statement, (await Promise.all(single)).join("\n")];
    }),
  );
  return replaced.reduce((all, [statement, instead]) => all.replace(statement, () => instead), text);
}

/** The module that defines what another exports by `name`. */
async function definitionOf(module, name) {
  const list = await listOf(module);
  if (list === undefined) return { module, exported: name };
  const entry = list.get(name);
  if (entry === undefined) throw new Error(`${module} does not export ${name}`);
  return definitionOf(entry.module, entry.name);
}

function listOf(path) {
  if (!lists.has(path)) lists.set(path, readList(path));
  return lists.get(path);
}

async function readList(path) {
  const text = (await readFile(path, "utf8")).replaceAll(/\/\*[\s\S]*?\*\/|^\/\/.*$/gm, "");
  const list = new Map();
  const statement = /^export \{([^}]*)\} from "(\.[^"]*)";/gm;
  if (text.replaceAll(statement, "").trim() !== "") return undefined;
  for (const [, names, from] of text.matchAll(statement))
    for (const [name, as] of namesIn(names)) list.set(as, { name, module: resolve(dirname(path), from) });
  return list;
}

/** "a, b as c": pairs of a name and what it is called here. */
export function namesIn(list) {
  const parts = list.split(",").map((part) => part.trim().split(/\s+as\s+/));
  return parts.filter(([name]) => name !== "").map(([name, as = name]) => [name, as]);
}
