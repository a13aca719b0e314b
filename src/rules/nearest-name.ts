/** More changed letters than this share of the name are not a slip of the pen. */
const MAX_SHARE_CHANGED = 0.4;

/** The name that is fewest changed letters away (Levenshtein's distance), if it is near; the first of several. */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.floor(name.length * MAX_SHARE_CHANGED) + 1;
  for (const candidate of names) {
    const distance = changedLetters(name.toLowerCase(), candidate.toLowerCase());
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** Insertions, deletions and replacements of letters between two words. O(length a * length b). */
function changedLetters(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, k) => k);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let k = 1; k <= b.length; k++)
      row.push(Math.min(row[k - 1] + 1, above[k] + 1, above[k - 1] + (a[i - 1] === b[k - 1] ? 0 : 1)));
    above = row;
  }
  return above[b.length];
}
