/**
 * A pattern of axolotl's `unfrozen_parameters` as axolotl compiles it: a trailing range "[0:32000]" is cut off, a dot
 * that no "+" follows is a dot, and the rest is a regular expression [axolotl, utils/freeze.py, LayerNamePattern]. It
 * is matched from the start of a parameter's name, and need not reach its end. Names and Spectrum's anchored patterns
 * use only what Python and JavaScript read alike. Throws `SyntaxError` for a pattern that is no expression.
 */
export function axolotlPattern(pattern: string): RegExp {
  const range = /^(.+)\[(?:[0-9]*)(?::[0-9]*)?\]$/.exec(pattern);
  return new RegExp(`^(?:${(range?.[1] ?? pattern).replace(/\.(?!\+)/g, "\\.")})`, "u");
}

/** What a list of patterns does to the parameters of a model. */
export interface UnfrozenCheck {
  /** Patterns that match no parameter: they train nothing. */
  readonly unmatched: readonly string[];
  /** Parameters that a pattern matches although they belong to another module than the one it names. */
  readonly unintended: readonly { readonly pattern: string; readonly parameter: string }[];
  readonly trained: readonly string[];
  readonly frozen: readonly string[];
}

/**
 * Applies `unfrozen_parameters` to the names of a model's parameters, as axolotl does. A pattern without "^" is the
 * name of a module: a match that goes on with anything but a dot is unintended ("mlp.gate" matches
 * "mlp.gate_proj.weight"). Names share few beginnings, so that each pattern is tried on the names that begin like it:
 * O(n log n).
 */
export function checkUnfrozen(patterns: readonly string[], parameters: readonly string[]): UnfrozenCheck {
  const sorted = parameters.toSorted(byCodeUnit);
  const trained = new Set<string>();
  const unmatched: string[] = [];
  const unintended: { pattern: string; parameter: string }[] = [];
  for (const pattern of patterns) {
    const compiled = axolotlPattern(pattern);
    const prefix = pattern.replace(/^\^/, "").split(/[^\w.]/)[0];
    let matched = false;
    for (let at = firstFrom(sorted, prefix); at < sorted.length && sorted[at].startsWith(prefix); at++) {
      const match = compiled.exec(sorted[at]);
      if (match === null) continue;
      matched = true;
      trained.add(sorted[at]);
      const next = sorted[at][match[0].length];
      if (!pattern.startsWith("^") && next !== undefined && next !== ".")
        unintended.push({ pattern, parameter: sorted[at] });
    }
    if (!matched) unmatched.push(pattern);
  }
  return {
    unmatched,
    unintended,
    trained: parameters.filter((name) => trained.has(name)),
    frozen: parameters.filter((name) => !trained.has(name)),
  };
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The first place in the sorted names that is not before `prefix`. */
function firstFrom(sorted: readonly string[], prefix: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] < prefix) low = middle + 1;
    else high = middle;
  }
  return low;
}
