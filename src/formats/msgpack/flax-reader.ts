import { type Pace, unpaced } from "../../bytes/pace.js";
import { PagedBytes } from "../../bytes/paged-bytes.js";
import type { FormatReader } from "../reader.js";
import {
  ARRAY,
  CHUNKED,
  type FlaxArray,
  FORMAT,
  ITEM_STEPS,
  joinedChunks,
  readArray,
  readSides,
  SCALAR,
  TENSOR_BYTES,
  tensorOf,
} from "./flax-array.js";
import { MessagePackItems } from "./msgpack-items.js";

/** Modules of modules reach about ten. */
const MAX_DEPTH = 64;
const MAX_ITEMS = 1_000_000;
const MAX_NAME_LENGTH = 1024;

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
  if (item.kind === "extension" && (item.type === ARRAY || item.type === SCALAR)) {
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
