let collator: Intl.Collator | undefined;

/** Compares names by the numbers in them: "checkpoint-500" before "checkpoint-1000". */
export function naturalOrder(a: string, b: string): number {
  // Made when it is first needed: it takes milliseconds.
  collator ??= new Intl.Collator("en", { numeric: true });
  return collator.compare(a, b);
}
