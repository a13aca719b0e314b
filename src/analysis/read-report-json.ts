import { printable } from "../bytes/errors.js";
import { FormatError } from "../formats/index.js";
import { blockName } from "../layers/index.js";
import { layerGroups } from "./groups/layer-groups.js";
import { UNMEASURED } from "./layer-row.js";
import { type LayerRecord, type Report, SCHEMA_VERSION } from "./report.js";

/** How messages call the text. */
export interface ReportJsonOptions {
  /** The name of its file. */
  readonly name?: string;
  /** What the reader can do instead. */
  readonly remedy?: string;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a JSON report of this eigenscope, or of an earlier one of the same major version: columns that it did not have
 * are null. Throws a `FormatError` that names the file and what was found, if the text is no JSON, no report, of
 * another major version, or lacks what tables, charts and sentences are made of.
 */
export function readReportJson(text: string, { name = "the report", remedy = REMEDY }: ReportJsonOptions = {}): Report {
  const refuse = (reason: string): FormatError => new FormatError(reason, { kind: "malformed", file: name, remedy });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw refuse(`is not JSON (${(cause as Error).message})`);
  }
  if (!isObject(json) || typeof json.schemaVersion !== "string" || !Array.isArray(json.layers))
    throw refuse(`is not a report of eigenscope: it is ${whatIs(json)}`);
  const { schemaVersion } = json;
  if (schemaVersion.split(".")[0] !== SCHEMA_VERSION.split(".")[0])
    throw refuse(`has version ${printable(schemaVersion)} of the report, this eigenscope reads ${SCHEMA_VERSION}`);
  const other = whatElse(json);
  if (other !== undefined) throw refuse(`is not a report of eigenscope: it is ${other}`);
  const fault = faultOf(json);
  if (fault !== undefined) throw refuse(`is not a report of eigenscope: ${fault}`);
  const report = json as unknown as Report;
  const layers = report.layers.map(completed);
  // Groups follow from the rows: those of a file are not trusted to fit them.
  return { ...report, reference: report.reference ?? NO_REFERENCE, layers, groups: layerGroups(layers) };
}

const REMEDY = "Give what analyze --json has written.";
const NO_REFERENCE = { networks: [], families: [], percentiles: [] };

/** The row with all columns of this version. */
function completed(layer: LayerRecord): LayerRecord {
  return { ...UNMEASURED, ...layer, block_name: layer.block_name ?? blockName(layer.name) };
}

/** The first field that is missing or of another type, in words. Undefined if there is none. */
function faultOf({ layers, input, skipped, findings, summary, options }: Fields): string | undefined {
  const rows = layers as readonly unknown[];
  const row = rows.findIndex((layer) => ROW_FAULT(layer) !== undefined);
  if (row >= 0) return `layer ${row} has no ${ROW_FAULT(rows[row])}`;
  if (!isObject(input) || typeof input.label !== "string") return "it has no input.label";
  if (!isObject(options)) return "it has no options";
  if (!Array.isArray(skipped) || !skipped.every(isObject)) return "it has no list of skipped tensors";
  if (!Array.isArray(findings) || !findings.every(isObject)) return "it has no list of findings";
  if (!isObject(summary) || typeof summary.headline !== "string" || !isObject(summary.phases))
    return "it has no summary with a headline and phases";
  return undefined;
}

/** The fields of a row that no view can do without. */
const ROW_FIELDS: readonly (readonly [keyof LayerRecord, (value: unknown) => boolean])[] = [
  ["layer_id", (value) => Number.isSafeInteger(value) && (value as number) >= 0],
  ["name", isText],
  ["longname", isText],
  ["layer_type", isText],
  ["dtype", isText],
  ["shape", (value) => Array.isArray(value) && value.every(Number.isFinite)],
  ["N", Number.isFinite],
  ["M", Number.isFinite],
  ["Q", Number.isFinite],
  ["rf", Number.isFinite],
  ["status", (value) => value === "success" || value === "failed"],
  ["verdict", isText],
  ["notes", (value) => Array.isArray(value) && value.every(isText)],
  ...(["alpha", "lambda_max", "stable_rank"] as const).map(
    (column) => [column, (value: unknown) => value === null || typeof value === "number"] as const,
  ),
];

/** The first field of a row that is missing or of another type. Undefined if there is none. */
const ROW_FAULT = (layer: unknown): string | undefined =>
  isObject(layer) ? ROW_FIELDS.find(([name, holds]) => !holds(layer[name]))?.[0] : "fields";

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a JSON text without layers is, in words. */
function whatIs(json: unknown): string {
  if (Array.isArray(json)) return `a list of ${json.length}`;
  if (!isObject(json)) return printable(String(json));
  return whatElse(json) ?? `an object with ${someKeys(json)}`;
}

/** Another output of eigenscope, by fields that only it has. Undefined if it is none. */
function whatElse(json: Fields): string | undefined {
  if ("only_in_a" in json) return "a comparison: open it as one";
  if ("models" in json && "groups" in json) return "a ranking: open it as one";
  if ("for" in json && "method" in json) return "an advice";
  if ("plan" in json && "format" in json) return "the plan of a run: open the whole run folder";
  return undefined;
}

function someKeys(json: Fields): string {
  const keys = Object.keys(json).slice(0, 3);
  return keys.length === 0 ? "no fields" : `the fields ${keys.map(printable).join(", ")}`;
}
