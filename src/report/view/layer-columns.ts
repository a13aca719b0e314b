import type { LayerRecord } from "../../analysis/report.js";
import { LAYER_COLUMNS } from "../columns.js";
import { NOT_AVAILABLE, numberText, shapeText } from "../number-text.js";
import type { ViewLayer } from "./view-layer.js";

/** A column of the table of layers. */
export interface TableColumn {
  /** The name in the report's JSON and CSV. */
  readonly name: keyof LayerRecord & string;
  /** The page's word for it. */
  readonly title: string;
  /** What it is, in a sentence. */
  readonly about: string;
  readonly align: "left" | "right";
}

/** The page's words for columns whose names are WeightWatcher's or long. Others are shown by their names. */
const TITLES: Readonly<Partial<Record<keyof LayerRecord, string>>> = {
  phase_confidence: "sure",
  mp_soft_rank: "soft rank",
  stable_rank: "stable rank",
  log_norm: "log norm",
  block: "block",
  layer_type: "type",
};

/** The columns that a reader sees first. */
export const FIRST_COLUMNS = [
  "phase",
  "phase_confidence",
  "alpha",
  "D",
  "spikes",
  "mp_soft_rank",
  "stable_rank",
  "log_norm",
  "shape",
  "block",
  "role",
] as const satisfies readonly (keyof LayerRecord)[];

/** Columns that are texts or lists, not for a table. */
const NOT_FOR_TABLES: ReadonlySet<string> = new Set(["phase_evidence", "phase_path", "notes", "name", "longname"]);

const TEXT_COLUMNS: ReadonlySet<string> = new Set([
  "phase",
  "verdict",
  "block",
  "role",
  "best_law",
  "layer_type",
  "dtype",
]);

/** Every column that a table can show, in the report's order. */
export const TABLE_COLUMNS: readonly TableColumn[] = LAYER_COLUMNS.filter(({ name }) => !NOT_FOR_TABLES.has(name)).map(
  ({ name, definition }) => ({
    name,
    title: TITLES[name] ?? name,
    about: definition,
    align: TEXT_COLUMNS.has(name) ? "left" : "right",
  }),
);

/** Columns that mean nothing where `alpha_valid` is false. */
const OF_ALPHA: ReadonlySet<string> = new Set(["alpha", "alpha_weighted", "log_alpha_norm", "sigma"]);

/** The value by which a table is ordered; null: not available. */
export function sortValue({ record, index, block }: ViewLayer, column: string): number | string | null {
  if (column === "layer") return index;
  if (column === "block") return block;
  if (record === null || (OF_ALPHA.has(column) && !record.alpha_valid)) return null;
  const value = record[column as keyof LayerRecord];
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  return typeof value === "string" || typeof value === "boolean" ? String(value) : null;
}

/** Why a layer may have no value, where it is not that there is no spectrum. */
const NOT_TOLD: Readonly<Record<string, string>> = {
  block: "the layer's name does not tell its block",
  role: "the layer's name does not tell its role",
};

/** The text of a value, and why there is none. */
export function cellText(layer: ViewLayer, column: string): { readonly text: string; readonly why?: string } {
  const { record } = layer;
  if (column === "block" && layer.block !== "") return { text: layer.block };
  if (record === null) return { text: "…" };
  if (OF_ALPHA.has(column) && !record.alpha_valid)
    return { text: NOT_AVAILABLE, why: record.alpha_reason ?? "no power law describes the tail" };
  const value = column === "block" ? null : record[column as keyof LayerRecord];
  if (value === null || value === undefined || value === "") {
    const why = NOT_TOLD[column] ?? record.reason;
    return { text: NOT_AVAILABLE, ...(why !== null && { why }) };
  }
  if (column === "shape") return { text: shapeText(record.shape, "×") };
  if (typeof value === "number") return { text: numberText(value) };
  return { text: Array.isArray(value) ? value.join(" ") : String(value) };
}

/** The numbers that a reader asks for first, each with the page's word and a sentence. */
export const MAIN_NUMBERS = [
  ["alpha", "Exponent of the power law of the tail. 2 to 6 is usual in trained networks."],
  ["D", "Largest gap between the tail and its power law. True power laws of this size stay below 0.1."],
  ["xmin", "Where the tail begins."],
  ["spikes", "Eigenvalues that a random matrix of this shape would have in 1 case of 100."],
  ["mp_soft_rank", "Edge of the random bulk over the largest eigenvalue: 1 is random, towards 0 is structure."],
  ["stable_rank", "Sum of the eigenvalues over the largest: about so many directions carry the norm."],
  ["entropy", "How evenly the eigenvalues share the norm: 1 is all alike."],
  ["log_norm", "log10 of the sum of the squares of the weights."],
  ["log_spectral_norm", "log10 of the largest eigenvalue."],
  ["alpha_weighted", "alpha times log spectral norm: what Martin and Mahoney compare between models."],
] as const satisfies readonly (readonly [keyof LayerRecord, string])[];

/** The page's words for them, where they are not the names. */
export const MAIN_WORDS: Readonly<Partial<Record<keyof LayerRecord, string>>> = {
  ...TITLES,
  log_spectral_norm: "log spectral norm",
  alpha_weighted: "alpha, weighted",
};
