// Writers of small weight files, as far as the project's scripts need them: safetensors, GGUF version 3 and ONNX.
// A tensor is {name, shape, type, bytes}, row-major; `type` is the format's own word for it.

/** A safetensors file. */
export function safetensorsFile(tensors) {
  const header = {};
  let offset = 0;
  for (const { name, shape, type, bytes } of tensors) {
    header[name] = { dtype: type, shape, data_offsets: [offset, offset + bytes.length] };
    offset += bytes.length;
  }
  const text = Buffer.from(JSON.stringify(header));
  const padded = Buffer.alloc(Math.ceil(text.length / 8) * 8, " ");
  text.copy(padded);
  return Buffer.concat([littleEndian(padded.length, 8), padded, ...tensors.map(({ bytes }) => bytes)]);
}

const GGUF_STRING = 8;
const GGUF_ALIGNMENT = 32;
/** ggml keeps a name in 64 bytes with its final zero. */
const MAX_GGUF_NAME = 63;

/** A GGUF file; `type` is ggml's number. Its sides are written fastest first. Throws RangeError for a long name. */
export function ggufFile(tensors, { architecture }) {
  const long = tensors.find(({ name }) => Buffer.byteLength(name) > MAX_GGUF_NAME);
  if (long !== undefined) throw new RangeError(`llama.cpp reads names of at most ${MAX_GGUF_NAME} bytes: ${long.name}`);
  const pair = (key, value) => [text8(key), littleEndian(GGUF_STRING, 4), text8(value)];
  const parts = [
    Buffer.from("GGUF"),
    littleEndian(3, 4),
    littleEndian(tensors.length, 8),
    littleEndian(1, 8),
    ...pair("general.architecture", architecture),
  ];
  let offset = 0;
  for (const { name, shape, type, bytes } of tensors) {
    parts.push(text8(name), littleEndian(shape.length, 4));
    for (const side of shape.toReversed()) parts.push(littleEndian(side, 8));
    parts.push(littleEndian(type, 4), littleEndian(offset, 8));
    offset += aligned(bytes.length);
  }
  const header = Buffer.concat(parts);
  return Buffer.concat([padded(header), ...tensors.map(({ bytes }) => padded(bytes))]);
}

function aligned(length) {
  return Math.ceil(length / GGUF_ALIGNMENT) * GGUF_ALIGNMENT;
}

function padded(bytes) {
  return Buffer.concat([bytes, Buffer.alloc(aligned(bytes.length) - bytes.length)]);
}

/** A text with its length in 8 bytes before it. */
function text8(value) {
  const bytes = Buffer.from(value);
  return Buffer.concat([littleEndian(bytes.length, 8), bytes]);
}

function littleEndian(value, size) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes.subarray(0, size);
}

/** Numbers of ONNX's TensorProto.DataType. */
export const ONNX = { FLOAT: 1, INT8: 3 };
const ONNX_VERSIONS = { ir: 8, opset: 13 };

/**
 * An ONNX model of int8 weights in the form that ONNX Runtime's quantiser gives them: `<weight>_quantized` with
 * `<weight>_scale` and `<weight>_zero_point`, a DequantizeLinear per weight (one scale per row), and an operator that
 * uses it: Gather for a table, else Gemm with B transposed.
 */
export function qdqFile(weights) {
  const nodes = [];
  const initializers = [];
  for (const { name, shape, codes, scales, isTable } of weights) {
    const zeros = Buffer.alloc(shape[0]);
    initializers.push(onnxTensor(`${name}_quantized`, shape, ONNX.INT8, codes));
    initializers.push(onnxTensor(`${name}_scale`, [shape[0]], ONNX.FLOAT, scales));
    initializers.push(onnxTensor(`${name}_zero_point`, [shape[0]], ONNX.INT8, zeros));
    const value = `${name}_DequantizeLinear_Output`;
    const inputs = [`${name}_quantized`, `${name}_scale`, `${name}_zero_point`];
    nodes.push(onnxNode("DequantizeLinear", inputs, value, { axis: 0 }));
    nodes.push(
      isTable
        ? onnxNode("Gather", [value, "ids"], `${name}_output`, {})
        : onnxNode("Gemm", [`${name}_input`, value], `${name}_output`, { transB: 1 }),
    );
  }
  const graph = message(
    ...nodes.map((node) => [1, node]),
    [2, Buffer.from("network")],
    ...initializers.map((tensor) => [5, tensor]),
  );
  return message([1, ONNX_VERSIONS.ir], [7, graph], [8, message([2, ONNX_VERSIONS.opset])]);
}

function onnxTensor(name, shape, type, bytes) {
  return message(...shape.map((side) => [1, side]), [2, type], [8, Buffer.from(name)], [9, bytes]);
}

const INT_ATTRIBUTE = 2;

function onnxNode(operator, inputs, output, attributes) {
  return message(
    ...inputs.map((input) => [1, Buffer.from(input)]),
    [2, Buffer.from(output)],
    [3, Buffer.from(`${operator}_${output}`)],
    [4, Buffer.from(operator)],
    ...Object.entries(attributes).map(([name, value]) => [
      5,
      message([1, Buffer.from(name)], [3, value], [20, INT_ATTRIBUTE]),
    ]),
  );
}

/** A protobuf message of numbers (varints) and bytes. */
function message(...fields) {
  return Buffer.concat(
    fields.flatMap(([number, content]) =>
      typeof content === "number"
        ? [varint(number * 8), varint(content)]
        : [varint(number * 8 + 2), varint(content.length), content],
    ),
  );
}

function varint(value) {
  const bytes = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...bytes, rest]);
}
