import type { ByteSource } from "../../bytes/byte-source.js";
import { FormatError } from "../../bytes/errors.js";
import type { Pace, Steps } from "../../bytes/pace.js";
import { sortInSteps } from "../../bytes/sort-in-steps.js";
import { bytesOf, type ErrorLocation } from "../../bytes/stored-bytes.js";
import { type AffineCodes, type Grouping, streamAffine } from "../affine-codes.js";
import { type CodeRun, codeTypeOf, streamCodes } from "../code-run.js";
import { ELEMENT_TYPES } from "../element-types.js";
import { elementCount } from "../shape.js";
import { refuseValues } from "../stream-elements.js";
import type { Tensor } from "../tensor.js";
import { type Consumption, constantsOf, consumptionIn } from "./consumers.js";
import type { BufferSpan, LiteTensor, Model, QuantizationParameters } from "./model-types.js";
import { TENSOR_TYPES } from "./tensor-types.js";

export interface ModelFile {
  readonly source: ByteSource;
  readonly file: string;
  readonly format: string;
}

const TENSOR_STEPS = 16;

/**
 * The constant tensors of a model, which have bytes: subgraph by subgraph, in the order of the operators that take
 * them. Tensors of later subgraphs have the subgraph's name as a prefix.
 */
export function* modelTensors(
  { subgraphs, buffers }: Model,
  file: ModelFile,
  pace: Pace,
): Steps<{ tensors: Tensor[]; warnings: string[] }> {
  const names = new Map<string, number>();
  const uniqueName = (wanted: string): string => {
    const uses = (names.get(wanted) ?? 0) + 1;
    names.set(wanted, uses);
    return uses === 1 ? wanted : uniqueName(`${wanted} (${uses})`);
  };
  const tensors: Tensor[] = [];
  const warnings: string[] = [];
  for (const [k, subgraph] of subgraphs.entries()) {
    const prefix = k === 0 ? "" : `${subgraph.name === "" ? `subgraph ${k}` : subgraph.name}/`;
    const consumption = yield* consumptionIn(subgraph, { isConstant: constantsOf(subgraph, buffers), pace });
    const placed: { readonly tensor: Tensor; readonly position: number }[] = [];
    for (const [index, tensor] of subgraph.tensors.entries()) {
      if (pace.spend(TENSOR_STEPS + tensor.name.length)) yield;
      const span = buffers[tensor.buffer];
      if (span === undefined || span.length === 0) continue;
      const name = uniqueName(prefix + tensor.name);
      const found = consumption(index);
      const made = constantTensor(tensor, { ...file, name, span, ...found });
      if (made.refused !== undefined) warnings.push(`${name} ${made.refused}; it was skipped`);
      placed.push({ tensor: made.tensor, position: found.position ?? subgraph.operators.length });
    }
    for (const { tensor } of yield* sortInSteps(placed, (a, b) => a.position - b.position, { pace }))
      tensors.push(tensor);
  }
  return { tensors, warnings };
}

interface ConstantContext extends ModelFile, Consumption {
  readonly name: string;
  readonly span: BufferSpan;
}

function constantTensor(lite: LiteTensor, context: ConstantContext): { tensor: Tensor; refused?: string | undefined } {
  const { source, file, format, name, span, hints, shuffled } = context;
  const where: ErrorLocation = { format, file, tensor: name };
  const fail = (reason: string): never => {
    throw new FormatError(reason, { ...where, kind: "malformed", offset: lite.offset });
  };
  const { word, dtype, bits } = TENSOR_TYPES[lite.type] ?? { word: `type ${lite.type}`, dtype: undefined, bits: 0 };
  const count = elementCount(lite.shape) ?? fail(`its shape [${lite.shape.join(", ")}] overflows`);
  const codes = dtype === undefined ? undefined : codeTypeOf(dtype);
  const needed = Math.ceil((count * bits) / 8);
  if (codes !== undefined && !lite.sparse && needed !== span.length) {
    fail(`its shape [${lite.shape.join(", ")}] of ${word} needs ${needed} bytes, but its buffer has ${span.length}`);
  }
  const run: CodeRun | undefined =
    codes === undefined
      ? undefined
      : { stored: bytesOf(source, where, span.offset, span.length), offset: 0, count, type: codes };
  const isFloating = ELEMENT_TYPES.get(dtype ?? "")?.floating ?? false;
  const quantization = isFloating ? undefined : lite.quantization;
  const affine =
    run === undefined || quantization === undefined || quantization.other
      ? undefined
      : affineCodes(run, { quantization, lite, context, fail });
  const refused = lite.sparse
    ? "is stored as a sparse tensor"
    : shuffled
      ? "is shuffled for an old kernel"
      : quantization?.other
        ? "is quantised by a scheme that this version does not know"
        : undefined;
  const tensor: Tensor = {
    name,
    shape: lite.shape,
    dtype: lite.sparse ? `sparse ${word}` : affine === undefined ? (dtype ?? word) : `${word}-affine`,
    storedBits: bits,
    floating: refused === undefined && (affine !== undefined || isFloating),
    quantised: refused === undefined && affine !== undefined,
    file,
    byteLength: span.length,
    storageKey: `${file}:${span.offset}-${span.offset + span.length}`,
    hints,
    values(range) {
      if (refused !== undefined) return refuseValues(`it ${refused}`, where);
      if (run === undefined) return refuseValues(`its elements are ${word}, which this version does not decode`, where);
      return affine === undefined ? streamCodes(run, range) : streamAffine(affine, range);
    },
  };
  return { tensor, refused };
}

interface AffineContext {
  readonly quantization: QuantizationParameters;
  readonly lite: LiteTensor;
  readonly context: ConstantContext;
  readonly fail: (reason: string) => never;
}

/** Codes with one scale, or one for each position along an axis [TFLite, Quantization specification]. */
function affineCodes(codes: CodeRun, { quantization, lite, context, fail }: AffineContext): AffineCodes {
  const { scales, zeros, axis } = quantization;
  const { shape } = lite;
  const where: ErrorLocation = { format: context.format, file: context.file, tensor: context.name };
  const inner = shape.slice(axis + 1).reduce((product, side) => product * side, 1);
  const grouping: Grouping = scales.length === 1 ? { kind: "tensor" } : { kind: "axis", inner, length: shape[axis] };
  if (scales.length !== 1 && (axis < 0 || axis >= shape.length || shape[axis] !== scales.length)) {
    fail(`${scales.length} scales along axis ${axis} do not fit its shape [${shape.join(", ")}]`);
  }
  if (zeros.length > 0 && zeros.length !== scales.length)
    fail(`it has ${scales.length} scales and ${zeros.length} zero points`);
  const numbers = ({ offset, length }: BufferSpan, dtype: "F32" | "I64"): CodeRun => {
    const type = codeTypeOf(dtype)!;
    return { stored: bytesOf(context.source, where, offset, (length * type.bits) / 8), offset: 0, count: length, type };
  };
  return {
    codes,
    grouping,
    scales: (signal) => streamCodes(numbers(scales, "F32"), { signal }),
    zeros: zeros.length === 0 ? undefined : (signal) => streamCodes(numbers(zeros, "I64"), { signal }),
    where,
  };
}
