/** A name of a layer, prepared for many patterns. */
export interface SearchedName {
  readonly name: string;
  /** The name with its ASCII letters in lower case: as the flag `i` of a regular expression compares them. */
  readonly folded: string;
  /** The folded name's segments, between "." or "/"; a bracket begins one of its own. */
  readonly segments: readonly string[];
  /** The segments, each between dots. */
  readonly framed: string;
}

/** What `RegExp` is for these names, without the cost of compiling dozens of them for a model with few layers. */
export interface NamePattern {
  test(searched: SearchedName): boolean;
}

export function searchedName(name: string): SearchedName {
  const folded = name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  const dotted = folded.replaceAll("/", ".").replaceAll("[", ".[");
  return { name, folded, segments: dotted.split("."), framed: `.${dotted}.` };
}

/**
 * Names that have one of these words ("|" between them) as a segment, or as several, with "." between them; whatever
 * the case. A word is up to a "[" too: "c_attn[q]" has the word "c_attn".
 */
export function words(list: string): NamePattern {
  const all = list.toLowerCase().split("|");
  const single = new Set(all.filter((word) => !word.includes(".")));
  const several = all.filter((word) => word.includes(".")).map((word) => `.${word}.`);
  return {
    test({ segments, framed }) {
      for (const segment of segments) if (single.has(segment)) return true;
      for (const run of several) if (framed.includes(run)) return true;
      return false;
    },
  };
}

/**
 * Names that a regular expression matches. Each of them has one of `hints` in it, in lower case: only names with a hint
 * are searched.
 */
export function pattern(
  hints: readonly string[],
  expression: RegExp,
): NamePattern & { exec(searched: SearchedName): RegExpExecArray | null } {
  const hinted = ({ folded }: SearchedName): boolean => hints.some((hint) => folded.includes(hint));
  return {
    test: (searched) => hinted(searched) && expression.test(searched.name),
    exec: (searched) => (hinted(searched) ? expression.exec(searched.name) : null),
  };
}

/** Names that one of the patterns matches. */
export function either(...patterns: readonly NamePattern[]): NamePattern {
  return { test: (searched) => patterns.some((each) => each.test(searched)) };
}
