import { elementCount, MAX_AXES } from "../shape.js";
import {
  DATA_TYPES,
  type DataType,
  DOUBLE_DATA,
  FLOAT_DATA,
  INT32_DATA,
  INT64_DATA,
  STRING_DATA,
  UINT64_DATA,
} from "./data-types.js";
import { type ExternalRange, readExternalRange } from "./external-data.js";
import type { Field, Span, Wire } from "./wire.js";

/**
 * The location of a tensor's elements: in the file in memory layout, in the file as packed numbers, in another file, or
 * nowhere (no elements).
 */
export type TensorData =
  | { readonly kind: "raw"; readonly span: Span }
  | { readonly kind: "typed"; readonly span: Span }
  | { readonly kind: "external"; readonly range: ExternalRange }
  | { readonly kind: "none" };

/** A TensorProto without its elements. */
export interface TensorProto {
  readonly name: string;
  readonly shape: readonly number[];
  readonly count: number;
  readonly type: DataType;
  readonly data: TensorData;
  /** Offset of the message in its file. */
  readonly offset: number;
}

const DIMS = 1;
const DATA_TYPE = 2;
const SEGMENT = 3;
const NAME = 8;
const RAW_DATA = 9;
const EXTERNAL_DATA = 13;
const DATA_LOCATION = 14;
const EXTERNAL = 1;
const TYPED: ReadonlyMap<number, string> = new Map([
  [FLOAT_DATA, "float_data"],
  [INT32_DATA, "int32_data"],
  [STRING_DATA, "string_data"],
  [INT64_DATA, "int64_data"],
  [DOUBLE_DATA, "double_data"],
  [UINT64_DATA, "uint64_data"],
]);

/** The fields of a tensor read so far. */
interface Draft {
  readonly dims: number[];
  readonly seen: Set<number>;
  readonly external: Span[];
  readonly typed: (Span & { readonly number: number })[];
  name: string;
  type: number | undefined;
  raw: Span | undefined;
  isExternal: boolean;
}

/**
 * Reads a TensorProto without its elements. Refuses a tensor whose elements are stored in two places, in several runs,
 * or in a number that contradicts its shape (numbers of variable length are counted when they are read).
 */
export async function readTensorProto(wire: Wire, span: Span): Promise<TensorProto> {
  const draft: Draft = {
    dims: [],
    seen: new Set(),
    external: [],
    typed: [],
    name: "",
    type: undefined,
    raw: undefined,
    isExternal: false,
  };
  await wire.walk(span, (field) => takeField(wire, field, draft));
  const fail = (reason: string): never => wire.fail(`tensor "${draft.name}": ${reason}`, span.begin);

  const type = DATA_TYPES.get(draft.type ?? 0) ?? fail(`its data type ${draft.type ?? "is missing"} is unknown`);
  const count = elementCount(draft.dims);
  if (count === undefined || count * 128 > Number.MAX_SAFE_INTEGER)
    return fail(`its shape [${draft.dims.join(", ")}] overflows`);
  const bytes = Math.ceil((count * type.bits) / 8);

  const storages = [draft.raw !== undefined, draft.typed.length > 0, draft.isExternal || draft.external.length > 0];
  if (storages.filter(Boolean).length > 1)
    fail("its elements are stored in two places (raw_data, typed data, external_data), which may differ");
  if (draft.isExternal !== draft.external.length > 0) fail("data_location and external_data contradict each other");

  const made = (data: TensorData): TensorProto => ({
    name: draft.name,
    shape: draft.dims,
    count,
    type,
    data,
    offset: span.begin,
  });
  if (draft.isExternal)
    return made({ kind: "external", range: await readExternalRange(wire, draft.external, { bytes, fail }) });
  if (draft.raw !== undefined) {
    const found = draft.raw.end - draft.raw.begin;
    if (type.bits > 0 && found !== bytes)
      fail(`its shape [${draft.dims.join(", ")}] of ${type.word} needs ${bytes} bytes, but raw_data has ${found}`);
    return made({ kind: "raw", span: draft.raw });
  }
  if (draft.typed.length > 0) return made({ kind: "typed", span: typedSpan(draft.typed, { type, count, fail }) });
  return count > 0
    ? fail(`its shape [${draft.dims.join(", ")}] has ${count} elements, but none are stored`)
    : made({ kind: "none" });
}

function takeField(wire: Wire, field: Field, draft: Draft): void {
  const typed = TYPED.get(field.number);
  if (typed !== undefined) {
    draft.typed.push({ number: field.number, begin: field.begin, end: field.end });
    if (field.number !== STRING_DATA) wire.expect(field, "bytes", `${typed} (packed, as every writer packs it)`);
    return;
  }
  if (field.number === DIMS) wire.integersInPlace(field, draft.dims, { what: "dims", limit: MAX_AXES });
  if (field.number === EXTERNAL_DATA) {
    wire.expect(field, "bytes", "external_data");
    draft.external.push({ begin: field.begin, end: field.end });
    return;
  }
  const once = [DATA_TYPE, SEGMENT, NAME, RAW_DATA, DATA_LOCATION].includes(field.number);
  if (!once) return;
  if (draft.seen.has(field.number)) wire.fail(`field ${field.number} of a tensor occurs twice`, field.begin);
  draft.seen.add(field.number);
  if (field.number === SEGMENT) wire.fail("a tensor in segments is not supported", field.begin);
  if (field.number === NAME) draft.name = wire.text(field, "a tensor's name");
  if (field.number === RAW_DATA) {
    wire.expect(field, "bytes", "raw_data");
    draft.raw = { begin: field.begin, end: field.end };
  }
  if (field.number === DATA_TYPE) {
    wire.expect(field, "varint", "data_type");
    draft.type = field.value;
  }
  if (field.number === DATA_LOCATION) {
    wire.expect(field, "varint", "data_location");
    if (field.value > EXTERNAL || field.value < 0) wire.fail(`data_location ${field.value} is unknown`, field.begin);
    draft.isExternal = field.value === EXTERNAL;
  }
}

interface TypedNeeds {
  readonly type: DataType;
  readonly count: number;
  readonly fail: (reason: string) => never;
}

/** The one run of a typed field, checked against the shape as far as its length allows. */
function typedSpan(runs: Draft["typed"], { type, count, fail }: TypedNeeds): Span {
  const [{ number, begin, end }] = runs;
  const word = TYPED.get(number);
  if (number !== type.typedField) fail(`its elements are of type ${type.word}, which ${word} cannot hold`);
  if (runs.some((run) => run.number !== number)) fail("its elements are stored in two typed fields");
  if (number === STRING_DATA) return { begin, end };
  if (runs.length > 1) fail(`its ${word} is stored in ${runs.length} runs; only one is supported`);
  const fixed = number === FLOAT_DATA || number === DOUBLE_DATA;
  const bytes = Math.ceil((count * type.bits) / 8);
  const numbers = type.bits < 8 ? bytes : count;
  if (fixed ? end - begin !== bytes : end - begin < numbers || end - begin > numbers * 10) {
    fail(`its shape has ${count} elements, which do not fit the ${end - begin} bytes of ${word}`);
  }
  return { begin, end };
}
