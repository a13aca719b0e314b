import { JsonReader, SPACE } from "./json-reader.js";
import type { JsonLimits, JsonValue } from "./json-value.js";
import { finish, type Pace, type Steps, unpaced } from "./pace.js";

/** Parses a whole JSON text in UTF-8. Throws `FormatError` of kind "malformed" with the offset of the fault. */
export function parseJson(bytes: Uint8Array, limits: JsonLimits): JsonValue {
  return finish(parseJsonInSteps(bytes, limits, unpaced()));
}

/** `parseJson` with pauses. */
export function* parseJsonInSteps(bytes: Uint8Array, limits: JsonLimits, pace: Pace): Steps<JsonValue> {
  const reader = new JsonReader(bytes, limits, pace);
  const value = yield* reader.value();
  reader.end();
  return value;
}

/**
 * Reads a JSON object entry by entry and keeps none: a directory of a million tensors needs the memory of one entry at
 * a time. The caller must refuse repeated keys; it has the Map of known keys. Only spaces may follow the object.
 */
export function forEachJsonEntry(
  bytes: Uint8Array,
  limits: JsonLimits,
  visit: (key: string, value: JsonValue) => void,
): void {
  finish(forEachJsonEntryInSteps(bytes, limits, { visit, pace: unpaced() }));
}

interface Visiting {
  readonly visit: (key: string, value: JsonValue) => void;
  readonly pace: Pace;
}

/** `forEachJsonEntry` with pauses. */
export function* forEachJsonEntryInSteps(
  bytes: Uint8Array,
  limits: JsonLimits,
  { visit, pace }: Visiting,
): Steps<void> {
  const reader = new JsonReader(bytes, limits, pace);
  yield* reader.value(visit);
  reader.end(SPACE);
}
