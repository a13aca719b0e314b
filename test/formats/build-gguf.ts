type Number64 = number | bigint;

/** A metadata pair: its key, the number of its value type, the value's bytes. */
export interface Pair {
  readonly key: string;
  readonly type: number;
  readonly value: Uint8Array;
}

export interface Info {
  readonly name: string;
  /** As the file has them: the fastest first. */
  readonly dimensions: readonly Number64[];
  readonly type: number;
  readonly offset: Number64;
}

export interface Gguf {
  readonly magic?: string;
  readonly version?: number;
  readonly pairs?: readonly Pair[];
  readonly infos?: readonly Info[];
  /** What the header declares, where it is not what follows. */
  readonly tensorCount?: Number64;
  readonly pairCount?: Number64;
  readonly alignment?: number;
  readonly data?: Uint8Array;
}

export function text(value: string): Uint8Array {
  const bytes = new TextEncoder().encode(value);
  return joined([littleEndian([bytes.length, 8]), bytes]);
}

/** Unsigned numbers, `[value, bytes]`; quick, for there may be hundreds of thousands. */
function littleEndian(...numbers: readonly (readonly [Number64, number])[]): Uint8Array {
  const bytes = Buffer.alloc(numbers.reduce((sum, [, size]) => sum + size, 0));
  let at = 0;
  for (const [value, size] of numbers) {
    const word = Buffer.alloc(8);
    word.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
    word.copy(bytes, at, 0, size);
    at += size;
  }
  return new Uint8Array(bytes);
}

/** End to end, hundreds of thousands too. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

export const pair = {
  text: (key: string, value: string): Pair => ({ key, type: 8, value: text(value) }),
  u16: (key: string, value: number): Pair => ({ key, type: 2, value: littleEndian([value, 2]) }),
  u32: (key: string, value: number): Pair => ({ key, type: 4, value: littleEndian([value, 4]) }),
  i32: (key: string, value: number): Pair => ({ key, type: 5, value: littleEndian([value, 4]) }),
  f32: (key: string, value: number): Pair => ({ key, type: 6, value: new Uint8Array(Float32Array.of(value).buffer) }),
  u64: (key: string, value: Number64): Pair => ({ key, type: 10, value: littleEndian([value, 8]) }),
  /** `items` are the elements' bytes; `count` what is declared. */
  array: (key: string, type: number, items: readonly Uint8Array[], count: Number64 = items.length): Pair => ({
    key,
    type: 9,
    value: joined([littleEndian([type, 4], [count, 8]), ...items]),
  }),
};

/** A GGUF file, right or wrong. */
export function ggufOf(parts: Gguf): Uint8Array {
  const { magic = "GGUF", version = 3, pairs = [], infos = [], alignment = 32, data = new Uint8Array(0) } = parts;
  const header = joined([
    new TextEncoder().encode(magic),
    littleEndian([version, 4], [parts.tensorCount ?? infos.length, 8], [parts.pairCount ?? pairs.length, 8]),
    ...pairs.flatMap(({ key, type, value }) => [text(key), littleEndian([type, 4]), value]),
    ...infos.flatMap(({ name, dimensions, type, offset }) => [
      text(name),
      littleEndian([dimensions.length, 4], ...dimensions.map((side) => [side, 8] as const), [type, 4], [offset, 8]),
    ]),
  ]);
  return joined([header, new Uint8Array(-header.length & (alignment - 1)), data]);
}

/** Tensors of one type after each other, each from its bytes, padded to the alignment. */
export function ggufWith(
  tensors: Readonly<
    Record<string, { readonly type: number; readonly dimensions: readonly number[]; readonly bytes: Uint8Array }>
  >,
  { pairs = [], alignment = 32 }: Pick<Gguf, "pairs" | "alignment"> = {},
): Uint8Array {
  const infos: Info[] = [];
  const data: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { type, dimensions, bytes }] of Object.entries(tensors)) {
    infos.push({ name, type, dimensions, offset });
    const padding = -bytes.length & (alignment - 1);
    data.push(bytes, new Uint8Array(padding));
    offset += bytes.length + padding;
  }
  return ggufOf({ pairs, infos, alignment, data: joined(data) });
}

/** An f32 tensor of one row. */
export function row(...values: readonly number[]) {
  return { type: 0, dimensions: [values.length], bytes: new Uint8Array(Float32Array.from(values).buffer) };
}
