import { concat, littleEndian } from "./files-in-memory.js";

/** A safetensors file around a header's text and its data, right or wrong. */
export function safetensorsOf(header: string | Uint8Array, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  return concat(littleEndian([text.length, 8]), text, data);
}

/** A valid file of f32 tensors. */
export function safetensorsWith(tensors: Record<string, { shape: readonly number[]; values: ArrayLike<number> }>): Uint8Array {
  const entries: string[] = [];
  const data: Uint8Array[] = [];
  let at = 0;
  for (const [name, { shape, values }] of Object.entries(tensors)) {
    const bytes = new Uint8Array(Float32Array.from(values).buffer);
    entries.push(`${JSON.stringify(name)}:{"dtype":"F32","shape":[${shape}],"data_offsets":[${at},${at + bytes.length}]}`);
    data.push(bytes);
    at += bytes.length;
  }
  return safetensorsOf(`{${entries.join(",")}}`, concat(...data));
}
