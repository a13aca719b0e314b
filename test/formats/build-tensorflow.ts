import { crc32c } from "#eigenscope/bytes/checksum.js";
import { masked } from "#eigenscope/bytes/masked-checksum.js";
import { type Field, message, varint } from "./build-onnx.js";
import { concat, littleEndian } from "./files-in-memory.js";

const MAGIC = Uint8Array.of(0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb);

const fixed32 = (number: number, value: number): Uint8Array => concat(varint(number * 8 + 5), littleEndian([value, 4]));

/** A table's block: each key without what it shares with the one before it, one restart. */
export function blockOf(entries: readonly (readonly [key: string | Uint8Array, value: Uint8Array])[]): Uint8Array {
  let before: Uint8Array = new Uint8Array(0);
  const parts = entries.map(([key, value]) => {
    const bytes = typeof key === "string" ? new TextEncoder().encode(key) : key;
    let shared = 0;
    while (shared < Math.min(before.length, bytes.length) && before[shared] === bytes[shared]) shared++;
    before = bytes;
    return concat(varint(shared), varint(bytes.length - shared), varint(value.length), bytes.subarray(shared), value);
  });
  return concat(...parts, littleEndian([0, 4], [1, 4]));
}

/** A block as it is stored: compressed already, or with another checksum than its own. */
export interface StoredBlock {
  readonly contents: Uint8Array;
  readonly compression?: number;
  readonly checksum?: number;
}

/** A table of such blocks. `places` changes what its index says of them, `index` its index. */
export function tableOf(
  blocks: readonly (Uint8Array | StoredBlock)[],
  {
    places = (all: readonly (readonly [number, number])[]) => all,
    index = (block: Uint8Array): Uint8Array | StoredBlock => block,
    magic = MAGIC,
  } = {},
): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  const put = (block: Uint8Array | StoredBlock): readonly [number, number] => {
    const { contents, compression = 0, checksum } = block instanceof Uint8Array ? { contents: block } : block;
    const body = concat(contents, Uint8Array.of(compression));
    parts.push(body, littleEndian([checksum ?? masked(crc32c(body)), 4]));
    at += body.length + 4;
    return [at - body.length - 4, contents.length];
  };
  const handle = ([offset, length]: readonly [number, number]): Uint8Array => concat(varint(offset), varint(length));
  const written = places(blocks.map(put));
  const meta = put(blockOf([]));
  const top = put(index(blockOf(written.map((place, k) => [`${String(k).padStart(7, "0")}`, handle(place)] as const))));
  const handles = concat(handle(meta), handle(top));
  return concat(...parts, handles, new Uint8Array(40 - handles.length), magic);
}

export interface StoredTensor {
  readonly type?: number;
  readonly shape?: readonly (number | bigint)[];
  readonly bytes?: Uint8Array;
  /** What the index says, where it is not what is so. */
  readonly shard?: number;
  readonly offset?: number | bigint;
  readonly size?: number | bigint;
  readonly checksum?: number;
  readonly extra?: readonly Field[];
}

export interface BundleParts {
  readonly shards?: number;
  readonly endianness?: number;
  readonly header?: readonly Field[];
  /** How the index' one block is stored. */
  readonly block?: (contents: Uint8Array) => Uint8Array | StoredBlock;
}

/** A checkpoint "ck" in one data shard, its tensors in the given order. */
export function bundleOf(
  tensors: Readonly<Record<string, StoredTensor>>,
  { shards = 1, endianness = 0, header = [], block = (contents) => contents }: BundleParts = {},
): Record<string, Uint8Array> {
  let at = 0;
  const entries = Object.entries(tensors).map(([name, tensor]) => {
    const {
      type = 1,
      shape = [],
      bytes = new Uint8Array(0),
      shard = 0,
      offset = at,
      size = bytes.length,
      extra = [],
    } = tensor;
    at += bytes.length;
    const value = message(
      [1, type],
      [2, shape.map((side): Field => [2, [[1, side]]])],
      [3, shard],
      [4, offset],
      [5, size],
      fixed32(6, tensor.checksum ?? masked(crc32c(bytes))),
      ...extra,
    );
    return [name, value] as const;
  });
  const head = message([1, shards], [2, endianness], [3, [[1, 1]]], ...header);
  return {
    "ck.index": tableOf([block(blockOf([["", head], ...entries]))]),
    [`ck.data-00000-of-${String(shards).padStart(5, "0")}`]: concat(
      ...Object.values(tensors).map(({ bytes }) => bytes ?? new Uint8Array(0)),
    ),
  };
}

/** A string tensor of one string: its length, that length's checksum, the string. */
export function stringTensor(text: Uint8Array): StoredTensor {
  const length = littleEndian([text.length, 4]);
  const lengthChecksum = littleEndian([masked(crc32c(length)), 4]);
  const checksum = masked([length, lengthChecksum, text].reduce((crc, part) => crc32c(part, crc), 0));
  return { type: 7, bytes: concat(varint(text.length), lengthChecksum, text), checksum };
}

export interface ObjectNode {
  /** TensorFlow's name of the variable, and its key. */
  readonly attribute?: readonly [fullName: string, key: string];
  readonly slots?: readonly (readonly [name: string, node: number])[];
}

/** The tree of objects as its tensor. */
export function objectGraph(...nodes: readonly ObjectNode[]): StoredTensor {
  return stringTensor(
    message(
      ...nodes.map(({ attribute, slots = [] }): Field => {
        const attributes: Field[] =
          attribute === undefined
            ? []
            : [
                [
                  2,
                  [
                    [1, "VARIABLE_VALUE"],
                    [2, attribute[0]],
                    [3, attribute[1]],
                  ],
                ],
              ];
        return [
          1,
          [
            ...attributes,
            ...slots.map(
              ([name, node]): Field => [
                3,
                [
                  [2, name],
                  [3, node],
                ],
              ],
            ),
          ],
        ];
      }),
    ),
  );
}
