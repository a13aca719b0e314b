import { FormatError, printable } from "../../bytes/errors.js";
import { JsonNumber, type JsonObject, type JsonValue } from "../../bytes/json-value.js";
import type { ErrorLocation } from "../../bytes/stored-bytes.js";
import { parseJson } from "../../bytes/strict-json.js";
import type { Tensor } from "../tensor.js";
import type { ZipMember } from "../zip/members.js";
import { TORCH_DTYPES } from "./dtypes.js";
import { storedTensor, unreadableTensor } from "./stored-tensor.js";

/** A list of a million weights needs some 300 MB; the largest in use are far below this. */
const MAX_CONFIG_BYTES = 64 * 2 ** 20;
/** config > weight > tensor_meta > sizes > as_int. */
const MAX_DEPTH = 16;
/** torch.export's number for a plain tensor [torch/_export/serde/schema.py, Layout]. */
const STRIDED = 7;

/** torch.export's numbers for element types [torch/_export/serde/schema.py, ScalarType]. */
const SCALAR_TYPES: Readonly<Record<number, string>> = {
  1: "uint8",
  2: "int8",
  3: "int16",
  4: "int32",
  5: "int64",
  6: "float16",
  7: "float32",
  8: "float64",
  9: "complex32",
  10: "complex64",
  11: "complex128",
  12: "bool",
  13: "bfloat16",
  28: "uint16",
  29: "float8_e4m3fn",
  30: "float8_e5m2",
  31: "float8_e4m3fnuz",
  32: "float8_e5m2fnuz",
};

export interface ExportContext {
  readonly where: ErrorLocation & { readonly file: string };
  readonly bigEndian: boolean;
  /** Reads a whole record of at most `limit` bytes. */
  readonly read: (record: ZipMember, limit: number) => Promise<Uint8Array>;
}

/**
 * The weights and constants of an exported program (.pt2), from the JSON lists beside them [PT2 Archive Spec];
 * undefined if there is no such list. If an archive has several models, the model's name precedes its tensors' names.
 */
export async function exportedTensors(
  records: ReadonlyMap<string, ZipMember>,
  context: ExportContext,
): Promise<{ readonly tensors: readonly Tensor[]; readonly warnings: readonly string[] } | undefined> {
  const lists = [...records].flatMap(([name, record]) => {
    const match = /^(data\/(?:weights|constants)\/)([^/]+)_(?:weights|constants)_config\.json$/.exec(name);
    return match === null ? [] : [{ folder: match[1], model: match[2], record }];
  });
  if (lists.length === 0) return undefined;
  const several = new Set(lists.map(({ model }) => model)).size > 1;
  const tensors = new Map<string, Tensor>();
  const warnings: string[] = [];
  for (const { folder, model, record } of lists) {
    const where = { ...context.where, tensor: record.name };
    const config = objectIn(
      parseJson(await context.read(record, MAX_CONFIG_BYTES), { ...where, maxDepth: MAX_DEPTH }),
      "config",
      where,
    );
    for (const [own, payload] of config) {
      const name = several ? `${model}.${own}` : own;
      if (tensors.has(name))
        throw new FormatError("two lists of the archive name it", {
          ...context.where,
          tensor: name,
          kind: "malformed",
        });
      const tensor = exportedTensor(name, payload, { folder, records, context });
      if (tensor === undefined)
        warnings.push(`the constant "${printable(name)}" is an object, not a tensor, and was skipped`);
      else tensors.set(name, tensor);
    }
  }
  return { tensors: [...tensors.values()], warnings };
}

interface Payload {
  readonly folder: string;
  readonly records: ReadonlyMap<string, ZipMember>;
  readonly context: ExportContext;
}

/** {"path_name": "weight_0", "use_pickle": false, "tensor_meta": {"dtype": 7, "sizes": [{"as_int": 64}], ...}} */
function exportedTensor(name: string, payload: JsonValue, { folder, records, context }: Payload): Tensor | undefined {
  const where = { ...context.where, tensor: name };
  const meta = payload instanceof Map ? payload.get("tensor_meta") : undefined;
  const path = payload instanceof Map ? payload.get("path_name") : undefined;
  if (typeof path !== "string") return malformed("its entry in the list of weights names no record", where);
  if (!(meta instanceof Map)) return undefined;
  const code = wholeIn(meta.get("dtype"));
  const type = TORCH_DTYPES.get(SCALAR_TYPES[code ?? 0]);
  const [size, stride] = [integersIn(meta.get("sizes")), integersIn(meta.get("strides"))];
  const offset = wholeIn(meta.get("storage_offset"));
  const dtype = type?.dtype ?? `type ${code}`;
  const refuse = (reason: string): Tensor => unreadableTensor(name, { dtype, size: size ?? [], reason }, context.where);
  if (payload instanceof Map && payload.get("use_pickle") === true)
    return refuse("a tensor pickled inside the archive, which is not supported");
  if (wholeIn(meta.get("layout")) !== STRIDED) return refuse("a tensor of a sparse layout, which is not supported");
  if (type === undefined) return refuse(`elements of ${dtype}, which this version does not know`);
  if (size === undefined || stride === undefined || offset === undefined)
    return refuse("a tensor whose shape is not fixed, which is not supported");

  const record = records.get(folder + path);
  if (record === undefined) return malformed(`its record ${folder}${path} is not in the archive`, where);
  const storage = {
    stored: record.contents,
    key: `${context.where.file}:${record.name}`,
    bigEndian: context.bigEndian,
  };
  return storedTensor(name, { storage, type, offset, size, stride }, context.where);
}

function objectIn(json: JsonValue, key: string, where: ErrorLocation): JsonObject {
  const value = json instanceof Map ? json.get(key) : undefined;
  return value instanceof Map ? value : malformed(`"${key}" is missing, or not an object`, where);
}

/** A whole number, plain or as {"as_int": 64}. */
function wholeIn(value: JsonValue | undefined): number | undefined {
  if (value instanceof Map) return wholeIn(value.get("as_int"));
  return value instanceof JsonNumber ? value.whole : undefined;
}

function integersIn(value: JsonValue | undefined): number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const numbers = value.map((item: JsonValue) => wholeIn(item));
  return numbers.every((item): item is number => item !== undefined) ? numbers : undefined;
}

function malformed(reason: string, where: ErrorLocation): never {
  throw new FormatError(reason, { ...where, kind: "malformed", remedy: "The archive is damaged; get it again." });
}
