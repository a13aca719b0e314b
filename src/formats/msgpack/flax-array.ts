import type { ByteSource } from "../../bytes/byte-source.js";
import { bytesOf, type ErrorLocation } from "../../bytes/stored-bytes.js";
import { decodeElements, ELEMENT_TYPES } from "../element-types.js";
import { elementCount, MAX_AXES } from "../shape.js";
import { refuseValues, streamElements } from "../stream-elements.js";
import type { Tensor } from "../tensor.js";
import { streamTiles } from "../tiled-values.js";
import type { MessagePackItems } from "./msgpack-items.js";

export const FORMAT = "flax";

/** Steps to read one item. */
export const ITEM_STEPS = 16;
/** Memory of a tensor in the list, without its name. */
export const TENSOR_BYTES = 500;

/** Flax's numbers for its extensions of MessagePack [flax/serialization.py, _MsgpackExtType]. */
export const ARRAY = 1;
/** A scalar of NumPy, stored as an array without sides. */
export const SCALAR = 3;
/** The key of an array of more than 2^30 bytes, which is stored in flat chunks. */
export const CHUNKED = "__msgpack_chunked_array__";

/** NumPy's names of element types under which arrays are stored, in our names. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ...[
    ["float64", "F64"],
    ["float32", "F32"],
    ["float16", "F16"],
    ["bfloat16", "BF16"],
    ["float8_e4m3fn", "F8_E4M3"],
    ["float8_e5m2", "F8_E5M2"],
  ],
  ...["8", "16", "32", "64"].flatMap((bits) => [
    [`int${bits}`, `I${bits}`],
    [`uint${bits}`, `U${bits}`],
  ]),
  ["bool", "BOOL"],
] as [string, string][]);

/** An array, in one piece or in flat chunks: where the bytes are. */
export interface FlaxArray {
  readonly path: readonly string[];
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly pieces: readonly { readonly at: number; readonly length: number }[];
}

/** The sides of an array in chunks: a dictionary by the numbers of the axes, or a list. */
export async function readSides(items: MessagePackItems): Promise<number[]> {
  const item = await items.next();
  if (item.kind !== "map" && item.kind !== "array") return items.fail("the shape of an array is no list");
  const sides: number[] = [];
  for (let k = 0; k < item.count && k <= MAX_AXES; k++) {
    if (item.kind === "map") await items.next();
    const side = await items.next();
    if (side.kind !== "number") return items.fail("a side of an array is not a number");
    sides.push(side.value);
  }
  return sides;
}

/** The chunks of a large array, one after the other. Throws `FormatError` if they do not fill its shape. */
export function joinedChunks(
  chunks: readonly FlaxArray[],
  shape: readonly number[],
  { path, items }: { readonly path: readonly string[]; readonly items: MessagePackItems },
): FlaxArray {
  const [{ dtype }] = chunks;
  const bytes = ELEMENT_TYPES.get(TYPES.get(dtype) ?? "")?.bytes ?? 1;
  const pieces = chunks.flatMap((chunk) => chunk.pieces);
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (chunks.some((chunk) => chunk.dtype !== dtype) || (elementCount(shape) ?? -1) * bytes !== length)
    items.fail(`the chunks of "${path.join("/")}" do not make up its shape (${shape.join(", ")})`);
  return { path, dtype, shape, pieces };
}

/** (sides, type, bytes) */
export async function readArray(items: MessagePackItems): Promise<Omit<FlaxArray, "path">> {
  const outer = await items.next();
  if (outer.kind !== "array" || outer.count !== 3) return items.fail("an array is not its sides, type and bytes");
  const list = await items.next();
  if (list.kind !== "array" || list.count > MAX_AXES) return items.fail("an array has no list of sides");
  const shape: number[] = [];
  for (let k = 0; k < list.count; k++) {
    const side = await items.next();
    if (side.kind !== "number") return items.fail("a side of an array is not a number");
    shape.push(side.value);
  }
  const type = await items.next();
  const data = await items.next();
  if (type.kind !== "text" || data.kind !== "binary") return items.fail("an array is not its sides, type and bytes");
  const element = ELEMENT_TYPES.get(TYPES.get(type.text) ?? "");
  const count = elementCount(shape);
  if (count === undefined || (element !== undefined && count * element.bytes !== data.length))
    return items.fail(`an array of (${shape.join(", ")}) of ${type.text} has ${data.length} bytes`);
  return { dtype: type.text, shape, pieces: [{ at: data.at, length: data.length }] };
}

export function tensorOf({ path, dtype, shape, pieces }: FlaxArray, source: ByteSource, file: ErrorLocation): Tensor {
  const name = path.length === 0 ? "array" : path.join("/");
  const where = { ...file, tensor: name };
  const type = TYPES.get(dtype) ?? dtype;
  const element = ELEMENT_TYPES.get(type);
  const byteLength = pieces.reduce((sum, { length }) => sum + length, 0);
  return {
    name,
    shape,
    dtype: type,
    storedBits: 8 * (element?.bytes ?? 0),
    floating: element?.floating ?? false,
    quantised: false,
    file: file.file ?? "",
    byteLength,
    storageKey: `${file.file}:${pieces[0]?.at}:${byteLength === 0 ? name : ""}`,
    values(range) {
      if (element === undefined)
        return refuseValues(`its elements are ${dtype}, which this version does not decode`, where);
      const { bytes } = element;
      const run = (at: number, length: number) => ({
        stored: bytesOf(source, where, at, length),
        ...{ offset: 0, count: length / bytes, bytesPerElement: bytes },
        decode: (stored: Uint8Array, owned?: boolean) => decodeElements(stored, element, { owned }),
      });
      if (pieces.length === 1) return streamElements(run(pieces[0].at, pieces[0].length), range);
      let first = 0;
      const tiles = pieces.map(({ at, length }) => {
        const tile = { offsets: [first], sizes: [length / bytes], at, length };
        first += length / bytes;
        return tile;
      });
      const open = async ({ at, length }: (typeof tiles)[number]): Promise<Pick<Tensor, "values">> => ({
        values: (part) => streamElements(run(at, length), part),
      });
      return streamTiles([first], tiles, { ...range, open, where });
    },
  };
}
