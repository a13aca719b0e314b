import { concat, littleEndian } from "./files-in-memory.js";

/** A FlatBuffer's value: a table of fields by number, a vector, text, or plain bytes in the table itself. */
export type Value =
  | { readonly table: Fields }
  | { readonly vector: Uint8Array; readonly length: number }
  | { readonly tables: readonly Value[] }
  | { readonly text: string }
  | { readonly inline: Uint8Array };

export type Fields = Readonly<Record<number, Value | undefined>>;

export const u8 = (value: number): Value => ({ inline: littleEndian([value, 1]) });
export const u32 = (value: number): Value => ({ inline: littleEndian([BigInt.asUintN(32, BigInt(value)), 4]) });
export const u64 = (value: number): Value => ({ inline: littleEndian([value, 8]) });
export const bytes = (vector: Uint8Array): Value => ({ vector, length: vector.length });
export const ints = (...values: number[]): Value => ({
  vector: new Uint8Array(Int32Array.from(values).buffer),
  length: values.length,
});
export const longs = (...values: number[]): Value => ({
  vector: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
  length: values.length,
});
export const floats = (...values: number[]): Value => ({
  vector: new Uint8Array(Float32Array.from(values).buffer),
  length: values.length,
});

/** Lays a value out front to back, each part after what points to it, with the identifier of TFLite. */
export function flatBufferOf(root: Value): Uint8Array {
  const out: number[] = [0, 0, 0, 0, ...new TextEncoder().encode("TFL3")];
  const setU32 = (at: number, value: number): void => {
    for (let k = 0; k < 4; k++) out[at + k] = (value >>> (8 * k)) & 0xff;
  };
  const append = (part: Uint8Array): number => {
    while (out.length % 8 !== 0) out.push(0);
    const at = out.length;
    for (const byte of part) out.push(byte);
    return at;
  };
  const write = (value: Value): number => {
    if ("text" in value) {
      const encoded = new TextEncoder().encode(value.text);
      return append(concat(littleEndian([encoded.length, 4]), encoded, Uint8Array.of(0)));
    }
    if ("vector" in value) return append(concat(littleEndian([value.length, 4]), value.vector));
    if ("tables" in value) {
      const at = append(concat(littleEndian([value.tables.length, 4]), new Uint8Array(4 * value.tables.length)));
      // A table that stands in the list more than once is written once.
      const written = new Map<Value, number>();
      value.tables.forEach((table, k) => {
        const slot = at + 4 + 4 * k;
        const place = written.get(table) ?? write(table);
        written.set(table, place);
        setU32(slot, place - slot);
      });
      return at;
    }
    if ("inline" in value) throw new Error("an inline value stands in its table");
    const fields = Object.entries(value.table).flatMap(([key, field]) =>
      field === undefined ? [] : [[Number(key), field] as const],
    );
    const count = Math.max(-1, ...fields.map(([key]) => key)) + 1;
    const vtable = new Uint8Array(4 + 2 * count);
    const data: number[] = [0, 0, 0, 0];
    for (const [key, field] of fields) {
      const place = data.length;
      vtable[4 + 2 * key] = place & 0xff;
      vtable[5 + 2 * key] = place >> 8;
      data.push(...("inline" in field ? field.inline : [0, 0, 0, 0]));
    }
    vtable.set(littleEndian([vtable.length, 2], [data.length, 2]));
    const vtableAt = append(vtable);
    const at = append(Uint8Array.from(data));
    setU32(at, at - vtableAt);
    for (const [key, field] of fields) {
      if ("inline" in field) continue;
      const slot = at + (vtable[4 + 2 * key] | (vtable[5 + 2 * key] << 8));
      setU32(slot, write(field) - slot);
    }
    return at;
  };
  setU32(0, write(root));
  return Uint8Array.from(out);
}

export interface LiteTensorParts {
  readonly name: string;
  readonly shape: readonly number[];
  /** Number of the element type. */
  readonly type?: number;
  readonly data?: Uint8Array | undefined;
  /** Fields of the buffer, for what `data` does not say. */
  readonly buffer?: Fields;
  readonly quantization?: Fields;
  readonly extra?: Fields;
}

export interface LiteOperator {
  readonly code: number;
  readonly custom?: string;
  readonly inputs: readonly number[];
  readonly outputs?: readonly number[];
  readonly options?: Fields;
}

export function quantization(scales: readonly number[], zeros: readonly number[] = [], axis = 0): Fields {
  return { 2: floats(...scales), 3: longs(...zeros), 6: u32(axis) };
}

/** A model of one subgraph; tensor k has buffer k + 1. */
export function tfliteOf(tensors: readonly LiteTensorParts[], operators: readonly LiteOperator[] = []): Uint8Array {
  const tensorTables = tensors.map(
    ({ name, shape, type = 0, quantization: quantized, extra = {} }, k): Value => ({
      table: {
        0: ints(...shape),
        1: u8(type),
        2: u32(k + 1),
        3: { text: name },
        4: quantized === undefined ? undefined : { table: quantized },
        ...extra,
      },
    }),
  );
  return flatBufferOf({
    table: {
      0: u32(3),
      1: {
        tables: operators.map(({ code, custom }) => ({
          table: { 0: u8(Math.min(code, 127)), 3: u32(code), 1: custom === undefined ? undefined : { text: custom } },
        })),
      },
      2: {
        tables: [
          {
            table: {
              0: { tables: tensorTables },
              3: {
                tables: operators.map(({ inputs, outputs = [], options }, k) => ({
                  table: {
                    0: u32(k),
                    1: ints(...inputs),
                    2: ints(...outputs),
                    4: options === undefined ? undefined : { table: options },
                  },
                })),
              },
            },
          },
        ],
      },
      3: { text: "test" },
      4: {
        tables: [
          { table: {} },
          ...tensors.map(
            ({ data, buffer }): Value => ({ table: { 0: data === undefined ? undefined : bytes(data), ...buffer } }),
          ),
        ],
      },
    },
  });
}
