/** After each separator between the parts of a layer's name. */
const AFTER_SEPARATOR = /(?<=[./:])/;

/**
 * Names without what all of them have in common at both ends, whole parts only: `net/conv1/kernel`, `net/fc/kernel`
 * become `conv1`, `fc`. At least one part stays. A single name, and names that would be equal, stay as they are.
 */
export function shortNames(names: readonly string[]): readonly string[] {
  if (names.length < 2) return names;
  const split = names.map((name) => name.split(AFTER_SEPARATOR));
  const least = Math.min(...split.map(({ length }) => length));
  const [first] = split;
  let start = 0;
  let end = 0;
  while (start < least - 1 && split.every((parts) => parts[start] === first[start])) start++;
  const fromEnd = (parts: readonly string[]): string => parts[parts.length - 1 - end];
  while (end < least - 1 - start && split.every((parts) => fromEnd(parts) === fromEnd(first))) end++;
  const short = split.map((parts) =>
    parts
      .slice(start, parts.length - end)
      .join("")
      .replace(/[./:]$/, ""),
  );
  return new Set(short).size === new Set(names).size ? short : names;
}

/**
 * The ends of names, as short as they are distinct: where a row says `layers.0`, its cells say `q_proj`, `k_proj`. The
 * names as they are if some are equal.
 */
export function distinctEnds(names: readonly string[]): readonly string[] {
  const split = names.map((name) => name.split(AFTER_SEPARATOR));
  const most = Math.max(0, ...split.map(({ length }) => length));
  for (let count = 1; count < most; count++) {
    const ends = split.map((parts) => parts.slice(-count).join(""));
    if (new Set(ends).size === names.length) return ends;
  }
  return names;
}
