/**
 * Returns whether a name matches a glob. `*` matches any run of characters (dots and slashes too), `?` one, `[abc]`,
 * `[a-z]` and `[!abc]` one of a set, `{a,b}` alternatives. An unclosed bracket matches itself. Every name matches
 * itself, brackets included ("lstm.weight_ih_l0[i]"). O(length of name * length of glob): names may come from hostile
 * files, so no pattern may backtrack further.
 */
export function matchesGlob(name: string, glob: string): boolean {
  return name === glob || compileGlob(glob)(name);
}

/** The same for many names: the glob is compiled once. */
export function compileGlob(glob: string): (name: string) => boolean {
  const patterns = expandBraces(glob).map(tokenize);
  return (name) => {
    if (name === glob) return true;
    const chars = Array.from(name);
    return patterns.some((tokens) => matchesTokens(chars, tokens));
  };
}

/** The largest product of `{a,b}{c,d}...`; beyond it, braces match themselves. */
const MAX_ALTERNATIVES = 1024;

function expandBraces(glob: string): string[] {
  let patterns = [""];
  for (let at = 0; at < glob.length; at++) {
    const end = glob[at] === "{" ? closingBrace(glob, at) : -1;
    const choices = end < 0 ? [glob[at]] : alternatives(glob.slice(at + 1, end)).flatMap(expandBraces);
    if (patterns.length * choices.length > MAX_ALTERNATIVES) return [glob];
    patterns = patterns.flatMap((pattern) => choices.map((choice) => pattern + choice));
    if (end >= 0) at = end;
  }
  return patterns;
}

function closingBrace(glob: string, open: number): number {
  let depth = 0;
  for (let at = open; at < glob.length; at++) {
    if (glob[at] === "{") depth++;
    else if (glob[at] === "}" && --depth === 0) return at;
  }
  return -1;
}

/** Splits at the commas outside inner braces. */
function alternatives(inside: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const char of inside) {
    if (char === "{") depth++;
    if (char === "}") depth--;
    if (char === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += char;
  }
  return parts;
}

/** Any run of characters, or a test of one character. */
type Token = "star" | ((char: string) => boolean);

function tokenize(pattern: string): Token[] {
  const chars = Array.from(pattern);
  const tokens: Token[] = [];
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at];
    const end = char === "[" ? chars.indexOf("]", at + 2) : -1;
    if (char === "*") tokens.push("star");
    else if (char === "?") tokens.push(() => true);
    else if (end >= 0) {
      tokens.push(characterSet(chars.slice(at + 1, end)));
      at = end;
    } else tokens.push((other) => other === char);
  }
  return tokens;
}

function characterSet(members: readonly string[]): (char: string) => boolean {
  const negated = members.length > 1 && (members[0] === "!" || members[0] === "^");
  const set = negated ? members.slice(1) : members;
  const ranges: (readonly [string, string])[] = [];
  for (let at = 0; at < set.length; at++) {
    const isRange = set[at + 1] === "-" && at + 2 < set.length;
    ranges.push([set[at], isRange ? set[at + 2] : set[at]]);
    if (isRange) at += 2;
  }
  return (char) => ranges.some(([low, high]) => low <= char && char <= high) !== negated;
}

/** Greedy matching that backtracks to the last star only: a later star can match all that an earlier one could. */
function matchesTokens(chars: readonly string[], tokens: readonly Token[]): boolean {
  let at = 0;
  let token = 0;
  let star = -1;
  let resume = 0;
  while (at < chars.length) {
    const next = tokens[token];
    if (next === "star") {
      star = token++;
      resume = at;
    } else if (next?.(chars[at])) {
      token++;
      at++;
    } else if (star >= 0) {
      token = star + 1;
      at = ++resume;
    } else return false;
  }
  return tokens.slice(token).every((rest) => rest === "star");
}
