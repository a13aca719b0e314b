import { FormatError } from "../../bytes/errors.js";
import { JsonNumber, type JsonValue } from "../../bytes/json-value.js";
import { siblingName } from "../../bytes/sibling-name.js";
import type { ErrorLocation } from "../../bytes/stored-bytes.js";
import { elementCount } from "../shape.js";

export const FORMAT = "tfjs";

/** The largest converted models have a few thousand weights. */
const MAX_WEIGHTS = 1_000_000;

/** How a weight's numbers were compressed: "uint8" and "uint16" store (w - min) / scale, "float16" half precision. */
export interface Quantization {
  readonly dtype: "uint8" | "uint16" | "float16";
  readonly scale: number;
  readonly min: number;
}

export interface ManifestWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly count: number;
  /** TensorFlow.js' name: "float32", "int32", "bool", "string", ... */
  readonly dtype: string;
  readonly quantization?: Quantization | undefined;
}

/** Consecutive weights in a sequence of files. */
export interface ManifestGroup {
  /** Names within the file set. */
  readonly paths: readonly string[];
  readonly weights: readonly ManifestWeight[];
}

/** Reads a `weightsManifest`. Throws a `FormatError` that names the weight and what was expected. */
export function readManifest(
  manifest: JsonValue | undefined,
  where: ErrorLocation & { file: string },
): ManifestGroup[] {
  if (!Array.isArray(manifest)) return malformed('"weightsManifest" is missing, or not an array', where);
  const names = new Set<string>();
  const files = new Set<string>();
  return manifest.map((group: JsonValue): ManifestGroup => {
    const [paths, weights] = group instanceof Map ? [group.get("paths"), group.get("weights")] : [];
    if (!Array.isArray(paths) || !Array.isArray(weights))
      return malformed('a group of the manifest has no arrays "paths" and "weights"', where);
    if (names.size + weights.length > MAX_WEIGHTS) malformed(`more than ${MAX_WEIGHTS} weights`, where);
    return {
      paths: paths.map((path: JsonValue) => {
        if (typeof path !== "string") return malformed("a path of the manifest is not a string", where);
        const file = siblingName(path, where.file, where);
        if (files.has(file)) malformed(`the manifest names ${file} twice`, where);
        files.add(file);
        return file;
      }),
      weights: weights.map((entry: JsonValue) => {
        const weight = readWeight(entry, where);
        if (names.has(weight.name))
          malformed("the name occurs twice in the manifest", { ...where, tensor: weight.name });
        names.add(weight.name);
        return weight;
      }),
    };
  });
}

function readWeight(entry: JsonValue, file: ErrorLocation): ManifestWeight {
  const name = entry instanceof Map ? entry.get("name") : undefined;
  if (!(entry instanceof Map) || typeof name !== "string")
    return malformed("a weight of the manifest has no name", file);
  const where = { ...file, tensor: name };
  const dtype = entry.get("dtype");
  if (typeof dtype !== "string") return malformed("its dtype is not a string", where);
  const written = entry.get("shape");
  if (!Array.isArray(written)) return malformed("its shape is not an array", where);
  const shape = written.map((side: JsonValue) => {
    const whole = side instanceof JsonNumber ? side.whole : undefined;
    return whole ?? malformed("its shape holds something other than whole numbers from 0", where);
  });
  const count = elementCount(shape);
  // 8 bytes is the widest element; beyond this, byte offsets would not be exact.
  if (count === undefined || count * 8 > Number.MAX_SAFE_INTEGER)
    return malformed(`its shape [${shape.join(", ")}] overflows`, where);
  return { name, shape, count, dtype, quantization: readQuantization(entry.get("quantization"), where) };
}

function readQuantization(value: JsonValue | undefined, where: ErrorLocation): Quantization | undefined {
  if (value === undefined || value === null) return undefined;
  if (!(value instanceof Map)) return malformed("its quantization is not an object", where);
  const dtype = value.get("dtype");
  if (dtype === "float16") return { dtype, scale: 1, min: 0 };
  if (dtype !== "uint8" && dtype !== "uint16")
    return malformed(`its quantization to ${String(dtype)} is unknown`, where);
  const [scale, min] = [value.get("scale"), value.get("min")].map((number) =>
    number instanceof JsonNumber ? number.value : Number.NaN,
  );
  if (!Number.isFinite(scale) || !Number.isFinite(min))
    return malformed("its quantization has no finite scale and min", where);
  return { dtype, scale, min };
}

function malformed(reason: string, where: ErrorLocation): never {
  throw new FormatError(reason, { ...where, kind: "malformed" });
}
