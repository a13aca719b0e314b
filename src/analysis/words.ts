/** Most names in a sentence before "and n more". */
const MAX_NAMES = 3;

/** "1 layer has", "3 layers have". */
export function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** The first three names, and how many more there are. */
export function someNames(names: readonly string[]): string {
  const rest = names.length - MAX_NAMES;
  return rest > 0 ? `${names.slice(0, MAX_NAMES).join(", ")} and ${rest} more` : names.join(", ");
}
