import type { Span, Wire } from "./wire.js";

/** The location of a tensor's elements in a file beside the model [ONNX, External Data]. */
export interface ExternalRange {
  /** As the model writes it; the code that opens it must check it. */
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

const KEY = 1;
const VALUE = 2;
/**
 * The keys of the specification. In onnx before 1.21 any other key reached attributes of a Python object
 * (CVE-2026-34445); it means nothing here.
 */
const KEYS: ReadonlySet<string> = new Set(["location", "offset", "length", "checksum"]);
/** A key that ONNX Runtime adds when it also stores weights in the order of its own kernels. */
const PREPACKED = /^prepacked_\d+$/;

interface Needs {
  /** Bytes required by the shape. */
  readonly bytes: number;
  readonly fail: (reason: string) => never;
}

/**
 * Reads the entries of `external_data`. Refuses keys that are unknown or occur twice, and numbers that are not whole or
 * contradict the shape.
 */
export async function readExternalRange(
  wire: Wire,
  entries: readonly Span[],
  { bytes, fail }: Needs,
): Promise<ExternalRange> {
  const found = new Map<string, string>();
  for (const entry of entries) {
    let key = "";
    let value = "";
    await wire.walk(entry, (field) => {
      if (field.number === KEY) key = wire.text(field, "a key of external_data");
      if (field.number === VALUE) value = wire.text(field, "a value of external_data");
    });
    if (PREPACKED.test(key)) continue;
    if (!KEYS.has(key)) fail(`external_data has the key "${key}", which the format does not define`);
    if (found.has(key)) fail(`external_data has the key "${key}" twice`);
    found.set(key, value);
  }
  const whole = (key: string, otherwise: number): number => {
    const text = found.get(key);
    if (text === undefined) return otherwise;
    const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    return Number.isSafeInteger(number)
      ? number
      : fail(`external_data gives ${key} as "${text}", which is not a whole number from 0`);
  };
  const location = (found.get("location") ?? "").replace(/^(\.\/)+/, "");
  if (location === "") fail("external_data names no location");
  const length = whole("length", bytes);
  if (length !== bytes) fail(`external_data declares ${length} bytes, but its shape needs ${bytes}`);
  return { location, offset: whole("offset", 0), length };
}
