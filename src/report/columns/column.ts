/** The definition of a column of a report: enough to trace its number. */
export interface Definition {
  /** One sentence, repeated in the JSON schema. */
  readonly definition: string;
  /** How it is computed. Absent if the definition says it. */
  readonly formula?: string;
  /** If the values are words: the meaning of each word, in one sentence. `explain` shows them. */
  readonly words?: Readonly<Record<string, string>>;
  /** The values that the column can have. */
  readonly range: string;
  /** Unit or scale. Absent if there is none or the column is a text. */
  readonly unit?: string;
  /** The source: keys of REFERENCES.md, or eigenscope for its own definitions. */
  readonly source: string;
}

/** A column with its name in JSON and CSV. */
export interface Column<Name extends string = string> extends Definition {
  readonly name: Name;
}

/**
 * Makes a list of columns from definitions by name, in the order in which they are written. A missing name is a compile
 * error.
 */
export function columnsOf<Name extends string>(
  definitions: Readonly<Record<Name, Definition>>,
): readonly Column<Name>[] {
  return (Object.keys(definitions) as Name[]).map((name) => ({ name, ...definitions[name] }));
}

/** The range of a column whose values are words. */
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
