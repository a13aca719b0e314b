import { decodeText } from "../bytes/decode-text.js";
import { FormatError, printable } from "../bytes/errors.js";
import { JsonNumber, type JsonObject, type JsonValue } from "../bytes/json-value.js";
import { parseJson } from "../bytes/strict-json.js";
import { pythonFloat } from "./python-number.js";

/** One module in Spectrum's scan [Spectrum24]. */
export interface ScannedModule {
  readonly name: string;
  /** Its name after the first number, "mlp.down_proj"; the whole name without one. */
  readonly type: string;
  /** The signal-to-noise ratio; Infinity and NaN occur in published scans. */
  readonly snr: number;
}

/** A module that has a weight, and its ratio. */
export interface MeasuredModule {
  readonly name: string;
  readonly snr: number;
}

/** The type of a module: its name after the first part that is a number [spectrum.py, get_weight_types]. */
export function moduleType(name: string): string {
  const parts = name.split(".");
  const index = parts.findIndex((part) => /^\d+$/.test(part));
  return index === -1 ? name : parts.slice(index + 1).join(".");
}

/**
 * Spectrum's scan of measured modules, in the order of Spectrum's own file: types by their first part and then by name;
 * within a type, modules in the given order (the order of the model). Spectrum gives a module every type that is a part
 * of its name, and the last one stays: where one type is a part of another ("mlp.gate" of "mlp.gate_proj"), so is it
 * here [spectrum.py, sort_weight_types, calculate_snr_for_layer]. O(modules * types).
 */
export function spectrumScan(modules: readonly MeasuredModule[]): readonly ScannedModule[] {
  const types = [...new Set(modules.map(({ name }) => moduleType(name)))].sort(
    (a, b) => compareCodePoints(a.split(".")[0], b.split(".")[0]) || compareCodePoints(a, b),
  );
  const scan = new Map<string, ScannedModule>();
  for (const type of types)
    for (const { name, snr } of modules) if (name.includes(type)) scan.set(name, { name, type, snr });
  return [...scan.values()];
}

/** Python's order of strings. */
function compareCodePoints(a: string, b: string): number {
  const [x, y] = [Array.from(a), Array.from(b)];
  for (let i = 0; i < Math.min(x.length, y.length); i++)
    if (x[i] !== y[i]) return (x[i].codePointAt(0) as number) - (y[i].codePointAt(0) as number);
  return x.length - y.length;
}

/** The scan as Spectrum writes it today: {module: {snr, type}}, indented by four, without a final newline. */
export function scanText(scan: readonly ScannedModule[]): string {
  if (scan.length === 0) return "{}";
  const entries = scan.map(
    ({ name, type, snr }) =>
      `    ${asciiJson(name)}: {\n        "snr": ${pythonFloat(snr)},\n        "type": ${asciiJson(type)}\n    }`,
  );
  return `{\n${entries.join(",\n")}\n}`;
}

/** A string as Python's `json.dump` writes it: in ASCII. */
function asciiJson(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The name of a model in Spectrum's file names: "/" and "_" become "-" [spectrum.py, axolotl's plugin]. */
export function modelSlug(model: string): string {
  return model.replace(/[/_]/g, "-");
}

/** Where Spectrum keeps the scan of a model, and where axolotl's plugin looks for it. */
export function scanFileName(model: string): string {
  return `model_snr_results/snr_results_${modelSlug(model)}.json`;
}

/** A published scan of a model with 60,000 experts has 5 MB. */
const MAX_SCAN_BYTES = 64 * 2 ** 20;

/**
 * Reads a scan in either shape: {module: {snr, type}}, or the older {type: {module: snr}}, whose `Infinity` is no JSON.
 * Throws `FormatError` that names the file and the entry.
 */
export function parseScan(bytes: Uint8Array, file: string): readonly ScannedModule[] {
  if (bytes.length > MAX_SCAN_BYTES)
    throw fault(file, `has ${bytes.length} bytes; the largest scans known have 5 MB, at most 64 MiB are read`);
  // `Infinity` and `NaN` outside of strings become numbers that only they can be: beyond the doubles, and null.
  const text = decodeText(bytes).replace(/"(?:[^"\\]|\\.)*"|\bInfinity\b|\bNaN\b/g, (token) =>
    token === "Infinity" ? "1e999" : token === "NaN" ? "null" : token,
  );
  const json = parseJson(new TextEncoder().encode(text), { maxDepth: 4, format: "json", file });
  if (!(json instanceof Map)) throw fault(file, `is a ${kindOf(json)}, expected an object of modules`);
  const scan: ScannedModule[] = [];
  for (const [key, value] of json as JsonObject) {
    if (!(value instanceof Map)) throw fault(file, `"${key}" is a ${kindOf(value)}, expected {snr, type}`);
    const entry = value as JsonObject;
    if (entry.has("type") && entry.has("snr")) scan.push(todays(key, entry, file));
    else for (const [name, snr] of entry) scan.push({ name, type: key, snr: numberOf(snr, { file, key: name }) });
  }
  if (scan.length === 0) throw fault(file, "has no modules");
  // It would end its line in the list of patterns.
  const broken = scan.find(({ name, type }) => /[\r\n\u2028\u2029\u0085]/.test(name + type));
  if (broken !== undefined) throw fault(file, `has a name with a line break: "${broken.name}"`);
  return scan;
}

function todays(name: string, entry: JsonObject, file: string): ScannedModule {
  const type = entry.get("type");
  if (typeof type !== "string") throw fault(file, `"${name}": type is a ${kindOf(type)}, expected a name`);
  return { name, type, snr: numberOf(entry.get("snr"), { file, key: name }) };
}

function numberOf(
  value: JsonValue | undefined,
  { file, key }: { readonly file: string; readonly key: string },
): number {
  if (value === null) return Number.NaN;
  if (value instanceof JsonNumber) return value.value;
  throw fault(file, `"${key}" is a ${kindOf(value)}, expected a signal-to-noise ratio`);
}

function kindOf(value: JsonValue | undefined): string {
  if (value === undefined) return "missing value";
  if (value === null) return "null";
  if (Array.isArray(value)) return "list";
  return value instanceof JsonNumber ? "number" : value instanceof Map ? "object" : typeof value;
}

function fault(file: string, what: string): FormatError {
  return new FormatError(`no scan of Spectrum: ${printable(what)}`, {
    kind: "malformed",
    file,
    remedy: "A scan is snr_results_<model>.json, as spectrum.py or eigenscope advise --for finetuning writes it.",
  });
}
