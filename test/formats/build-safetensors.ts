import { concat, littleEndian } from "./files-in-memory.js";

/** A safetensors file around a header's text and its data, right or wrong. */
export function safetensorsOf(header: string | Uint8Array, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  return concat(littleEndian([text.length, 8]), text, data);
}

/** A valid file of f32 tensors. */
export function safetensorsWith(
  tensors: Record<string, { shape: readonly number[]; values: ArrayLike<number> }>,
): Uint8Array {
  const floats = Object.entries(tensors).map(([name, { shape, values }]) => {
    return [name, { dtype: "F32", shape, bytes: new Uint8Array(Float32Array.from(values).buffer) }] as const;
  });
  return safetensorsOfParts(Object.fromEntries(floats));
}

/** A tensor as it is stored. */
export interface StoredPart {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** A valid file of tensors of any type. */
export function safetensorsOfParts(
  tensors: Record<string, StoredPart>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  const entries: string[] = metadata === undefined ? [] : [`"__metadata__":${JSON.stringify(metadata)}`];
  const data: Uint8Array[] = [];
  let at = 0;
  for (const [name, { dtype, shape, bytes }] of Object.entries(tensors)) {
    entries.push(
      `${JSON.stringify(name)}:{"dtype":"${dtype}","shape":[${shape}],"data_offsets":[${at},${at + bytes.length}]}`,
    );
    data.push(bytes);
    at += bytes.length;
  }
  return safetensorsOf(`{${entries.join(",")}}`, concat(...data));
}
