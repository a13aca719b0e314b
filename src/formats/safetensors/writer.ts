/** A tensor to be written, row-major. */
export interface WritableTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Numbers, or the bits of 16-bit numbers (`dtype` says of which). */
  readonly values: Float32Array | Float64Array | Uint16Array;
  /** The type of the bits in a `Uint16Array`. */
  readonly dtype?: "F16" | "BF16" | undefined;
}

/** The data begin at a multiple of this, as in the reference implementation, so that a reader may map them. */
const ALIGNMENT = 8;

/**
 * A safetensors file: the header's length as a u64, the header as JSON padded with spaces, then the tensors' bytes in
 * the given order. Values keep their bits, NaN payloads included. Written in the machine's byte order, which is the
 * format's (little-endian) wherever Node and browsers run. Throws `RangeError` for a duplicate name, or a shape that
 * does not match its values.
 */
export function safetensorsBytes(
  tensors: readonly WritableTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const header = new Map<string, unknown>();
  if (Object.keys(metadata).length > 0) header.set("__metadata__", metadata);
  let offset = 0;
  for (const { name, shape, values, dtype = "F16" } of tensors) {
    if (header.has(name) || name === "__metadata__")
      throw new RangeError(`the tensor name "${name}" occurs twice or is reserved`);
    if (shape.reduce((product, side) => product * side, 1) !== values.length) {
      throw new RangeError(`tensor "${name}": a shape of ${shape.join(" x ")} does not match ${values.length} values`);
    }
    const end = offset + values.byteLength;
    const type = values instanceof Float64Array ? "F64" : values instanceof Float32Array ? "F32" : dtype;
    header.set(name, { dtype: type, shape, data_offsets: [offset, end] });
    offset = end;
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const headerBytes = Math.ceil(text.length / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(8 + headerBytes + offset).fill(0x20, 8, 8 + headerBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true);
  bytes.set(text, 8);
  let at = 8 + headerBytes;
  for (const { values } of tensors) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return bytes;
}
