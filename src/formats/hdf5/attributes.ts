import { elementCount } from "../shape.js";
import { walkBTree2 } from "./btree-v2.js";
import { readDataspace } from "./dataspace.js";
import { type Datatype, readDatatype } from "./datatype.js";
import type { Fields } from "./fields.js";
import type { Hdf5File } from "./file.js";
import { FractalHeap } from "./fractal-heap.js";
import { globalObject } from "./global-heap.js";
import { MESSAGE, type Message } from "./object-header.js";

/** Maximum number of texts in one attribute: Keras lists every weight of a layer. */
const MAX_TEXTS = 100_000;
/** Models with some thousand layers have a configuration of a few MB. */
const MAX_TEXT_BYTES = 100_000_000;
const BY_NAME = 8;

/** An attribute: a small value attached to an object. Only texts are read. */
interface Attribute {
  readonly name: string;
  readonly type: Datatype;
  readonly count: number;
  readonly data: Fields;
}

/** The texts of the attributes with these names, if they exist and are texts. */
export async function readTexts(
  file: Hdf5File,
  messages: readonly Message[],
  wanted: (name: string) => boolean,
): Promise<Map<string, string[]>> {
  const texts = new Map<string, string[]>();
  const take = async (fields: Fields): Promise<void> => {
    const attribute = readAttribute(fields, wanted);
    if (attribute !== undefined) texts.set(attribute.name, await textsOf(file, attribute));
  };
  for (const message of messages) {
    if (message.type === MESSAGE.attribute) await take(await message.fields());
    if (message.type === MESSAGE.attributeInfo) await eachInHeap(file, await message.fields(), take);
  }
  return texts;
}

/** An attribute message [HDF5 File Format Specification, IV.A.2.m]; undefined if it is not wanted or holds no text. */
function readAttribute(fields: Fields, wanted: (name: string) => boolean): Attribute | undefined {
  const version = fields.version("an attribute", 1, 2, 3);
  const flags = fields.u8();
  const [nameBytes, typeBytes, spaceBytes] = [fields.u16(), fields.u16(), fields.u16()];
  if (version === 3) fields.u8();
  const part = (bytes: number): Fields => fields.part(version === 1 ? Math.ceil(bytes / 8) * 8 : bytes);
  const name = trimmed(part(nameBytes).bytes);
  if (!wanted(name) || (version > 1 && flags !== 0)) return undefined;
  const type = readDatatype(part(typeBytes));
  const shape = readDataspace(part(spaceBytes));
  if (type.text === undefined || shape === undefined) return undefined;
  const count = elementCount(shape) ?? 0;
  if (count > MAX_TEXTS) fields.fail(`the attribute "${name}" has ${count} texts, more than ${MAX_TEXTS}`);
  return { name, type, count, data: fields.part(fields.left) };
}

async function textsOf(file: Hdf5File, { type, count, data }: Attribute): Promise<string[]> {
  const texts: string[] = [];
  let total = 0;
  for (let k = 0; k < count; k++) {
    const element = data.part(type.size);
    const bytes = type.text === "fixed" ? element.bytes : await globalObject(file, element);
    total += bytes.length;
    if (total > MAX_TEXT_BYTES) data.fail(`an attribute's texts have more than ${MAX_TEXT_BYTES} bytes`);
    texts.push(trimmed(bytes));
  }
  return texts;
}

async function eachInHeap(file: Hdf5File, fields: Fields, take: (fields: Fields) => Promise<void>): Promise<void> {
  fields.version("attribute info", 0);
  if (fields.u8() & 1) fields.skip(2);
  const [heapAddress, tree] = [fields.address(), fields.address()];
  if (heapAddress === undefined || tree === undefined) return;
  const heap = await FractalHeap.open(file, heapAddress);
  await walkBTree2(file, tree, { types: [BY_NAME], visit: async (record) => take(await heap.object(record)) });
}

/** Texts of a fixed width are padded with zeros. */
function trimmed(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
