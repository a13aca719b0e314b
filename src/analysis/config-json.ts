import { JsonNumber, type JsonValue } from "../bytes/json-value.js";
import type { Pace, Steps } from "../bytes/pace.js";
import type { ErrorLocation } from "../bytes/stored-bytes.js";
import { parseJsonInSteps } from "../bytes/strict-json.js";

/** The largest config.json of a well-known model has about 200 KB (a long list of labels). */
export const MAX_CONFIG_BYTES = 8 * 2 ** 20;
/** Real configurations nest about 6 levels deep. */
const MAX_CONFIG_DEPTH = 128;

/**
 * The text of a configuration as plain values, with turns of the event loop: strictly read (a repeated key is an
 * error), objects without a prototype. Rejects with a `FormatError` that has the place, and `where`.
 */
export async function plainJson(bytes: Uint8Array, pace: Pace, where: ErrorLocation = {}): Promise<unknown> {
  const parsed = await pace.run(parseJsonInSteps(bytes, { ...where, maxDepth: MAX_CONFIG_DEPTH }, pace));
  return pace.run(plainInSteps(parsed, pace));
}

/**
 * Converts a parsed value to plain numbers, arrays, and objects without a prototype, in steps. `JSON.parse` would block
 * for 0.7 s on 4 MB.
 */
function* plainInSteps(value: JsonValue, pace: Pace): Steps<unknown> {
  if (pace.spend(1)) yield;
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (const item of value as readonly JsonValue[]) items.push(yield* plainInSteps(item, pace));
    return items;
  }
  if (value instanceof JsonNumber) return value.value;
  if (!(value instanceof Map)) return value;
  const plain: Record<string, unknown> = Object.create(null);
  for (const [key, item] of value) plain[key] = yield* plainInSteps(item, pace);
  return plain;
}
