import { type Column, type Definition, SCHEMA_OF_RANGE, type ValueSchema } from "./column.js";

/** The schema of an object whose fields are columns. */
export interface ObjectSchema {
  readonly type: "object";
  readonly additionalProperties: false;
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, ValueSchema>>;
}

/**
 * The JSON schema (draft 7) of an object whose fields are `required` columns, in their order, and perhaps `optional`
 * ones. Throws `TypeError` with the column's name if its definition does not say what its values are.
 */
export function objectSchema(required: readonly Column[], optional: readonly Column[] = []): ObjectSchema {
  return {
    type: "object",
    additionalProperties: false,
    required: required.map(({ name }) => name),
    properties: Object.fromEntries([...required, ...optional].map((column) => [column.name, schemaOfColumn(column)])),
  };
}

/** What the schema says of one column: its definition, its values, and null unless it is never null. */
export function schemaOfColumn(column: Column): ValueSchema {
  const values = valuesOf(column);
  if (values === undefined) {
    throw new TypeError(
      `column ${column.name}: no schema follows from the range "${column.range}"; give the definition ` +
        `\`values\`, or one of the shared ranges of report/columns/column.ts`,
    );
  }
  return { description: column.definition, ...(column.neverNull ? values : orNull(values)) };
}

/** What the schema says of the values that are not null; undefined if the definition does not say it. */
export function valuesOf({ values, words, range }: Definition): ValueSchema | undefined {
  return values ?? (words === undefined ? SCHEMA_OF_RANGE[range] : { enum: Object.keys(words) });
}

function orNull({ type, ...rest }: ValueSchema): ValueSchema {
  if (type !== undefined) return { type: [type, "null"].flat(), ...rest };
  if (rest.enum !== undefined) return { ...rest, enum: [...rest.enum, null] };
  return { anyOf: [rest, { type: "null" }] };
}
