import { elementCount, MAX_AXES } from "../shape.js";
import { readTensorProto, type TensorProto } from "./tensor-proto.js";
import type { Span, Wire } from "./wire.js";

/** A SparseTensorProto: the non-zero values, and their positions in the dense tensor of this shape. */
export interface SparseTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly count: number;
  readonly values: TensorProto;
  /** Of shape [values], positions in C order; or of shape [values, axes], one coordinate per axis. */
  readonly indices: TensorProto;
}

const VALUES = 1;
const INDICES = 2;
const DIMS = 3;

export async function readSparseTensor(wire: Wire, span: Span): Promise<SparseTensor> {
  let values: TensorProto | undefined;
  let indices: TensorProto | undefined;
  const shape: number[] = [];
  await wire.walk(span, async (field) => {
    if (field.number === DIMS) wire.integersInPlace(field, shape, { what: "dims", limit: MAX_AXES });
    if (field.number !== VALUES && field.number !== INDICES) return;
    wire.expect(field, "bytes", "a part of a sparse tensor");
    const proto = await readTensorProto(wire, { begin: field.begin, end: field.end });
    if (field.number === VALUES) values = proto;
    else indices = proto;
  });
  const name = values?.name ?? "";
  const fail = (reason: string): never => wire.fail(`sparse tensor "${name}": ${reason}`, span.begin);
  const count = elementCount(shape);
  if (values === undefined || indices === undefined) return fail("its values or its indices are missing");
  if (count === undefined) return fail(`its shape [${shape.join(", ")}] overflows`);
  const [stored, axes] = indices.shape;
  const fits =
    stored === values.count && (indices.shape.length === 1 || (indices.shape.length === 2 && axes === shape.length));
  if (!fits || values.shape.length !== 1)
    fail(`${values.count} values do not match indices of [${indices.shape.join(", ")}]`);
  if (indices.type.dtype !== "I64") fail(`its indices are of type ${indices.type.word}, expected int64`);
  return { name, shape, count, values, indices };
}

/** Throws (through `fail`) if an index is outside the dense tensor; indices are streamed. */
export async function assertIndices(
  { shape, count, indices }: SparseTensor,
  stream: AsyncIterable<ArrayLike<number>>,
  fail: (reason: string) => never,
): Promise<void> {
  const perAxis = indices.shape.length === 2;
  let at = 0;
  for await (const chunk of stream) {
    for (let k = 0; k < chunk.length; k++, at++) {
      const limit = perAxis ? shape[at % shape.length] : count;
      if (!(chunk[k] >= 0 && chunk[k] < limit))
        fail(`the index ${chunk[k]} is outside its shape [${shape.join(", ")}]`);
    }
  }
}
