import { concat, littleEndian } from "./files-in-memory.js";

/** Element types by name: class, size, and the class's own bits, as datatype messages have them. */
const TYPES = {
  F32: { head: [0x11, 0x20, 31, 0], size: 4, properties: [0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0] },
  U8: { head: [0x10, 0, 0, 0], size: 1, properties: [0, 0, 8, 0] },
  I8: { head: [0x10, 8, 0, 0], size: 1, properties: [0, 0, 8, 0] },
  I16: { head: [0x10, 8, 0, 0], size: 2, properties: [0, 0, 16, 0] },
  I32: { head: [0x10, 8, 0, 0], size: 4, properties: [0, 0, 32, 0] },
} as const;

/** A dataset, stored as one run of bytes. The name is a path of groups. */
export interface Dataset {
  readonly name: string;
  readonly type: keyof typeof TYPES;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

const NOWHERE = [2n ** 64n - 1n, 8] as const;
const SUPERBLOCK_BYTES = 48;

/** The message of an object header of version 1 [HDF5 format specification, IV.A.1.a]. */
function message(type: number, body: Uint8Array): Uint8Array {
  const padding = (8 - (body.length % 8)) % 8;
  return concat(littleEndian([type, 2], [body.length + padding, 2], [0, 4]), body, new Uint8Array(padding));
}

function header(messages: readonly Uint8Array[]): Uint8Array {
  const body = concat(...messages);
  return concat(littleEndian([1, 1], [0, 1], [messages.length, 2], [1, 4], [body.length, 4], [0, 4]), body);
}

function link(name: string, address: number): Uint8Array {
  const text = new TextEncoder().encode(name);
  return message(6, concat(littleEndian([1, 1], [1, 1], [text.length, 2]), text, littleEndian([address, 8])));
}

function groupHeader(children: readonly (readonly [name: string, address: number])[]): Uint8Array {
  const info = message(2, littleEndian([0, 1], [0, 1], NOWHERE, NOWHERE));
  return header([info, ...children.map(([name, address]) => link(name, address))]);
}

function datasetHeader({ type, shape, bytes }: Dataset, address: number): Uint8Array {
  const { head, size, properties } = TYPES[type];
  return header([
    message(1, littleEndian([1, 1], [shape.length, 1], [0, 6], ...shape.map((side) => [side, 8] as const))),
    message(3, concat(Uint8Array.from(head), littleEndian([size, 4]), Uint8Array.from(properties))),
    message(8, littleEndian([3, 1], [1, 1], [address, 8], [bytes.length, 8])),
  ]);
}

type Node = Dataset | Map<string, Node>;

/** An HDF5 file of datasets in groups: superblock of version 2, link messages, contiguous data. */
export function hdf5Of(datasets: readonly Dataset[]): Uint8Array {
  const root = new Map<string, Node>();
  for (const dataset of datasets) {
    const path = dataset.name.split("/");
    let group = root;
    for (const part of path.slice(0, -1)) {
      const known = group.get(part) ?? new Map<string, Node>();
      if (!(known instanceof Map)) throw new Error(`${part} is a dataset and a group`);
      group.set(part, known);
      group = known;
    }
    group.set(path[path.length - 1], dataset);
  }
  const parts: Uint8Array[] = [];
  let at = SUPERBLOCK_BYTES;
  const put = (part: Uint8Array): number => {
    parts.push(part);
    at += part.length;
    return at - part.length;
  };
  // What a node names is written before it.
  const write = (node: Node): number =>
    node instanceof Map
      ? put(groupHeader([...node].map(([name, child]) => [name, write(child)] as const)))
      : put(datasetHeader(node, put(node.bytes)));
  const rootAddress = write(root);
  const magic = Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a);
  const superblock = littleEndian([2, 1], [8, 1], [8, 1], [0, 1], [0, 8], NOWHERE, [at, 8], [rootAddress, 8], [0, 4]);
  return concat(magic, superblock, ...parts);
}
