/** Between the parts of a layer's name. */
const SEPARATOR = /[./:]/;

/**
 * Names without what all of them have in common at both ends, whole parts only: `net/conv1/kernel`, `net/fc/kernel`
 * become `conv1`, `fc`. At least one part stays. A single name, and names that would be equal, stay as they are.
 */
export function shortNames(names: readonly string[]): readonly string[] {
  if (names.length < 2) return names;
  const split = names.map((name) => name.split(new RegExp(`(?<=${SEPARATOR.source})`)));
  const least = Math.min(...split.map(({ length }) => length));
  const [first] = split;
  let [start, end] = [0, 0];
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
