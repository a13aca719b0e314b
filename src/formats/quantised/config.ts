import { FormatError } from "../../bytes/errors.js";
import type { FileSet } from "../../bytes/file-set.js";
import type { Pace } from "../../bytes/pace.js";
import { readRange } from "../../bytes/stored-bytes.js";
import { JsonNumber, type JsonObject, type JsonValue, parseJsonInSteps } from "../../bytes/strict-json.js";
import type { OpenedFile } from "../reader.js";

/** Configurations with a setting for each layer have some 100 KB. */
const MAX_CONFIG_BYTES = 16 * 2 ** 20;
const MAX_DEPTH = 32;

/** The quantisation settings of config.json: Hugging Face's `quantization_config`, or MLX's `quantization`. */
export interface QuantisationConfig {
  readonly file: OpenedFile;
  readonly huggingFace?: JsonObject | undefined;
  readonly mlx?: JsonObject | undefined;
}

/** The name of the configuration beside a file. */
export function configName(beside: string): string {
  return `${beside.slice(0, beside.lastIndexOf("/") + 1)}config.json`;
}

/**
 * Reads config.json from the folder of `beside`. Undefined if it does not exist; throws `FormatError` if it cannot be
 * read or is not JSON.
 */
export async function readConfig(
  files: FileSet,
  beside: string,
  { signal, pace }: { readonly signal?: AbortSignal | undefined; readonly pace: Pace },
): Promise<QuantisationConfig | undefined> {
  const name = configName(beside);
  const where = { file: name };
  let file: OpenedFile;
  try {
    file = { name, source: await files.open(name) };
  } catch (cause) {
    if (cause instanceof FormatError && cause.kind === "missing") return undefined;
    throw cause;
  }
  const length = file.source.byteLength;
  if (length > MAX_CONFIG_BYTES) {
    throw new FormatError(`a configuration of ${length} bytes is more than ${MAX_CONFIG_BYTES}`, {
      ...where,
      kind: "malformed",
    });
  }
  const text = await readRange(file.source, { ...where, offset: 0, length, signal });
  const config = await pace.run(parseJsonInSteps(text, { ...where, maxDepth: MAX_DEPTH }, pace));
  return { file, huggingFace: objectAt(config, "quantization_config"), mlx: objectAt(config, "quantization") };
}

export function objectAt(value: JsonValue | undefined, key: string): JsonObject | undefined {
  const found = value instanceof Map ? value.get(key) : undefined;
  return found instanceof Map ? found : undefined;
}

/** An integer from 0. */
export function wholeAt(object: JsonObject | undefined, key: string): number | undefined {
  const found = object?.get(key);
  return found instanceof JsonNumber ? found.whole : undefined;
}

export function textAt(object: JsonObject | undefined, key: string): string | undefined {
  const found = object?.get(key);
  return typeof found === "string" ? found : undefined;
}

/** A list of integers from 0. */
export function wholesAt(object: JsonObject | undefined, key: string): number[] | undefined {
  const value = object?.get(key);
  if (!Array.isArray(value)) return undefined;
  const numbers = value.map((item: JsonValue) => (item instanceof JsonNumber ? item.whole : undefined));
  return numbers.every((number) => number !== undefined) ? numbers : undefined;
}
