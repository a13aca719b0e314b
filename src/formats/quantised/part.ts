import { ELEMENT_TYPES } from "../element-types.js";
import type { Tensor, Values, WeightFile } from "../tensor.js";

/** A stored tensor from which schemes compose weights. */
export interface Part extends Pick<Tensor, "name" | "dtype" | "shape" | "file" | "byteLength"> {
  /** Name of the file's format, for messages. */
  readonly format: string;
  /** `length` stored bytes (little-endian) of its data, from byte `offset` on. Integers only. */
  bytes(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** Elements `from` to `to` (default: all) as numbers, in an array that the caller owns. */
  numbers(range?: {
    readonly from?: number;
    readonly to?: number;
    readonly signal?: AbortSignal | undefined;
  }): Promise<Values>;
}

/** Parts by their names. */
export type Parts = ReadonlyMap<string, Part>;

/** A tensor of the file as a part. Its bytes are read if the format can, and otherwise put together from its values. */
export function partOf(tensor: Tensor, { format, readStored }: Pick<WeightFile, "format" | "readStored">): Part {
  const { name, dtype, shape, file, byteLength } = tensor;
  const numbers: Part["numbers"] = (range) => gather(tensor, range);
  const bytes: Part["bytes"] =
    readStored === undefined
      ? (offset, length, signal) => encoded(tensor, { offset, length, signal })
      : (offset, length, signal) => readStored(name, { offset, length, signal });
  return { name, dtype, shape, file, byteLength, format, bytes, numbers };
}

async function gather(
  tensor: Tensor,
  { from = 0, to = elementsOf(tensor), signal }: NonNullable<Parameters<Part["numbers"]>[0]> = {},
): Promise<Values> {
  let all: Values | undefined;
  let at = 0;
  for await (const chunk of tensor.values({ from, to, signal })) {
    if (chunk.length === to - from) return chunk;
    all ??= chunk instanceof Float64Array ? new Float64Array(to - from) : new Float32Array(to - from);
    all.set(chunk, at);
    at += chunk.length;
  }
  return all ?? new Float32Array(0);
}

/** How values of each integer type are stored. */
const INTEGERS: ReadonlyMap<string, (values: Values) => ArrayBufferView> = new Map<
  string,
  (values: Values) => ArrayBufferView
>([
  ["U8", (values: Values) => Uint8Array.from(values)],
  ["I8", (values: Values) => Int8Array.from(values)],
  ["U16", (values: Values) => Uint16Array.from(values)],
  ["I16", (values: Values) => Int16Array.from(values)],
  ["U32", (values: Values) => Uint32Array.from(values)],
  ["I32", (values: Values) => Int32Array.from(values)],
]);

/** Readers give values; packed codes need the bytes. Values of integers up to 32 bits are exact, so nothing is lost. */
async function encoded(
  tensor: Tensor,
  {
    offset,
    length,
    signal,
  }: { readonly offset: number; readonly length: number; readonly signal?: AbortSignal | undefined },
): Promise<Uint8Array> {
  const encode = INTEGERS.get(tensor.dtype);
  const size = ELEMENT_TYPES.get(tensor.dtype)?.bytes;
  if (encode === undefined || size === undefined)
    throw new RangeError(`bytes of ${tensor.name}: found the type ${tensor.dtype}, expected an integer`);
  const from = Math.floor(offset / size);
  const values = await gather(tensor, { from, to: Math.ceil((offset + length) / size), signal });
  const { buffer } = encode(values);
  return new Uint8Array(buffer as ArrayBuffer, offset - from * size, length);
}

/** Whether the type is one that is used for scales: a float of 16 bits or more. */
export function isWideFloat({ dtype }: Part): boolean {
  return dtype === "F32" || dtype === "F16" || dtype === "BF16" || dtype === "F64";
}

/** Words of 32 bits, whose sign does not matter. */
export function isWord({ dtype }: Part): boolean {
  return dtype === "I32" || dtype === "U32";
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((side, k) => side === b[k]);
}

export function elementsOf({ shape }: Pick<Part, "shape">): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** "[3, 4]", for messages. */
export function shapeText({ shape }: Pick<Part, "shape">): string {
  return `[${shape.join(", ")}]`;
}
