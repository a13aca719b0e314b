import { InvalidArgumentError } from "commander";

/** Parses a whole number that is not less than `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`Expected a whole number from ${least}.`);
    return value;
  };
}

/** Parses "2/8". */
export function shard(text: string): { readonly index: number; readonly count: number } {
  const [, index, count] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (!(index >= 1 && index <= count)) throw new InvalidArgumentError("Expected i/n with i from 1 to n, such as 1/4.");
  return { index, count };
}

/** Parses "512M", "4G", "1.5GiB", or plain bytes. Units are binary. */
export function bytes(text: string): number {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i.exec(text) ?? [];
  const value = Math.floor(Number(number) * 1024 ** " KMGT".indexOf(unit === "" ? " " : unit.toUpperCase()));
  if (!(value >= 1)) throw new InvalidArgumentError('Expected a size such as "512M" or "4G".');
  return value;
}

/** Splits at commas, but not inside {a,b}. An empty list is an error: it usually comes from an unset shell variable. */
export function appendGlobs(value: string, previous: readonly string[]): string[] {
  const globs = value.split(/,(?![^{]*\})/).filter((glob) => glob !== "");
  if (globs.length === 0) throw new InvalidArgumentError('Expected patterns such as "*.mlp.*", found none.');
  return [...previous, ...globs];
}
