import { FormatError } from "../bytes/errors.js";
import type { Tensor, Values } from "../formats/tensor.js";

/** Decoded bytes of one block of rows. */
export const BLOCK_BYTES = 4 * 2 ** 20;

/** Rows that are stored one after the other in a tensor. */
export interface Rows {
  /** Element at which the first row begins. */
  readonly from: number;
  readonly rows: number;
  /** Elements per row. */
  readonly length: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Streams rows that are stored one after the other, regrouped into blocks of whole rows whatever chunks the tensor
 * yields.
 */
export function storedRows(tensor: Tensor, rows: Rows): AsyncGenerator<Values> {
  return streamedRows(tensor, rows, Math.floor(BLOCK_BYTES / (bytesPerValue(tensor) * rows.length)));
}

/** Asks the tensor for `chunkRows` rows at a time; it may yield others. */
async function* streamedRows(
  tensor: Tensor,
  { from, rows, length, signal }: Rows,
  chunkRows: number,
): AsyncGenerator<Values> {
  const chunk = length * Math.max(1, chunkRows);
  const to = from + rows * length;
  let rest: Values | undefined;
  let seen = 0;
  for await (const values of tensor.values({ from, to, chunk, signal })) {
    seen += values.length;
    const joined: Values = rest === undefined ? values : join(rest, values);
    const whole = joined.length - (joined.length % length);
    rest = whole === joined.length ? undefined : joined.slice(whole);
    if (whole > 0) yield rest === undefined ? joined : joined.slice(0, whole);
  }
  if (seen !== to - from) {
    throw new FormatError(`its values ended after ${seen} of ${to - from}`, {
      kind: "malformed",
      file: tensor.file,
      tensor: tensor.name,
    });
  }
}

/** The same rows at once, for small tensors. */
export async function loadRows(tensor: Tensor, rows: Rows): Promise<Values> {
  const parts: Values[] = [];
  for await (const block of streamedRows(tensor, rows, rows.rows)) parts.push(block);
  return parts.length === 1 ? parts[0] : join(...parts);
}

/** Concatenates arrays of one tensor. */
function join(...parts: readonly Values[]): Values {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const joined = parts[0] instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export function bytesPerValue({ storedBits }: Tensor): number {
  return storedBits > 32 ? 8 : 4;
}
