import { FormatError } from "../../bytes/errors.js";

interface Range {
  readonly min?: number;
  readonly max?: number;
  /** Default of a missing field. Without a default, the field is required. */
  readonly otherwise?: number | undefined;
}

/** Reads the fields of a JSON object. A wrong field throws an error that says what was found and what was expected. */
export interface Fields {
  /** Path of the object in error messages: `network.layers[2]`. */
  readonly path: string;
  has(name: string): boolean;
  text(name: string, otherwise?: string): string;
  number(name: string, range?: Range): number;
  wholeNumber(name: string, range?: Range): number;
  choice<T extends string>(name: string, choices: readonly T[], otherwise?: T): T;
  /** A list of numbers, each checked like `number` or `wholeNumber`. */
  numbers(name: string, range: Range & { readonly whole?: boolean }): number[];
  texts(name: string, otherwise: readonly string[]): readonly string[];
  object(name: string): Fields;
  objects(name: string): Fields[];
  raw(name: string): unknown;
  /** Throws for a field that has not been read: a misspelt setting must not be ignored. */
  assertNoOthers(): void;
  /** Throws the error for a field of this object. */
  refuse(name: string, found: unknown, expected: string): never;
}

/** Errors name `file`. Throws `FormatError` if `value` is not an object. */
export function fieldsOf(value: unknown, file: string, path = ""): Fields {
  const refuseAt = (place: string, reason: string): never => {
    throw new FormatError(`${place === "" ? "" : `${place}: `}${reason}`, {
      kind: "malformed",
      format: "experiment",
      file,
    });
  };
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return refuseAt(path, `found ${shown(value)}, expected an object { ... }`);
  }
  const object = value as Readonly<Record<string, unknown>>;
  const asked = new Set<string>();
  const placeOf = (name: string): string => (path === "" ? name : `${path}.${name}`);
  const get = (name: string): unknown => {
    asked.add(name);
    return Object.hasOwn(object, name) ? object[name] : undefined;
  };
  const refuse = (name: string, found: unknown, expected: string): never =>
    refuseAt(
      placeOf(name),
      found === undefined ? `it is missing; expected ${expected}` : `found ${shown(found)}, expected ${expected}`,
    );
  const list = (name: string, expected: string): readonly unknown[] => {
    const found = get(name);
    return Array.isArray(found) ? found : refuse(name, found, expected);
  };
  const checked = (name: string, found: unknown, { whole, ...range }: Range & { readonly whole?: boolean }): number =>
    typeof found === "number" && isWithin(found, range, whole) ? found : refuse(name, found, rangeText(range, whole));

  return {
    path,
    refuse,
    has: (name) => get(name) !== undefined,
    raw: get,
    text(name, otherwise) {
      const found = get(name) ?? otherwise;
      return typeof found === "string" ? found : refuse(name, found, "a text");
    },
    number: (name, range = {}) => checked(name, get(name) ?? range.otherwise, range),
    wholeNumber: (name, range = {}) => checked(name, get(name) ?? range.otherwise, { ...range, whole: true }),
    choice(name, choices, otherwise) {
      const found = get(name) ?? otherwise;
      return choices.find((choice) => choice === found) ?? refuse(name, found, `one of ${choices.join(", ")}`);
    },
    numbers(name, range) {
      const expected = `a list of numbers, each ${rangeText(range, range.whole)}`;
      const found = list(name, expected);
      if (found.length === 0) return refuse(name, found, "at least one value");
      return found.map((item, i) => checked(`${name}[${i}]`, item, range));
    },
    texts(name, otherwise) {
      if (get(name) === undefined) return otherwise;
      return list(name, "a list of texts").map((item, i) =>
        typeof item === "string" ? item : refuse(`${name}[${i}]`, item, "a text"),
      );
    },
    object: (name) => fieldsOf(get(name), file, placeOf(name)),
    objects: (name) => list(name, "a list of objects").map((item, i) => fieldsOf(item, file, placeOf(`${name}[${i}]`))),
    assertNoOthers() {
      const other = Object.keys(object).find((name) => !asked.has(name));
      if (other !== undefined) refuseAt(placeOf(other), `unknown setting; the settings are ${[...asked].join(", ")}`);
    },
  };
}

function isWithin(
  value: number,
  { min = Number.NEGATIVE_INFINITY, max = Number.MAX_VALUE }: Range,
  whole = false,
): boolean {
  return value >= min && value <= max && (!whole || Number.isSafeInteger(value));
}

function rangeText({ min, max }: Range, whole = false): string {
  const what = whole ? "a whole number" : "a number";
  if (min !== undefined && max !== undefined) return `${what} from ${min} to ${max}`;
  return min === undefined ? what : `${what} from ${min}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
