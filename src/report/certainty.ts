/** "95 % sure", never 100 %: "over 99 % sure". */
export function sureText(probability: number): string {
  return probability > 0.99 ? "over 99 % sure" : `${Math.round(100 * probability)} % sure`;
}

/** " (95 % sure)"; nothing for a plain fact, and "how sure is not known" is not said of what has no probability. */
export function inBrackets(certainty: number | null): string {
  return certainty === null || certainty >= 1 ? "" : ` (${sureText(certainty)})`;
}
