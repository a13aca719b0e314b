import { walkBTree1 } from "./btree-v1.js";
import { walkBTree2 } from "./btree-v2.js";
import type { Fields } from "./fields.js";
import type { Hdf5File } from "./file.js";
import { FractalHeap } from "./fractal-heap.js";
import { MESSAGE, type Message } from "./object-header.js";

/** A member of a group: an object of this file, a path to one ("soft"), or something in another file ("external"). */
export type Link = { readonly name: string } & (
  | { readonly kind: "hard"; readonly address: number }
  | { readonly kind: "soft"; readonly path: string }
  | { readonly kind: "external" }
);

/** A checkpoint with one group per weight of every expert has some 100,000. */
const MAX_LINKS = 1_000_000;
const MAX_NAME_BYTES = 4096;
const MAX_HEAP_BYTES = 2 ** 28;
const SOFT_ENTRY = 2;
/** Records of links in a B-tree: by name and by order of creation. */
const BY_NAME = 5;

/**
 * The members of a group, whatever its version: a symbol table, messages in its header, or a heap with an index.
 * Undefined if it is not a group.
 */
export async function readLinks(file: Hdf5File, messages: readonly Message[]): Promise<Link[] | undefined> {
  const table = messages.find(({ type }) => type === MESSAGE.symbolTable);
  const info = messages.find(({ type }) => type === MESSAGE.linkInfo);
  if (table === undefined && info === undefined) return undefined;
  const links: Link[] = [];
  const names = new Set<string>();
  const add = (link: Link): void => {
    if (names.has(link.name)) file.fail(`a group has two members called "${link.name}"`);
    names.add(link.name);
    if (links.push(link) > MAX_LINKS) file.fail(`a group has more than ${MAX_LINKS} members`);
  };
  if (table !== undefined) await fromSymbolTable(file, await table.fields(), add);
  for (const message of messages) if (message.type === MESSAGE.link) add(readLink(await message.fields()));
  if (info !== undefined) await fromHeap(file, await info.fields(), add);
  return links;
}

/** The older form: a B-tree of nodes of symbols, whose names are in a local heap. */
async function fromSymbolTable(file: Hdf5File, fields: Fields, add: (link: Link) => void): Promise<void> {
  const [tree, heapAddress] = [fields.target("a group's B-tree"), fields.target("a group's heap")];
  const head = await file.fields(heapAddress, 8 + 2 * file.lengthBytes + file.offsetBytes);
  head.signature("HEAP");
  head.version("a local heap", 0);
  head.skip(3);
  const heapBytes = head.length();
  head.skip(file.lengthBytes);
  if (heapBytes > MAX_HEAP_BYTES) head.fail(`a heap of ${heapBytes} bytes holds no names`);
  const heap = await file.fields(head.target("a heap's data"), heapBytes);
  const textAt = (offset: number): string => {
    if (offset >= heapBytes) head.fail(`a name's offset ${offset} is outside its heap of ${heapBytes} bytes`);
    const end = heap.bytes.indexOf(0, offset);
    if (end < 0 || end - offset > MAX_NAME_BYTES) heap.fail("a name is not terminated");
    return utf8(heap.bytes.subarray(offset, end));
  };
  await walkBTree1(file, tree, {
    type: 0,
    keyBytes: file.lengthBytes,
    async visit(_key, child) {
      const node = await file.fieldsUpTo(child, 8);
      node.signature("SNOD");
      node.version("a symbol node", 1);
      node.skip(1);
      const count = node.u16();
      const entries = await file.fields(child + 8, count * (2 * file.offsetBytes + 24));
      for (let k = 0; k < count; k++) {
        const name = textAt(entries.sized(file.offsetBytes));
        const address = entries.address();
        const kind = entries.u32();
        entries.skip(4);
        const scratch = entries.part(16);
        if (kind === SOFT_ENTRY) add({ name, kind: "soft", path: textAt(scratch.u32()) });
        else add({ name, kind: "hard", address: address ?? entries.fail(`the member "${name}" has no address`) });
      }
    },
  });
}

/** A link message [HDF5 File Format Specification, IV.A.2.g]. */
function readLink(fields: Fields): Link {
  fields.version("a link", 1);
  const flags = fields.u8();
  const kind = flags & 0x08 ? fields.u8() : 0;
  if (flags & 0x04) fields.skip(8);
  if (flags & 0x10) fields.skip(1);
  const length = fields.sized(1 << (flags & 3));
  if (length > MAX_NAME_BYTES) fields.fail(`a name of ${length} bytes is not possible`);
  const name = utf8(fields.take(length));
  if (kind === 0) return { name, kind: "hard", address: fields.target(`the member "${name}"`) };
  if (kind === 1) return { name, kind: "soft", path: utf8(fields.take(fields.u16())) };
  return { name, kind: "external" };
}

/** The newer form for many members: links in a fractal heap, found by a B-tree of their names. */
async function fromHeap(file: Hdf5File, fields: Fields, add: (link: Link) => void): Promise<void> {
  fields.version("link info", 0);
  const flags = fields.u8();
  if (flags & 1) fields.skip(8);
  const [heapAddress, tree] = [fields.address(), fields.address()];
  if (heapAddress === undefined || tree === undefined) return;
  const heap = await FractalHeap.open(file, heapAddress);
  await walkBTree2(file, tree, {
    types: [BY_NAME],
    async visit(record) {
      record.skip(4);
      add(readLink(await heap.object(record)));
    },
  });
}

function utf8(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
