import type { Pace } from "../../bytes/pace.js";
import type { PagedBytes } from "../../bytes/paged-bytes.js";
import { MAX_AXES } from "../shape.js";
import { Table } from "./flatbuffer.js";
import type { BufferSpan, LiteTensor, Model, Operator, QuantizationParameters, Subgraph } from "./model-types.js";

/** Limits for a whole model: its tables may be pointed to more than once, so a limit per list is not enough. */
const MAX_TENSORS = 100_000;
const MAX_OPERATORS = 500_000;
const MAX_BUFFERS = 1_000_000;
const MAX_SUBGRAPHS = 10_000;
const MAX_OPERATOR_CODES = 10_000;
/** The widest operators take some thousand tensors; all together have a few for each. */
const MAX_PORTS = 4_000_000;
const MAX_NAME_LENGTH = 4096;
/** One scale per channel: the widest layers have some 100,000. */
const MAX_SCALES = 2 ** 26;

/** Field numbers of the schema's tables [tensorflow/lite/schema/schema.fbs]. */
const MODEL = { version: 0, operatorCodes: 1, subgraphs: 2, description: 3, buffers: 4 } as const;
const OPERATOR_CODE = { deprecated: 0, custom: 1, builtin: 3 } as const;
const SUBGRAPH = { tensors: 0, operators: 3, name: 4 } as const;
const TENSOR = { shape: 0, type: 1, buffer: 2, name: 3, quantization: 4, sparsity: 6 } as const;
const QUANTIZATION = { scale: 2, zeroPoint: 3, detailsType: 4, axis: 6 } as const;
const BUFFER = { data: 0, offset: 1, size: 2 } as const;
const OPERATOR = { code: 0, inputs: 1, outputs: 2, options: 4 } as const;

/** Steps to read a table; several pointers may lead to the same table, so its memory is counted each time too. */
const TABLE_STEPS = 32;
const TABLE_BYTES = 200;
const TENSOR_BYTES = 600;
const PORT_BYTES = 40;

/** Reads a model without its weights. */
export async function readModel(file: PagedBytes, pace: Pace): Promise<Model> {
  const root = await Table.root(file);
  const codes: Pick<Operator, "code" | "custom">[] = [];
  for await (const code of root.tables(MODEL.operatorCodes, { limit: MAX_OPERATOR_CODES, what: "operator codes" })) {
    // The old field has 7 bits and still holds the small numbers.
    const number = Math.max(code.uint8(OPERATOR_CODE.deprecated), code.int32(OPERATOR_CODE.builtin));
    codes.push({ code: number, custom: await code.text(OPERATOR_CODE.custom, MAX_NAME_LENGTH) });
  }
  const buffers: BufferSpan[] = [];
  for await (const buffer of root.tables(MODEL.buffers, { limit: MAX_BUFFERS, what: "buffers" })) {
    if (pace.spend(TABLE_STEPS)) await pace.turn();
    buffers.push(await readBuffer(file, buffer));
  }

  const subgraphs: Subgraph[] = [];
  const seen = new Set<number>();
  const left = { tensors: MAX_TENSORS, operators: MAX_OPERATORS, ports: MAX_PORTS };
  for await (const subgraph of root.tables(MODEL.subgraphs, { limit: MAX_SUBGRAPHS, what: "subgraphs" })) {
    if (seen.has(subgraph.offset)) file.fail("two subgraphs are the same", subgraph.offset);
    seen.add(subgraph.offset);
    subgraphs.push(await readSubgraph(file, subgraph, { codes, left, pace }));
  }
  return {
    version: root.uint32(MODEL.version),
    description: await root.text(MODEL.description, MAX_NAME_LENGTH),
    buffers,
    subgraphs,
  };
}

/**
 * Buffers of models over 2 GB follow the FlatBuffer and give their own offset; the values 0 and 1 mean that they do
 * not.
 */
async function readBuffer(file: PagedBytes, buffer: Table): Promise<BufferSpan> {
  const offset = buffer.uint64(BUFFER.offset);
  if (offset <= 1) return buffer.vector(BUFFER.data, { bytes: 1, limit: 2 ** 32, what: "bytes of a buffer" });
  const length = buffer.uint64(BUFFER.size);
  if (offset + length > file.byteLength) {
    file.fail(
      `a buffer of ${length} bytes at ${offset} is declared, but the file ends at ${file.byteLength}`,
      buffer.offset,
    );
  }
  return { offset, length };
}

interface Context {
  readonly codes: readonly Pick<Operator, "code" | "custom">[];
  /** The remaining allowance, counted down over all subgraphs. */
  readonly left: { tensors: number; operators: number; ports: number };
  readonly pace: Pace;
}

async function readSubgraph(file: PagedBytes, table: Table, { codes, left, pace }: Context): Promise<Subgraph> {
  const tensors: LiteTensor[] = [];
  for await (const tensor of table.tables(SUBGRAPH.tensors, { limit: left.tensors, what: "tensors" })) {
    const read = await readTensor(tensor);
    pace.keep(TENSOR_BYTES + read.name.length);
    if (pace.spend(TABLE_STEPS + read.name.length)) await pace.turn();
    tensors.push(read);
  }
  left.tensors -= tensors.length;
  const operators: Operator[] = [];
  for await (const operator of table.tables(SUBGRAPH.operators, { limit: left.operators, what: "operators" })) {
    const index = operator.uint32(OPERATOR.code);
    if (index >= codes.length)
      file.fail(`an operator is of code ${index}, but there are ${codes.length}`, operator.offset);
    const inputs = await operator.integers(OPERATOR.inputs, { limit: left.ports, what: "inputs" });
    const outputs = await operator.integers(OPERATOR.outputs, { limit: left.ports, what: "outputs" });
    const ports = inputs.length + outputs.length;
    pace.keep(TABLE_BYTES + PORT_BYTES * ports);
    if (pace.spend(TABLE_STEPS + ports)) await pace.turn();
    left.ports -= Math.min(left.ports, ports);
    operators.push({ ...codes[index], inputs, outputs, options: await operator.table(OPERATOR.options) });
  }
  left.operators -= operators.length;
  return { name: await table.text(SUBGRAPH.name, MAX_NAME_LENGTH), tensors, operators };
}

async function readTensor(table: Table): Promise<LiteTensor> {
  const quantization = await table.table(TENSOR.quantization);
  return {
    name: await table.text(TENSOR.name, MAX_NAME_LENGTH),
    shape: await table.integers(TENSOR.shape, { limit: MAX_AXES, what: "axes" }),
    type: table.uint8(TENSOR.type),
    buffer: table.uint32(TENSOR.buffer),
    quantization: quantization === undefined ? undefined : await readQuantization(quantization),
    sparse: table.has(TENSOR.sparsity),
    offset: table.offset,
  };
}

async function readQuantization(table: Table): Promise<QuantizationParameters | undefined> {
  const scales = await table.vector(QUANTIZATION.scale, { bytes: 4, limit: MAX_SCALES, what: "scales" });
  const zeros = await table.vector(QUANTIZATION.zeroPoint, { bytes: 8, limit: MAX_SCALES, what: "zero points" });
  const other = table.uint8(QUANTIZATION.detailsType) !== 0;
  return scales.length === 0 && !other ? undefined : { scales, zeros, axis: table.int32(QUANTIZATION.axis), other };
}
