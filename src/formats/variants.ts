import { rankOf, WORD } from "./variant-words.js";

const SHARD = /-\d{5}-of-\d{5}/;

export interface Variants {
  /** Names in their order. */
  readonly kept: readonly string[];
  readonly left: readonly string[];
}

/**
 * Of files whose names differ only in words for a precision or an average, the most precise; of each sharded set, all
 * shards. "consolidated" files, beside others, hold the same weights under their authors' names.
 */
export function mostPrecise(names: readonly string[]): Variants {
  const groups = new Map<string, { readonly name: string; readonly rank: number }[]>();
  const original = names.filter((name) => !isConsolidated(name));
  const considered = original.length > 0 ? original : names;
  for (const name of considered) {
    const words: string[] = [];
    const stem = name.replace(WORD, (_, word: string) => {
      words.push(word.toLowerCase());
      return "";
    });
    const key = stem.replace(SHARD, "");
    groups.set(key, [...(groups.get(key) ?? []), { name, rank: rankOf(words) }]);
  }
  const kept = new Set<string>();
  for (const group of groups.values()) {
    const best = Math.min(...group.map(({ rank }) => rank));
    for (const { name, rank } of group) if (rank === best) kept.add(name);
  }
  return { kept: names.filter((name) => kept.has(name)), left: names.filter((name) => !kept.has(name)) };
}

function isConsolidated(name: string): boolean {
  return /^consolidated([.-]|$)/.test(name.slice(name.lastIndexOf("/") + 1));
}
