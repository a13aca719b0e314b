import type { ErrorLocation } from "../../bytes/stored-bytes.js";
import { type AffineCodes, streamAffine } from "../affine-codes.js";
import { type CodeRun, streamCodes } from "../code-run.js";
import { ELEMENT_TYPES } from "../element-types.js";
import type { Tensor, Values } from "../tensor.js";
import type { CastCodes } from "./cast-codes.js";
import { elementsOf } from "./elements.js";
import type { GraphTensor } from "./model.js";
import type { ModelFiles } from "./regions.js";
import { common, type TensorContext, type Weight } from "./tensor-parts.js";

type Codes = Pick<CastCodes, "grouping" | "scale" | "zero" | "offset">;

/** A tensor of integer codes with the scales and zero points that the graph gives it. */
export function affineCodes(
  { proto }: GraphTensor,
  { grouping, scale, zero, offset }: Codes,
  files: ModelFiles,
): Weight["affine"] | undefined {
  const [codes, scales] = [elementsOf(proto, files), elementsOf(scale.proto, files)];
  const zeros = zero === undefined ? undefined : elementsOf(zero.proto, files);
  const floatingScale = ELEMENT_TYPES.get(scale.proto.type.dtype ?? "")?.floating === true;
  const offsets = offset === undefined ? undefined : elementsOf(offset.proto, files);
  if (codes === undefined || scales === undefined || !floatingScale || (zero !== undefined && zeros === undefined))
    return undefined;
  if (offset !== undefined && offsets === undefined) return undefined;
  return {
    codes,
    grouping,
    scales: (signal) => streamCodes(scales, { signal }),
    zeros: offsets === undefined ? stream(zeros) : (signal) => zerosWithOffset({ scales, zeros, offsets, signal }),
  };
}

function stream(run: CodeRun | undefined): AffineCodes["zeros"] {
  return run === undefined ? undefined : (signal) => streamCodes(run, { signal });
}

interface WithOffset {
  readonly scales: CodeRun;
  readonly zeros?: CodeRun | undefined;
  readonly offsets: CodeRun;
  readonly signal?: AbortSignal | undefined;
}

/**
 * (code - zero) * scale + offset = (code - (zero - offset / scale)) * scale. There is one of each per group, and few
 * groups: they are read at once.
 */
async function* zerosWithOffset({ scales, zeros, offsets, signal }: WithOffset): AsyncGenerator<Values> {
  const read = async (run: CodeRun): Promise<number[]> => {
    const all: number[] = [];
    for await (const chunk of streamCodes(run, { signal })) all.push(...chunk);
    return all;
  };
  const [scale, zero, offset] = [
    await read(scales),
    zeros === undefined ? undefined : await read(zeros),
    await read(offsets),
  ];
  yield Float64Array.from(scale, (factor, k) => (zero?.[k] ?? 0) - offset[k] / factor);
}

export function present({ scale, zero, offset }: Partial<Codes>): GraphTensor[] {
  return [scale, zero, offset].filter((tensor) => tensor !== undefined);
}

/** The tensor of what a quantised weight stands for: scale (code - zero point). */
export function dequantised(
  tensor: GraphTensor,
  { name, weight, onlyFeeds, files }: TensorContext & { weight: Weight },
): Tensor {
  const { shape, bits, dtype, affine, hints } = weight;
  const base = common(tensor, { name, files });
  const where: ErrorLocation = { format: files.format, file: base.file, tensor: name };
  return {
    ...base,
    shape,
    dtype,
    storedBits: bits,
    floating: true,
    quantised: true,
    hints: onlyFeeds === undefined ? hints : { onlyFeeds },
    values: (range) => streamAffine({ ...affine, where }, range),
  };
}
