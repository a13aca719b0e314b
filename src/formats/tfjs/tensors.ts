import { FormatError } from "../../bytes/errors.js";
import type { Pace } from "../../bytes/pace.js";
import type { ErrorLocation, StoredBytes } from "../../bytes/stored-bytes.js";
import { fileAt } from "../concatenated-bytes.js";
import { decodeElements, ELEMENT_TYPES, type ElementType } from "../element-types.js";
import type { OpenedFile } from "../reader.js";
import { refuseValues, streamElements } from "../stream-elements.js";
import type { Tensor, Values } from "../tensor.js";
import type { ManifestGroup, ManifestWeight, Quantization } from "./manifest.js";
import type { HintFor } from "./topology.js";

/** TensorFlow.js' names for element types. */
const DTYPES: ReadonlyMap<string, string> = new Map([
  ["float32", "F32"],
  ["float16", "F16"],
  ["int32", "I32"],
  ["uint8", "U8"],
  ["uint16", "U16"],
  ["int8", "I8"],
  ["int16", "I16"],
  ["bool", "BOOL"],
]);
/** Complex numbers are skipped, but the size of their bytes must be known. */
const COMPLEX64_BYTES = 8;
/** Strings are skipped one by one; models hold vocabularies, not libraries. */
const MAX_STRINGS = 10_000_000;
/** Steps to locate a weight's bytes, without its topology. */
const TENSOR_STEPS = 32;
const STRING_READ_BYTES = 2 ** 20;

export interface GroupContext {
  readonly group: ManifestGroup;
  readonly shards: readonly OpenedFile[];
  readonly stored: StoredBytes;
  /** Of the model: the same in every key. */
  readonly key: string;
  readonly hintFor: HintFor;
  readonly where: ErrorLocation;
  readonly signal?: AbortSignal | undefined;
  readonly pace: Pace;
}

/** Assigns a group's bytes to its weights. Throws `FormatError` if the bytes are too few or too many. */
export async function groupTensors(context: GroupContext): Promise<Tensor[]> {
  const { group, stored, where, pace } = context;
  const tensors: Tensor[] = [];
  let offset = 0;
  for (const weight of group.weights) {
    if (pace.spend(TENSOR_STEPS + weight.name.length)) await pace.turn();
    const byteLength = await storedLength(weight, offset, context);
    if (offset + byteLength > stored.byteLength) await refuseLength(context, offset + byteLength, weight.name);
    tensors.push(tensorAt(weight, { offset, byteLength, context }));
    offset += byteLength;
  }
  if (offset !== stored.byteLength) await refuseLength(context, offset);
  if (group.paths.length === 0 && offset > 0)
    throw new FormatError("a group of weights names no file", { ...where, kind: "malformed" });
  return tensors;
}

function elementType({ dtype, quantization }: ManifestWeight): ElementType | undefined {
  return ELEMENT_TYPES.get(DTYPES.get(quantization?.dtype ?? dtype) ?? "");
}

async function storedLength(weight: ManifestWeight, offset: number, context: GroupContext): Promise<number> {
  const { name, dtype, count } = weight;
  const type = elementType(weight);
  if (type !== undefined) return count * type.bytes;
  if (dtype === "complex64") return count * COMPLEX64_BYTES;
  if (dtype === "string")
    return stringsLength(count, offset, { ...context, where: { ...context.where, tensor: name } });
  throw new FormatError(`its dtype "${dtype}" is not defined by the format`, {
    ...context.where,
    tensor: name,
    kind: "malformed",
  });
}

/** Bytes of `count` strings, each a 32-bit length and that many bytes. */
async function stringsLength(count: number, offset: number, { stored, where, signal }: GroupContext): Promise<number> {
  if (count > MAX_STRINGS)
    throw new FormatError(`${count} strings are more than ${MAX_STRINGS}`, { ...where, kind: "malformed" });
  const cursor = stored.openCursor();
  let window = new Uint8Array(0) as Uint8Array;
  let windowAt = offset;
  let at = offset;
  for (let k = 0; k < count; k++) {
    if (at + 4 > stored.byteLength)
      throw new FormatError("its strings end early", { ...where, kind: "malformed", offset: at });
    if (at + 4 > windowAt + window.length) {
      windowAt = at;
      window = await cursor.read(at, Math.min(STRING_READ_BYTES, stored.byteLength - at), signal);
    }
    const from = at - windowAt;
    at += 4 + new DataView(window.buffer, window.byteOffset + from, 4).getUint32(0, true);
  }
  return at - offset;
}

interface Span {
  readonly offset: number;
  readonly byteLength: number;
  readonly context: GroupContext;
}

function tensorAt(weight: ManifestWeight, { offset, byteLength, context }: Span): Tensor {
  const { name, shape, count, dtype, quantization } = weight;
  const { shards, stored, key, hintFor, where } = context;
  const type = elementType(weight);
  const floating = dtype === "float32" || dtype === "float16";
  const affine = quantization !== undefined && quantization.dtype !== "float16" ? quantization : undefined;
  return {
    name,
    shape,
    dtype: affine !== undefined ? `${affine.dtype}-affine` : (DTYPES.get(quantization?.dtype ?? dtype) ?? dtype),
    storedBits: (type?.bytes ?? 0) * 8,
    floating: floating && type !== undefined,
    quantised: floating && affine !== undefined,
    file: fileAt(shards, offset),
    byteLength,
    storageKey: byteLength === 0 ? `${key}:${name}` : `${key}:${offset}-${offset + byteLength}`,
    hints: hintFor(name),
    values(range) {
      if (type === undefined)
        return refuseValues(`its elements are of dtype ${dtype}, which are not weights`, { ...where, tensor: name });
      const decode =
        affine === undefined
          ? (bytes: Uint8Array, owned?: boolean) => decodeElements(bytes, type, { owned })
          : dequantiser(affine, type);
      return streamElements({ stored, offset, count, bytesPerElement: type.bytes, decode }, range);
    },
  };
}

/** w = code * scale + min, computed in double precision and rounded once, as TensorFlow.js does. */
function dequantiser({ scale, min }: Quantization, type: ElementType): (bytes: Uint8Array) => Values {
  return (bytes) => decodeElements(bytes, type).map((code) => code * scale + min);
}

/** Reports why a group's bytes do not fit its weights; most likely a server's compression was saved with them. */
async function refuseLength(
  { shards, stored, where, signal }: GroupContext,
  needed: number,
  tensor?: string,
): Promise<never> {
  const { source, name } = shards[0] ?? {};
  const head = source !== undefined && source.byteLength >= 2 ? await source.read(0, 2, signal) : new Uint8Array(2);
  if (head[0] === 0x1f && head[1] === 0x8b) {
    throw new FormatError("this shard is gzip-compressed", {
      ...where,
      file: name,
      kind: "unsupported",
      remedy: "Unpack the shards (gunzip) and run again.",
    });
  }
  const found =
    `the weights need ${tensor === undefined ? "" : "at least "}${needed} bytes, but the shards hold ` +
    `${stored.byteLength}`;
  throw new FormatError(found, {
    ...where,
    tensor,
    kind: "malformed",
    remedy: "A shard is truncated or of another model; get them again.",
  });
}
