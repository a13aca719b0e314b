/** What a column of a report is: enough to trace its number. */
export interface Definition {
  /** One sentence; the JSON schema carries the same. */
  readonly definition: string;
  /** How it is computed; absent where the definition says it all. */
  readonly formula?: string;
  /** What each of its words means, a sentence each, where its values are words; `explain` knows them. */
  readonly words?: Readonly<Record<string, string>>;
  /** The values that it can take. */
  readonly range: string;
  /** Its unit or scale; absent where it has none, or is a text. */
  readonly unit?: string;
  /** Where it comes from: keys of REFERENCES.md, or weightscope for what is ours alone. */
  readonly source: string;
}

/** A column with its name in JSON and CSV. */
export interface Column<Name extends string = string> extends Definition {
  readonly name: Name;
}

/**
 * A list of columns from definitions by name: the compiler refuses a missing name, and the order is the one written.
 */
export function columnsOf<Name extends string>(definitions: Readonly<Record<Name, Definition>>): readonly Column<Name>[] {
  return (Object.keys(definitions) as Name[]).map((name) => ({ name, ...definitions[name] }));
}

/** The words of a column as its range. */
export function oneOf(words: Readonly<Record<string, string>>): string {
  return Object.keys(words).join(", ");
}

/** Units that many columns share. */
export const EIGENVALUE = "that of an eigenvalue of W'W: weight squared";
export const WEIGHT = "that of a weight";
export const LOG10 = "decimal logarithm";
export const COUNT = "count";
/** Ranges that many columns share. */
export const POSITIVE = "0 or more";
export const SHARE = "0 to 1";
export const ANY = "any number";
export const WHOLE = "whole numbers from 0";
