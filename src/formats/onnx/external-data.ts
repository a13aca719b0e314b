import type { Span, Wire } from "./wire.js";

/** Where a tensor's elements lie in a file beside the model [ONNX, External Data]. */
export interface ExternalPlace {
  /** As the model writes it: still to be checked by whoever opens it. */
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

const KEY = 1;
const VALUE = 2;
/**
 * The keys of the specification. Anything else reached attributes of a Python object in onnx before 1.21
 * (CVE-2026-34445) and means nothing here.
 */
const KEYS: ReadonlySet<string> = new Set(["location", "offset", "length", "checksum"]);
/** What ONNX Runtime adds when it stores weights in the order of its own kernels, beside the weights themselves. */
const PREPACKED = /^prepacked_\d+$/;

interface Needs {
  /** Bytes that the shape asks for. */
  readonly bytes: number;
  readonly fail: (reason: string) => never;
}

/**
 * Reads the entries of `external_data`. Refuses keys that are unknown or stand twice, and numbers that are no whole
 * numbers or not the shape's.
 */
export async function readExternalPlace(wire: Wire, entries: readonly Span[], { bytes, fail }: Needs): Promise<ExternalPlace> {
  const found = new Map<string, string>();
  for (const entry of entries) {
    let key = "";
    let value = "";
    await wire.walk(entry, (field) => {
      if (field.number === KEY) key = wire.text(field, "a key of external_data");
      if (field.number === VALUE) value = wire.text(field, "a value of external_data");
    });
    if (PREPACKED.test(key)) continue;
    if (!KEYS.has(key)) fail(`external_data has the key "${key}", which the format does not know`);
    if (found.has(key)) fail(`external_data has the key "${key}" twice`);
    found.set(key, value);
  }
  const whole = (key: string, otherwise: number): number => {
    const text = found.get(key);
    if (text === undefined) return otherwise;
    const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    return Number.isSafeInteger(number) ? number : fail(`external_data says ${key} "${text}", which is no whole number from 0`);
  };
  const location = (found.get("location") ?? "").replace(/^(\.\/)+/, "");
  if (location === "") fail("external_data names no location");
  const length = whole("length", bytes);
  if (length !== bytes) fail(`external_data declares ${length} bytes, its shape needs ${bytes}`);
  return { location, offset: whole("offset", 0), length };
}
