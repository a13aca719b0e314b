import type { Report } from "../analysis/index.js";

/** Version of the JSON of an advice. The major number changes when a field changes its meaning or is removed. */
export const ADVICE_SCHEMA_VERSION = "1.0.0";

/** What an advice is for. */
export const PURPOSES = ["finetuning", "lora", "pruning", "learning-rate", "weight-decay"] as const;
export type Purpose = (typeof PURPOSES)[number];

/** Whose method it is. */
export interface Method {
  readonly name: string;
  /** A key of REFERENCES.md. */
  readonly source: string;
  /** In one line, with the meaning of each symbol where the row's columns do not say it. */
  readonly formula: string;
  /** What it is said to do, by whom, and whether this program tested it: whole sentences. */
  readonly claim: string;
}

/** A value of a row. null: not available; `reason` or a warning says why. */
export type AdviceValue = string | number | boolean | null;

/** One layer, block or type. `name` identifies it. */
export interface AdviceRow {
  readonly name: string;
  readonly [column: string]: AdviceValue;
}

/** A column of the table that is printed. */
export interface AdviceColumn {
  readonly key: string;
  readonly heading: string;
  readonly align: "left" | "right";
  /** Significant digits of a number. Default 3. */
  readonly digits?: number;
}

/** A layer that the method does not cover, and why. */
export interface LeftOut {
  readonly name: string;
  readonly reason: string;
}

/** A file that a consumer reads. */
export interface AdviceFile {
  /** Its path in the folder of outputs, with "/". */
  readonly name: string;
  readonly content: string | Uint8Array;
  /** Who reads it, and how. */
  readonly use: string;
}

/** What is advised, before anything is written. */
export interface Advice {
  readonly for: Purpose;
  readonly method: Method;
  /** The answer in one sentence. */
  readonly answer: string;
  readonly options: Readonly<Record<string, AdviceValue>>;
  readonly columns: readonly AdviceColumn[];
  /** The rows of the printed table. */
  readonly table: readonly AdviceRow[];
  /** One row per layer, block or module, with all that is known of it. */
  readonly rows: readonly AdviceRow[];
  readonly left_out: readonly LeftOut[];
  readonly warnings: readonly string[];
  readonly files: readonly AdviceFile[];
  /** Layers that could not be read or solved. */
  readonly failed: number;
}

/** The document of `advise --json`. */
export interface AdviceDocument extends Omit<Advice, "files" | "columns" | "table"> {
  readonly schemaVersion: string;
  readonly tool: Report["tool"];
  readonly model: string;
  /** The files that were written. */
  readonly files: readonly { readonly name: string; readonly use: string }[];
}

/** The document of an advice; `written` are the paths of its files, in their order, or none. */
export function adviceDocument(
  advice: Advice,
  { model, tool, written }: Pick<AdviceDocument, "model" | "tool"> & { readonly written: readonly string[] },
): AdviceDocument {
  const { for: purpose, method, answer, options, rows, left_out, warnings, failed } = advice;
  const files = written.map((name, i) => ({ name, use: advice.files[i].use }));
  return {
    ...{ schemaVersion: ADVICE_SCHEMA_VERSION, tool, model, for: purpose, method, answer, options },
    ...{ rows, left_out, warnings, failed, files },
  };
}

/** "3 layers have no value: a, b and 1 more (reason)". The first names only, so that a warning stays readable. */
export function someOf(names: readonly string[], most = 3): string {
  const shown = names.slice(0, most).join(", ");
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
