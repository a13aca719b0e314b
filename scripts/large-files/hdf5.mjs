// Checks the reader of HDF5 on a file larger than 4 GiB: node scripts/large-files/hdf5.mjs [gibibytes, default 5]
//
// Writes a sparse file (a few KB on disk) of one long dataset of zeros and, behind it, a small one whose values are
// known; opens it with the built package, reads the small one, and streams the first 256 MiB of the long one. Fails
// where a value is wrong, or where the process ever held more than 500 MB. Needs `npm run build`. The file is a sound
// one of the format's version 0: h5py reads it too.
import { join } from "node:path";
import {
  checkLastAndLong,
  inFolder,
  KNOWN_BYTES,
  LONG_BYTES,
  number,
  withTensors,
  writeSparse,
} from "./sparse-models.mjs";

const COLUMNS = 4096;
const NOWHERE = 2n ** 64n - 1n;
/** Where the parts of the file lie. */
const AT = {
  rootHeader: 96,
  tree: 136,
  heap: 680,
  names: 712,
  symbols: 800,
  lastHeader: 1128,
  longHeader: 1256,
  data: 2048,
};

const rows = Math.ceil(LONG_BYTES / (4 * COLUMNS));
const longBytes = rows * COLUMNS * 4;

await inFolder(async (folder) => {
  const path = join(folder, "large.h5");
  writeModel(path);
  await withTensors(path, ([last, long]) => checkLastAndLong({ last, long }));
});

function writeModel(path) {
  const lastAt = AT.data + longBytes;
  const end = lastAt + KNOWN_BYTES.length;
  const parts = [
    [0, superblock(end)],
    [AT.rootHeader, header([0x11, Buffer.concat([number(AT.tree, 8), number(AT.heap, 8)])])],
    [
      AT.tree,
      Buffer.concat([
        Buffer.from("TREE"),
        number(0, 1),
        number(0, 1),
        number(1, 2),
        number(NOWHERE, 8),
        number(NOWHERE, 8),
        number(0, 8),
        number(AT.symbols, 8),
        number(16, 8),
      ]),
    ],
    [AT.heap, Buffer.concat([Buffer.from("HEAP"), number(0, 4), number(88, 8), number(1, 8), number(AT.names, 8)])],
    [AT.names, Buffer.concat([number(0, 8), Buffer.from("last\0\0\0\0"), Buffer.from("long\0\0\0\0")])],
    [
      AT.symbols,
      Buffer.concat([
        Buffer.from("SNOD"),
        number(1, 2),
        number(2, 2),
        symbol(8, AT.lastHeader),
        symbol(16, AT.longHeader),
      ]),
    ],
    [AT.lastHeader, dataset([64, 48], lastAt)],
    [AT.longHeader, dataset([rows, COLUMNS], AT.data)],
    [lastAt, KNOWN_BYTES],
  ];
  writeSparse(path, end, parts);
}

function superblock(end) {
  return Buffer.concat([
    Buffer.from([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0, 0, 8, 8, 0]),
    number(4, 2),
    number(16, 2),
    number(0, 4),
    number(0, 8),
    number(NOWHERE, 8),
    number(end, 8),
    number(NOWHERE, 8),
    number(0, 8),
    number(AT.rootHeader, 8),
    number(1, 4),
    number(0, 4),
    number(AT.tree, 8),
    number(AT.heap, 8),
  ]);
}

function symbol(nameAt, address) {
  return Buffer.concat([number(nameAt, 8), number(address, 8), number(0, 8), number(0, 16)]);
}

/** An object header of version 1 with its messages, each a type and a body of a multiple of 8 bytes. */
function header(...messages) {
  const body = Buffer.concat(
    messages.flatMap(([type, bytes]) => [number(type, 2), number(bytes.length, 2), number(0, 4), bytes]),
  );
  return Buffer.concat([
    number(1, 2),
    number(messages.length, 2),
    number(1, 4),
    number(body.length, 4),
    number(0, 4),
    body,
  ]);
}

/** A dataset of little-endian float32 in one run. */
function dataset(shape, address) {
  const bytes = shape.reduce((product, side) => product * side, 4);
  const dataspace = Buffer.concat([
    number(1, 1),
    number(shape.length, 1),
    number(0, 6),
    ...shape.map((side) => number(side, 8)),
  ]);
  const datatype = Buffer.concat([
    Buffer.from([0x11, 0x20, 31, 0]),
    number(4, 4),
    number(0, 2),
    number(32, 2),
    Buffer.from([23, 8, 0, 23]),
    number(127, 4),
    number(0, 4),
  ]);
  const layout = Buffer.concat([number(3, 1), number(1, 1), number(address, 8), number(bytes, 8), number(0, 6)]);
  return header([0x01, dataspace], [0x03, datatype], [0x05, Buffer.from([2, 2, 2, 0, 0, 0, 0, 0])], [0x08, layout]);
}
