/** The magic number, the version 1.0, and the header's length. */
const PREAMBLE = 10;
/** The data begin at a multiple of this. */
const ALIGNMENT = 64;

/** A NumPy .npy file (version 1.0) of one little-endian f64 vector. */
export function npyVector(values: ArrayLike<number>): Uint8Array {
  const text = `{'descr': '<f8', 'fortran_order': False, 'shape': (${values.length},), }`;
  const padded = Math.ceil((PREAMBLE + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(padded + values.length * 8);
  const view = new DataView(bytes.buffer);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  view.setUint16(8, padded - PREAMBLE, true);
  bytes.set(new TextEncoder().encode(`${text.padEnd(padded - PREAMBLE - 1)}\n`), PREAMBLE);
  for (let i = 0; i < values.length; i++) view.setFloat64(padded + 8 * i, values[i], true);
  return bytes;
}
