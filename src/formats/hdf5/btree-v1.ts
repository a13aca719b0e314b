import type { Fields } from "./fields.js";
import type { Hdf5File } from "./file.js";

/** A node has at most 2^16 children; 32 levels with two children each would be more entries than any file has. */
const MAX_DEPTH = 32;
/** Nodes of one tree: a tree of a million chunks has some 16,000. */
const MAX_NODES = 200_000;

interface Tree {
  /** 0 for groups, 1 for chunks. */
  readonly type: 0 | 1;
  /** Bytes of the key before each child. */
  readonly keyBytes: number;
  /** Receives each leaf's key and its child address, in the order of the keys. */
  visit(key: Fields, child: number): void | Promise<void>;
}

/**
 * Walks a B-tree of version 1 from its root [HDF5 File Format Specification, III.A.1]. Refuses cycles, and children
 * that are not one level lower.
 */
export async function walkBTree1(file: Hdf5File, root: number, { type, keyBytes, visit }: Tree): Promise<void> {
  const seen = new Set<number>();
  const walk = async (address: number, expected: number | undefined): Promise<void> => {
    if (seen.has(address)) file.fail("a B-tree contains a cycle", file.position(address));
    seen.add(address);
    if (seen.size > MAX_NODES) file.fail(`a B-tree has more than ${MAX_NODES} nodes`, file.position(address));
    const head = await file.fields(address, 8 + 2 * file.offsetBytes);
    head.signature("TREE");
    if (head.u8() !== type) head.fail("expected a B-tree of another kind");
    const level = head.u8();
    const entries = head.u16();
    if (level > MAX_DEPTH || (expected !== undefined && level !== expected))
      head.fail(`a node of a B-tree declares level ${level}`);
    const body = await file.fields(address + 8 + 2 * file.offsetBytes, entries * (keyBytes + file.offsetBytes));
    for (let k = 0; k < entries; k++) {
      const key = body.part(keyBytes);
      const child = body.target("a B-tree's child");
      if (level === 0) await visit(key, child);
      else await walk(child, level - 1);
    }
  };
  await walk(root, undefined);
}
