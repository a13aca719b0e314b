import { FormatError } from "../bytes/errors.js";
import type { ErrorLocation } from "../bytes/stored-bytes.js";
import { type CodeRun, streamCodes } from "./code-run.js";
import type { ValueRange, Values } from "./tensor.js";

/**
 * Scales and zero points are held in memory while their weight streams: 256 MiB of each. Blocks of 16 of the largest
 * embeddings need as much.
 */
const MAX_SCALES = 2 ** 26;

/**
 * Which scale belongs to which code. "tensor": one for all. "axis": one per position along an axis of `length`, whose
 * neighbours are `inner` codes apart. "block": one for every `block` positions along that axis, for each position along
 * the others (the scales have the codes' axes).
 */
export type Grouping =
  | { readonly kind: "tensor" }
  | { readonly kind: "axis"; readonly inner: number; readonly length: number }
  | { readonly kind: "block"; readonly inner: number; readonly length: number; readonly block: number };

/**
 * Weights stored as integers (or small floats): w = (code - zero) * scale, in double precision and rounded once to f32,
 * as the runtimes do.
 */
export interface AffineCodes {
  readonly codes: CodeRun;
  readonly grouping: Grouping;
  /** Streams of one number per group. */
  scales(signal?: AbortSignal): AsyncIterable<Values>;
  /** Absent: `zero` for all. */
  readonly zeros?: ((signal?: AbortSignal) => AsyncIterable<Values>) | undefined;
  readonly zero?: number;
  readonly where: ErrorLocation;
}

/** The number of scales that a grouping of `count` codes has. */
export function scaleCount(grouping: Grouping, count: number): number {
  if (grouping.kind === "tensor") return 1;
  if (grouping.kind === "axis") return grouping.length;
  return (count / grouping.length) * Math.ceil(grouping.length / grouping.block);
}

/** Streams the weights of a range of codes, in consecutive chunks that the consumer owns. */
export async function* streamAffine(
  { codes, grouping, scales, zeros, zero = 0, where }: AffineCodes,
  range: ValueRange = {},
): AsyncGenerator<Values> {
  const count = scaleCount(grouping, codes.count);
  if (count > MAX_SCALES) {
    throw new FormatError(`it has ${count} scales, more than ${MAX_SCALES}`, { ...where, kind: "unsupported" });
  }
  const scaleOf = await gather(scales(range.signal), count);
  const zeroOf = zeros === undefined ? undefined : await gather(zeros(range.signal), count);
  let at = range.from ?? 0;
  for await (const chunk of streamCodes(codes, range)) {
    const weights = new Float32Array(chunk.length);
    for (let k = 0; k < chunk.length; ) {
      const { group, run } = groupAt(grouping, at + k);
      const [scale, shift] = [scaleOf[group], zeroOf === undefined ? zero : zeroOf[group]];
      for (const end = Math.min(chunk.length, k + run); k < end; k++) weights[k] = (chunk[k] - shift) * scale;
    }
    at += chunk.length;
    yield weights;
  }
}

/** The group of a code, and how many codes from it on share the group. */
function groupAt(grouping: Grouping, at: number): { group: number; run: number } {
  if (grouping.kind === "tensor") return { group: 0, run: Number.POSITIVE_INFINITY };
  const { inner, length } = grouping;
  const step = Math.floor(at / inner);
  const index = step % length;
  if (grouping.kind === "axis") return { group: index, run: (step + 1) * inner - at };
  const { block } = grouping;
  const outer = (step - index) / length;
  const group = (outer * Math.ceil(length / block) + Math.floor(index / block)) * inner + (at % inner);
  return { group, run: inner > 1 ? 1 : Math.min(block - (index % block), length - index) };
}

async function gather(stream: AsyncIterable<Values>, count: number): Promise<Values> {
  const all = new Float64Array(count);
  let at = 0;
  for await (const chunk of stream) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
