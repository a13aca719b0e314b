import { concat } from "./files-in-memory.js";

/** A protobuf field: a number (varint), text, bytes, or a message of fields. */
export type Content = number | bigint | string | Uint8Array | readonly Field[];
export type Field = readonly [number: number, content: Content] | Uint8Array;

export function varint(value: number | bigint): Uint8Array {
  const bytes: number[] = [];
  for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
    if (rest < 128n) return Uint8Array.of(...bytes, Number(rest));
    bytes.push(Number(rest & 0x7fn) | 0x80);
  }
}

/** A message of fields; bytes among them stand as they are (for what no schema allows). */
export function message(...fields: readonly Field[]): Uint8Array {
  return concat(
    ...fields.map((field) => {
      if (field instanceof Uint8Array) return field;
      const [number, content] = field;
      if (typeof content === "number" || typeof content === "bigint")
        return concat(varint(number * 8), varint(content));
      const bytes =
        typeof content === "string"
          ? new TextEncoder().encode(content)
          : content instanceof Uint8Array
            ? content
            : message(...content);
      return concat(varint(number * 8 + 2), varint(bytes.length), bytes);
    }),
  );
}

export const f32 = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);

/** A TensorProto; `extra` stands after what every tensor has. */
export function tensor(
  name: string,
  dims: readonly (number | bigint)[],
  { type = 1, raw, extra = [] }: { type?: number; raw?: Uint8Array; extra?: readonly Field[] } = {},
): Field[] {
  return [
    ...dims.map((side): Field => [1, side]),
    [2, type],
    [8, name],
    ...(raw === undefined ? [] : [[9, raw] as const]),
    ...extra,
  ];
}

/** An f32 tensor of ones. */
export function ones(name: string, ...dims: number[]): Field[] {
  return tensor(name, dims, { raw: f32(...new Array(dims.reduce((product, side) => product * side, 1)).fill(1)) });
}

export interface NodeParts {
  readonly name?: string;
  readonly domain?: string;
  readonly attributes?: Readonly<
    Record<string, number | readonly number[] | { tensor: readonly Field[] } | { graph: readonly Field[] }>
  >;
}

export function node(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  { name = "", domain = "", attributes = {} }: NodeParts = {},
): Field[] {
  return [
    ...inputs.map((input): Field => [1, input]),
    ...outputs.map((output): Field => [2, output]),
    [3, name],
    [4, op],
    ...Object.entries(attributes).map(([key, value]): Field => {
      if (typeof value === "number")
        return [
          5,
          [
            [1, key],
            [3, value],
            [20, 2],
          ],
        ];
      if ("tensor" in value)
        return [
          5,
          [
            [1, key],
            [5, value.tensor],
            [20, 4],
          ],
        ];
      if ("graph" in value)
        return [
          5,
          [
            [1, key],
            [6, value.graph],
            [20, 5],
          ],
        ];
      return [5, [[1, key], ...value.map((integer): Field => [8, integer]), [20, 7]]];
    }),
    [7, domain],
  ];
}

export interface GraphParts {
  readonly nodes?: readonly (readonly Field[])[];
  readonly initializers?: readonly (readonly Field[])[] | undefined;
  readonly extra?: readonly Field[];
}

export function graph({ nodes = [], initializers = [], extra = [] }: GraphParts): Field[] {
  return [...nodes.map((one): Field => [1, one]), [2, "g"], ...initializers.map((one): Field => [5, one]), ...extra];
}

export function onnxOf(parts: GraphParts, ...extra: readonly Field[]): Uint8Array {
  return message([1, 10], [2, "test"], [7, graph(parts)], ...extra, [8, [[2, 21]]]);
}

/** An entry of external_data. */
export function external(key: string, value: string | number): Field {
  return [
    13,
    [
      [1, key],
      [2, String(value)],
    ],
  ];
}

export const EXTERNAL: Field = [14, 1];
