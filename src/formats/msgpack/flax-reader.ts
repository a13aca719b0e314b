import type { ByteSource } from "../../bytes/byte-source.js";
import { type Pace, unpaced } from "../../bytes/pace.js";
import { PagedBytes } from "../../bytes/paged-bytes.js";
import { bytesOf, type ErrorLocation } from "../../bytes/stored-bytes.js";
import { decodeElements, ELEMENT_TYPES } from "../element-types.js";
import type { FormatReader } from "../reader.js";
import { elementCount, MAX_AXES } from "../shape.js";
import { refuseValues, streamElements } from "../stream-elements.js";
import type { Tensor } from "../tensor.js";
import { streamTiles } from "../tiled-values.js";
import { MessagePackItems } from "./msgpack-items.js";

const FORMAT = "flax";
/** Modules of modules reach about ten. */
const MAX_DEPTH = 64;
const MAX_ITEMS = 1_000_000;
const MAX_NAME_LENGTH = 1024;
const ITEM_STEPS = 16;
const TENSOR_BYTES = 500;

/** Flax's numbers for its extensions of MessagePack [flax/serialization.py, _MsgpackExtType]. */
const ARRAY = 1;
/** The key of an array of more than 2^30 bytes, which is stored in flat chunks. */
const CHUNKED = "__msgpack_chunked_array__";

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

/** Parts of a training state that hold no weights [flax/training/train_state.py]. */
const STATES: ReadonlySet<string> = new Set(["opt_state", "step", "rng", "rngs", "dropout_rng"]);

/** An extension of type 1 that holds an array of three: sides, type, bytes; the text of the type is in it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a byte of the format
const ARRAY_SIGN = /[\xc7-\xc9][\s\S]{1,4}\x01\x93[\s\S]{1,48}(?:float|int|bfloat)\d/;

/** Flax's files of MessagePack (`flax.serialization.to_bytes`, flax_model.msgpack): nested dictionaries of arrays. */
export const flaxReader: FormatReader = {
  format: FORMAT,
  recognises(head, name) {
    const isMap = (head[0] > 0x80 && head[0] < 0x90) || head[0] === 0xde || head[0] === 0xdf;
    if (!isMap) return false;
    if (name.endsWith(".msgpack")) return true;
    return ARRAY_SIGN.test(new TextDecoder("latin1").decode(head));
  },
  async open({ name, source }, _files, options) {
    const where = { format: FORMAT, file: name };
    const pace = options?.pace ?? unpaced();
    const items = new MessagePackItems(new PagedBytes(source, where, options?.signal));
    const arrays: FlaxArray[] = [];
    await walk(items, { pace, found: (array) => void arrays.push(array), count: { items: 0 } });
    if (items.at !== source.byteLength) items.fail(`${source.byteLength - items.at} bytes follow the last item`);
    const isState =
      arrays.some(({ path }) => path[0] === "opt_state") && arrays.some(({ path }) => path[0] === "params");
    const kept = isState ? arrays.filter(({ path }) => !STATES.has(path[0])) : arrays;
    const left = arrays.length - kept.length;
    return {
      format: FORMAT,
      tensors: kept.map((array) => tensorOf(array, source, where)),
      files: [{ name, byteLength: source.byteLength }],
      metadata: {},
      warnings:
        left === 0
          ? []
          : [`${left} ${left === 1 ? "array" : "arrays"} of the state of a training run (opt_state) skipped`],
      close: async () => {},
    };
  },
};

/** An array, in one piece or in flat chunks: where the bytes are. */
interface FlaxArray {
  readonly path: readonly string[];
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly pieces: readonly { readonly at: number; readonly length: number }[];
}

interface Walk {
  readonly pace: Pace;
  readonly found: (array: FlaxArray) => void;
  readonly count: { items: number };
}

/** Visits all arrays in the nested dictionaries and lists of an item, depth first. */
async function walk(
  items: MessagePackItems,
  { pace, found, count }: Walk,
  path: readonly string[] = [],
): Promise<void> {
  if (pace.spend(ITEM_STEPS)) await pace.turn();
  if (++count.items > MAX_ITEMS) items.fail(`more than ${MAX_ITEMS} items`);
  if (path.length > MAX_DEPTH) items.fail(`dictionaries are nested deeper than ${MAX_DEPTH}`);
  const item = await items.next();
  if (item.kind === "extension" && item.type === ARRAY) {
    pace.keep(TENSOR_BYTES + path.join("/").length);
    found({ path, ...(await readArray(items.within(item.at, item.length))) });
    return;
  }
  if (item.kind === "array") {
    for (let k = 0; k < item.count; k++) await walk(items, { pace, found, count }, [...path, String(k)]);
    return;
  }
  if (item.kind !== "map") return;
  const keys = new Set<string>();
  const chunks: FlaxArray[] = [];
  const sides: number[] = [];
  for (let k = 0; k < item.count; k++) {
    const key = await items.next();
    const text = key.kind === "text" ? key.text : key.kind === "number" ? String(key.value) : undefined;
    if (text === undefined) return items.fail("a key of a dictionary is not text");
    if (keys.has(text)) items.fail(`the key "${text}" occurs twice in a dictionary`);
    if (path.join("/").length + text.length > MAX_NAME_LENGTH) items.fail("a name is too long");
    keys.add(text);
    const chunked = keys.has(CHUNKED);
    if (chunked && text === "shape") sides.push(...(await readSides(items)));
    else if (chunked && text === "chunks")
      await walk(items, { pace, found: (array) => void chunks.push(array), count }, path);
    else await walk(items, { pace, found, count }, [...path, text]);
  }
  if (chunks.length > 0) found(joinedChunks(chunks, sides, { path, items }));
}

/** The sides of an array in chunks: a dictionary by the numbers of the axes, or a list. */
async function readSides(items: MessagePackItems): Promise<number[]> {
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

function joinedChunks(
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
async function readArray(items: MessagePackItems): Promise<Omit<FlaxArray, "path">> {
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

function tensorOf({ path, dtype, shape, pieces }: FlaxArray, source: ByteSource, file: ErrorLocation): Tensor {
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
        decode: (stored: Uint8Array) => decodeElements(stored, element),
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
