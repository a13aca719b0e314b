/** What a JSON schema (draft 7) says of a value, as far as columns need it. */
export interface ValueSchema {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly (string | null)[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: ValueSchema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, ValueSchema>>;
  readonly additionalProperties?: false;
  readonly $ref?: string;
  readonly anyOf?: readonly ValueSchema[];
}

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
  /**
   * What the JSON schema says of a value that is not null. Absent if it follows from `range` (SCHEMA_OF_RANGE) or from
   * `words`. A bound belongs here only if no value can ever break it, not even by rounding.
   */
  readonly values?: ValueSchema;
  /** True if the value is never null. */
  readonly neverNull?: true;
  /** True if WeightWatcher has a column of this name with this value. */
  readonly weightwatcher?: true;
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
export const ABOVE_0 = "above 0";
export const ABOVE_1 = "above 1";
export const FROM_1 = "1 or more";
export const WHOLE_FROM_1 = "whole numbers from 1";
export const AN_EIGENVALUE = "an eigenvalue";
export const TRUE_OR_FALSE = "true or false";
export const TEXT = "text";

/** Values of columns whose range has no bound that the schema could state, or one that rounding can break. */
export const NUMBER: ValueSchema = { type: "number" };
export const STRING: ValueSchema = { type: "string" };

/** An object with exactly these fields. */
export function objectOf<Properties extends Readonly<Record<string, ValueSchema>>>(properties: Properties) {
  return { type: "object", additionalProperties: false, required: Object.keys(properties), properties } as const;
}

/** A number that is never below `minimum`. */
export function atLeast(minimum: number): ValueSchema {
  return { type: "number", minimum };
}

/** A whole number that is never below `minimum`. */
export function wholeFrom(minimum: number): ValueSchema {
  return { type: "integer", minimum };
}

/** What the schema says of a value with one of the shared ranges. */
export const SCHEMA_OF_RANGE: Readonly<Record<string, ValueSchema>> = {
  [POSITIVE]: { type: "number", minimum: 0 },
  [ABOVE_0]: { type: "number", minimum: 0 },
  [SHARE]: { type: "number", minimum: 0, maximum: 1 },
  [ANY]: { type: "number" },
  [ABOVE_1]: { type: "number", minimum: 1 },
  [FROM_1]: { type: "number", minimum: 1 },
  [AN_EIGENVALUE]: { type: "number", minimum: 0 },
  [WHOLE]: { type: "integer", minimum: 0 },
  [WHOLE_FROM_1]: { type: "integer", minimum: 1 },
  [TRUE_OR_FALSE]: { type: "boolean" },
  [TEXT]: { type: "string" },
};
