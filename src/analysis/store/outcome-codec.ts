import type { Outcome } from "./outcome.js";

/**
 * An outcome as bytes: the length of a text (u32, little-endian), the text (JSON in UTF-8), then the numbers of its
 * arrays (f64, little-endian). In the text an array is {"$array": [first, length]}, its place among these numbers; a
 * number that JSON does not have is {"$number": "NaN"}. So eigenvalues keep every bit, in 8 bytes each.
 */
export function encodeOutcome(outcome: Outcome): Uint8Array {
  const arrays: Float64Array[] = [];
  let length = 0;
  const text = new TextEncoder().encode(
    JSON.stringify(outcome, (_, value: unknown) => {
      if (value instanceof Float64Array) {
        const place = [length, value.length];
        arrays.push(value);
        length += value.length;
        return { $array: place };
      }
      return typeof value === "number" && !Number.isFinite(value) ? { $number: String(value) } : value;
    }),
  );
  const bytes = new Uint8Array(4 + text.length + 8 * length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, text.length, true);
  bytes.set(text, 4);
  let at = 4 + text.length;
  for (const array of arrays) {
    for (const value of array) {
      view.setFloat64(at, value, true);
      at += 8;
    }
  }
  return bytes;
}

/** The inverse of `encodeOutcome`. Throws `SyntaxError` or `RangeError` for bytes that are no outcome. */
export function decodeOutcome(bytes: Uint8Array): Outcome {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const begin = 4 + view.getUint32(0, true);
  const revive = (_: string, value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    if ("$number" in value) return Number(value.$number);
    if (!("$array" in value)) return value;
    const [first, length] = value.$array as [number, number];
    // Before so many numbers get memory: they must be there.
    if (!(first >= 0 && length >= 0 && begin + 8 * (first + length) <= bytes.length))
      throw new RangeError("an array lies outside the record");
    const array = new Float64Array(length);
    for (let i = 0; i < length; i++) array[i] = view.getFloat64(begin + 8 * (first + i), true);
    return array;
  };
  const outcome = JSON.parse(
    new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(4, begin)),
    revive,
  ) as Outcome;
  if (typeof outcome?.key !== "string" || typeof outcome.kind !== "string")
    throw new SyntaxError("the record is no outcome of a run");
  return outcome;
}
