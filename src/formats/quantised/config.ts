import { FormatError } from "../../bytes/errors.js";
import type { FileSet } from "../../bytes/file-set.js";
import { JsonNumber, type JsonObject, type JsonValue } from "../../bytes/json-value.js";
import type { Pace } from "../../bytes/pace.js";
import { readRange } from "../../bytes/stored-bytes.js";
import { parseJsonInSteps } from "../../bytes/strict-json.js";
import type { OpenedFile } from "../reader.js";

/** Configurations with a setting for each layer have some 100 KB. */
const MAX_CONFIG_BYTES = 16 * 2 ** 20;
const MAX_DEPTH = 32;

/** AutoGPTQ and GPTQModel write their settings there, config.json of the model may say nothing of them. */
const OLD_NAME = "quantize_config.json";

/** The quantisation settings beside a model: Hugging Face's `quantization_config`, or MLX's `quantization`. */
export interface QuantisationConfig {
  /** The files that were read, and the names of those that are not there. */
  readonly files: readonly OpenedFile[];
  readonly absent: readonly string[];
  readonly huggingFace?: JsonObject | undefined;
  readonly mlx?: JsonObject | undefined;
}

interface Reading {
  readonly signal?: AbortSignal | undefined;
  readonly pace: Pace;
}

/**
 * Reads config.json from the folder of `beside`, and quantize_config.json if that has no settings: the whole of the
 * latter are settings. Throws `FormatError` if one cannot be read or is not JSON.
 */
export async function readConfig(files: FileSet, beside: string, reading: Reading): Promise<QuantisationConfig> {
  const folder = beside.slice(0, beside.lastIndexOf("/") + 1);
  const own = await readJson(files, `${folder}config.json`, reading);
  const found = {
    huggingFace: objectAt(own.value, "quantization_config"),
    mlx: objectAt(own.value, "quantization"),
  };
  if (found.huggingFace !== undefined || found.mlx !== undefined) return { ...filesOf([own]), ...found };
  const old = await readJson(files, folder + OLD_NAME, reading);
  return { ...filesOf([own, old]), huggingFace: old.value instanceof Map ? old.value : undefined };
}

/** A file, which is not there if it has no source. */
interface Json {
  readonly name: string;
  readonly source?: OpenedFile["source"];
  readonly value?: JsonValue;
}

function filesOf(read: readonly Json[]): Pick<QuantisationConfig, "files" | "absent"> {
  return {
    files: read.flatMap(({ name, source }) => (source === undefined ? [] : [{ name, source }])),
    absent: read.flatMap(({ name, source }) => (source === undefined ? [name] : [])),
  };
}

async function readJson(files: FileSet, name: string, { signal, pace }: Reading): Promise<Json> {
  const where = { file: name };
  let source: OpenedFile["source"];
  try {
    source = await files.open(name);
  } catch (cause) {
    if (cause instanceof FormatError && cause.kind === "missing") return { name };
    throw cause;
  }
  const length = source.byteLength;
  if (length > MAX_CONFIG_BYTES) {
    throw new FormatError(`a configuration of ${length} bytes is more than ${MAX_CONFIG_BYTES}`, {
      ...where,
      kind: "malformed",
    });
  }
  const text = await readRange(source, { ...where, offset: 0, length, signal });
  return { name, source, value: await pace.run(parseJsonInSteps(text, { ...where, maxDepth: MAX_DEPTH }, pace)) };
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
