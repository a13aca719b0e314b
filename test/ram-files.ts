import { bytesInMemory, type FileSet } from "#eigenscope/formats/index.js";

interface Matrix {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/** A file set in memory: .npy files of f32 matrices by name; the first is the entry. */
export function ramFiles(matrices: Readonly<Record<string, Matrix>>): FileSet {
  const [entry] = Object.keys(matrices);
  return {
    label: entry,
    entry,
    list: async () => Object.keys(matrices),
    open: async (name) => bytesInMemory(npy(matrices[name])),
  };
}

/** NumPy .npy, version 1.0. */
export function npy({ values, shape }: Matrix): Uint8Array {
  const head = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(", ")},), }`.padEnd(117);
  const bytes = new Uint8Array(128 + values.byteLength);
  bytes.set([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, 118, 0, ...new TextEncoder().encode(`${head}\n`)]);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), 128);
  return bytes;
}
