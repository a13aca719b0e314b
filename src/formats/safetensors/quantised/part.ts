import { readRange } from "../../../bytes/stored-bytes.js";
import { decodeElements, ELEMENT_TYPES } from "../../element-types.js";
import type { OpenedFile } from "../../reader.js";
import type { Values } from "../../tensor.js";
import { FORMAT, type HeaderEntry } from "../header.js";

/** A stored tensor, by its header's entry, from which schemes compose weights. */
export interface Part extends Pick<HeaderEntry, "name" | "dtype" | "shape"> {
  readonly file: string;
  readonly byteLength: number;
  /** `length` bytes of its data, from byte `offset` on. */
  bytes(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** Elements `from` to `to` (default: all) as numbers, in an array that the caller owns. */
  numbers(range?: { readonly from?: number; readonly to?: number; readonly signal?: AbortSignal }): Promise<Values>;
}

/** Parts by their names. */
export type Parts = ReadonlyMap<string, Part>;

export function partOf(entry: HeaderEntry, { name: file, source }: OpenedFile): Part {
  const { name, dtype, shape, begin, end } = entry;
  const where = { format: FORMAT, file, tensor: name };
  const bytes: Part["bytes"] = (offset, length, signal) =>
    readRange(source, { ...where, offset: begin + offset, length, signal });
  return {
    name,
    dtype,
    shape,
    file,
    byteLength: end - begin,
    bytes,
    async numbers({ from = 0, to, signal } = {}) {
      const type = ELEMENT_TYPES.get(dtype)!;
      const last = to ?? (end - begin) / type.bytes;
      return decodeElements(await bytes(from * type.bytes, (last - from) * type.bytes, signal), type);
    },
  };
}

export function isFloat({ dtype }: Part): boolean {
  return ELEMENT_TYPES.get(dtype)?.floating === true;
}

/** Whether the type is one that is used for scales: a float of 16 bits or more. */
export function isWideFloat({ dtype }: Part): boolean {
  return dtype === "F32" || dtype === "F16" || dtype === "BF16" || dtype === "F64";
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((side, k) => side === b[k]);
}

export function elementsOf({ shape }: Part): number {
  return shape.reduce((product, side) => product * side, 1);
}
