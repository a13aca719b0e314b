/**
 * The file name of a layer's eigenvalues: its number, then its name with every character outside A-Z a-z 0-9 . _ -
 * replaced. The name is unique and safe.
 */
export function eigenvalueFileName(layerId: number, name: string): string {
  const safe = name.replace(/[^A-Za-z0-9._-]+/g, "_").slice(0, 120);
  return `${String(layerId).padStart(4, "0")}_${safe}.npy`;
}

/** A NumPy .npy file (version 1.0) of one little-endian f64 vector. */
export function npyVector(values: Float64Array): Uint8Array {
  const text = `{'descr': '<f8', 'fortran_order': False, 'shape': (${values.length},), }`;
  const head = 10;
  const padded = Math.ceil((head + text.length + 1) / 64) * 64;
  const bytes = new Uint8Array(padded + values.length * 8);
  const view = new DataView(bytes.buffer);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  view.setUint16(8, padded - head, true);
  bytes.set(new TextEncoder().encode(`${text.padEnd(padded - head - 1)}\n`), head);
  for (let i = 0; i < values.length; i++) view.setFloat64(padded + 8 * i, values[i], true);
  return bytes;
}
