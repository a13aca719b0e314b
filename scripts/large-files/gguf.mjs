// Checks the reader of GGUF on a file larger than 4 GiB: node scripts/large-files/gguf.mjs [gibibytes, default 5]
//
// Writes a sparse file (a few MB on disk) of one long Q8_0 tensor of zeros and, behind it, two small ones whose values
// are known; opens it with the built package, reads the last tensor's values, and streams the first 256 MiB of the long
// one. Fails where a value is wrong, or where the process ever held more than 500 MB. Needs `npm run build`.
import { join } from "node:path";
import {
  assertValues,
  inFolder,
  KNOWN,
  KNOWN_BYTES,
  LONG_BYTES,
  number,
  stream,
  withTensors,
  writeSparse,
} from "./sparse-models.mjs";

const ALIGNMENT = 32;
/** ggml's numbers of the types. */
const F32 = 0;
const Q8_0 = 8;
const COLUMNS = 4096;
const BLOCK = { values: 32, bytes: 34 };

const rows = Math.ceil(LONG_BYTES / ((COLUMNS / BLOCK.values) * BLOCK.bytes));
const longBytes = rows * (COLUMNS / BLOCK.values) * BLOCK.bytes;

await inFolder(async (folder) => {
  const path = join(folder, "large.gguf");
  writeModel(path);
  await withTensors(path, async ([long, last, quantised]) => {
    await assertValues(last, KNOWN);
    await assertValues(
      quantised,
      Float32Array.from({ length: BLOCK.values }, (_, k) => k / 2),
    );
    await assertValues(long, new Float32Array(COLUMNS), { from: (rows - 1) * COLUMNS });
    await stream(long);
  });
});

function writeModel(path) {
  const knownAt = padded(longBytes);
  const infos = [
    { name: "long.weight", dimensions: [COLUMNS, rows], type: Q8_0, offset: 0 },
    { name: "last.weight", dimensions: [48, 64], type: F32, offset: knownAt },
    { name: "last.quantised", dimensions: [BLOCK.values], type: Q8_0, offset: padded(knownAt + KNOWN_BYTES.length) },
  ];
  const header = Buffer.concat([
    Buffer.from("GGUF"),
    number(3, 4),
    number(infos.length, 8),
    number(0, 8),
    ...infos.flatMap(({ name, dimensions, type, offset }) => [
      number(name.length, 8),
      Buffer.from(name),
      number(dimensions.length, 4),
      ...dimensions.map((side) => number(side, 8)),
      number(type, 4),
      number(offset, 8),
    ]),
  ]);
  const dataStart = padded(header.length);
  // One block: d = 0.5 as a binary16, codes 0 to 31.
  const block = Buffer.from([0x00, 0x38, ...Array.from({ length: BLOCK.values }, (_, k) => k)]);
  writeSparse(path, dataStart + infos[2].offset + block.length, [
    [0, header],
    [dataStart + infos[1].offset, KNOWN_BYTES],
    [dataStart + infos[2].offset, block],
  ]);
}

function padded(bytes) {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
