import { FormatError } from "../../bytes/errors.js";
import { bytesOf, type ErrorLocation } from "../../bytes/stored-bytes.js";
import { type CodeRun, codeTypeOf } from "../code-run.js";
import { DOUBLE_DATA, FLOAT_DATA } from "./data-types.js";
import { countVarints, packedVarints } from "./packed-varints.js";
import { type ModelFiles, regionOf } from "./regions.js";
import type { TensorProto } from "./tensor-proto.js";

/** A tensor's elements, ready to stream; undefined if its type is not decoded. */
export function elementsOf(proto: TensorProto, files: ModelFiles): CodeRun | undefined {
  const { name, type, data, count } = proto;
  const codes = type.dtype === undefined ? undefined : codeTypeOf(type.dtype);
  const region = regionOf(proto, files);
  if (codes === undefined) return undefined;
  const where: ErrorLocation = { format: files.format, file: region?.file ?? files.model.name, tensor: name };
  const { source } = data.kind === "external" ? (files.external.get(data.range.location) ?? files.model) : files.model;
  const { begin, end } = region ?? { begin: 0, end: 0 };
  const run = { offset: 0, count, type: codes };
  if (data.kind !== "typed" || isFixedWidth(proto))
    return { ...run, stored: bytesOf(source, where, begin, end - begin) };
  return { ...run, stored: packedVarints({ source, where, begin, end, ...numbersOf(proto) }) };
}

/**
 * Throws unless typed data of variable length hold exactly as many numbers as the shape has elements. Reads them; few
 * files have any.
 */
export async function assertTypedCount(proto: TensorProto, files: ModelFiles, signal?: AbortSignal): Promise<void> {
  const { name, type, data, shape } = proto;
  if (data.kind !== "typed" || isFixedWidth(proto) || type.dtype === undefined) return;
  const where: ErrorLocation = { format: files.format, file: files.model.name, tensor: name };
  const found = await countVarints({ source: files.model.source, where, ...data.span }, signal);
  const { count } = numbersOf(proto);
  if (found === count) return;
  throw new FormatError(`its shape [${shape.join(", ")}] needs ${count} numbers, but ${found} are stored`, {
    ...where,
    kind: "malformed",
    offset: data.span.begin,
  });
}

function isFixedWidth({ type }: TensorProto): boolean {
  return type.typedField === FLOAT_DATA || type.typedField === DOUBLE_DATA;
}

/** Elements of 4 and 2 bits share an 8-bit number. */
function numbersOf({ type, count }: TensorProto): { count: number; bytesPerNumber: number } {
  return type.bits < 8
    ? { count: Math.ceil((count * type.bits) / 8), bytesPerNumber: 1 }
    : { count, bytesPerNumber: type.bits / 8 };
}
