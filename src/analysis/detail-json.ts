import type { DetailBulk, DetailCurve, DetailEdge, DetailTail, LayerDetail } from "./layer-detail.js";

/** A `LayerDetail` as JSON: the eigenvalues are a list of numbers. */
export interface LayerDetailJson extends Omit<LayerDetail, "eigenvalues"> {
  readonly eigenvalues: readonly number[];
}

/** The JSON twin of a detail, for `JSON.stringify`. No number is rounded. */
export function detailToJson(detail: LayerDetail): LayerDetailJson {
  return { ...detail, eigenvalues: Array.from(detail.eigenvalues) };
}

/**
 * The detail that `detailToJson` has written. Fields that it does not know are dropped. Throws `RangeError` naming the
 * first field that is missing or of another type.
 */
export function detailFromJson(json: unknown): LayerDetail {
  const detail = objectOf(json, "");
  const eigenvalues = Float64Array.from(numbersOf(detail, "eigenvalues"));
  const count = numberOf(detail, "count");
  if (count !== eigenvalues.length) throw malformed("count", `${eigenvalues.length}, the number of eigenvalues`, count);
  return {
    name: textOf(detail, "name"),
    N: numberOf(detail, "N"),
    M: numberOf(detail, "M"),
    Q: numberOf(detail, "Q"),
    rf: numberOf(detail, "rf"),
    count,
    eigenvalues,
    resolvedFloor: numberOf(detail, "resolvedFloor"),
    zeros: numberOf(detail, "zeros"),
    bulk: partOf(detail, "bulk", bulkOf),
    edge: partOf(detail, "edge", edgeOf),
    spikes: numberOf(detail, "spikes"),
    tail: partOf(detail, "tail", tailOf),
    curve: partOf(detail, "curve", curveOf),
  };
}

function bulkOf(bulk: Fields): DetailBulk {
  return {
    N: numberOf(bulk, "bulk.N"),
    Q: numberOf(bulk, "bulk.Q"),
    sigma2: numberOf(bulk, "bulk.sigma2"),
    lambdaPlus: numberOf(bulk, "bulk.lambdaPlus"),
    lambdaMinus: numberOf(bulk, "bulk.lambdaMinus"),
    share: numberOf(bulk, "bulk.share"),
  };
}

function edgeOf(edge: Fields): DetailEdge {
  return {
    threshold: numberOf(edge, "edge.threshold"),
    low: numberOf(edge, "edge.low"),
    high: numberOf(edge, "edge.high"),
  };
}

function tailOf(tail: Fields): DetailTail {
  const { valid } = tail;
  if (typeof valid !== "boolean") throw malformed("tail.valid", "true or false", valid);
  return {
    alpha: numberOf(tail, "tail.alpha"),
    low: tail.low === null ? null : numberOf(tail, "tail.low"),
    high: tail.high === null ? null : numberOf(tail, "tail.high"),
    xmin: numberOf(tail, "tail.xmin"),
    xmax: numberOf(tail, "tail.xmax"),
    nTail: numberOf(tail, "tail.nTail"),
    D: numberOf(tail, "tail.D"),
    valid,
  };
}

function curveOf(curve: Fields): DetailCurve {
  const xmin = numbersOf(curve, "curve.xmin");
  const [alpha, D] = [numbersOf(curve, "curve.alpha"), numbersOf(curve, "curve.D")];
  for (const [name, list] of Object.entries({ alpha, D }))
    if (list.length !== xmin.length) throw malformed(`curve.${name}`, `${xmin.length} numbers, one per xmin`, list);
  const chosen = numberOf(curve, "curve.chosen");
  if (xmin[chosen] === undefined) throw malformed("curve.chosen", `an index below ${xmin.length}`, chosen);
  return { xmin, alpha, D, chosen };
}

type Fields = Readonly<Record<string, unknown>>;

/** The value of a field named by its path: the last word is its key. */
function fieldAt(fields: Fields, path: string): unknown {
  return fields[path.slice(path.lastIndexOf(".") + 1)];
}

function partOf<T>(detail: Fields, name: string, read: (fields: Fields) => T): T | null {
  return detail[name] === null ? null : read(objectOf(detail[name], name));
}

function objectOf(value: unknown, path: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw malformed(path, "an object", value);
  return value as Fields;
}

function numberOf(fields: Fields, path: string): number {
  const value = fieldAt(fields, path);
  if (typeof value !== "number") throw malformed(path, "a number", value);
  return value;
}

function numbersOf(fields: Fields, path: string): readonly number[] {
  const value = fieldAt(fields, path);
  if (!Array.isArray(value)) throw malformed(path, "a list of numbers", value);
  const other = value.findIndex((item) => typeof item !== "number");
  if (other >= 0) throw malformed(`${path}[${other}]`, "a number", value[other]);
  return value;
}

function textOf(fields: Fields, path: string): string {
  const value = fieldAt(fields, path);
  if (typeof value !== "string") throw malformed(path, "a text", value);
  return value;
}

function malformed(path: string, expected: string, found: unknown): RangeError {
  const subject = path === "" ? "the detail of a layer" : `the detail of a layer: ${path}`;
  return new RangeError(`${subject} must be ${expected}, found ${describe(found)}`);
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
