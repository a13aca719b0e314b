import type { JsonObject, JsonValue } from "../../bytes/json-value.js";
import { parseJson } from "../../bytes/strict-json.js";
import { objectAt, textAt, wholesAt } from "./config.js";
import type { SchemeContext } from "./scheme.js";

/** The largest description of a tensor in the metadata has some 300 bytes. */
const MAX_DESCRIPTION = 65_536;
const MAX_DEPTH = 8;

/** What torchao writes of a weight in the metadata of its file. */
export interface DescribedTensor {
  /** The class: "Float8Tensor". */
  readonly type?: string | undefined;
  /** The sides of the block that shares a scale. */
  readonly block?: readonly number[] | undefined;
  readonly attributes?: JsonObject | undefined;
}

/**
 * The description of a weight under its name in the metadata; undefined if there is none [torchao, safetensors_utils].
 */
export function describedTensor(
  weight: string,
  { metadata }: Pick<SchemeContext, "metadata">,
): DescribedTensor | undefined {
  const text = Object.hasOwn(metadata, weight) ? metadata[weight] : undefined;
  if (text === undefined || text.length > MAX_DESCRIPTION || !text.startsWith("{")) return undefined;
  let value: JsonValue;
  try {
    value = parseJson(new TextEncoder().encode(text), { maxDepth: MAX_DEPTH });
  } catch {
    return undefined;
  }
  const attributes = objectAt(value, "_data");
  return {
    type: textAt(value instanceof Map ? value : undefined, "_type"),
    block: wholesAt(attributes, "block_size")?.slice(-2),
    attributes,
  };
}
