import type { Fields } from "./fields.js";
import type { Hdf5File } from "./file.js";

const HEAD_BYTES = 6;
const CHECKSUM_BYTES = 4;
const MAX_DEPTH = 32;
const MAX_RECORDS = 10_000_000;
const MAX_NODE_BYTES = 2 ** 24;

/**
 * Walks the records of a B-tree of version 2, in order [HDF5 File Format Specification, III.A.2]. `types`: the accepted
 * kinds of records.
 */
export async function walkBTree2(
  file: Hdf5File,
  address: number,
  { types, visit }: { types: readonly number[]; visit: (record: Fields, type: number) => void | Promise<void> },
): Promise<void> {
  const head = await file.fieldsUpTo(address, 16 + file.offsetBytes + 2 + file.lengthBytes + CHECKSUM_BYTES);
  head.signature("BTHD");
  head.version("a B-tree", 0);
  const type = head.u8();
  if (!types.includes(type)) head.fail(`found a B-tree of records of type ${type}, expected another type`);
  const [nodeBytes, recordBytes, depth] = [head.u32(), head.u16(), head.u16()];
  head.skip(2);
  const root = head.address();
  const records = head.u16();
  const total = head.length();
  if (
    depth > MAX_DEPTH ||
    recordBytes === 0 ||
    nodeBytes > MAX_NODE_BYTES ||
    nodeBytes < HEAD_BYTES + recordBytes ||
    total > MAX_RECORDS
  ) {
    head.fail(
      `a B-tree declares ${total} records of ${recordBytes} bytes in nodes of ${nodeBytes}, ${depth} levels deep`,
    );
  }
  if (root === undefined) return;

  const counts = countBytes({ nodeBytes, recordBytes, depth, offsetBytes: file.offsetBytes });
  const seen = new Set<number>();
  const walk = async (at: number, count: number, level: number): Promise<void> => {
    if (seen.has(at)) file.fail("a B-tree contains a cycle", file.position(at));
    seen.add(at);
    const fields = await file.fields(at, nodeBytes);
    fields.signature(level === 0 ? "BTLF" : "BTIN");
    fields.version("a B-tree's node", 0);
    if (fields.u8() !== type) fields.fail("a node of a B-tree is of another kind than the tree");
    const all = Array.from({ length: count }, () => fields.part(recordBytes));
    if (level === 0) {
      for (const record of all) await visit(record, type);
      return;
    }
    for (let k = 0; k <= count; k++) {
      const child = fields.target("a B-tree's child");
      const childRecords = fields.sized(counts[level - 1].records);
      if (level > 1) fields.skip(counts[level - 1].total);
      await walk(child, childRecords, level - 1);
      if (k < count) await visit(all[k], type);
    }
  };
  await walk(root, records, depth);
}

interface NodeSizes {
  readonly nodeBytes: number;
  readonly recordBytes: number;
  readonly depth: number;
  readonly offsetBytes: number;
}

/**
 * The bytes that store a child's number of records, and its subtree's, level by level from the leaves: the fewest that
 * hold the maximum.
 */
function countBytes({ nodeBytes, recordBytes, depth, offsetBytes }: NodeSizes): { records: number; total: number }[] {
  const room = nodeBytes - HEAD_BYTES - CHECKSUM_BYTES;
  const sizes: { records: number; total: number }[] = [];
  let most = Math.floor(room / recordBytes);
  let total = most;
  const leafBytes = bytesFor(most);
  for (let level = 0; level < depth || level === 0; level++) {
    sizes.push({ records: leafBytes, total: bytesFor(total) });
    const pointer = offsetBytes + leafBytes + (level === 0 ? 0 : bytesFor(total));
    most = Math.floor((room - pointer) / (recordBytes + pointer));
    total = (most + 1) * total + most;
  }
  return sizes;
}

function bytesFor(most: number): number {
  let bytes = 1;
  for (let limit = 256; limit <= most && bytes < 8; limit *= 256) bytes++;
  return bytes;
}
