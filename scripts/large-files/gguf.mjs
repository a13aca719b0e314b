// Checks the reader of GGUF on a file larger than 4 GiB: node scripts/large-files/gguf.mjs [gibibytes, default 5]
//
// Writes a sparse file (a few MB on disk) of one long Q8_0 tensor of zeros and, behind it, two small ones whose values are known; opens it with the
// built package, reads the last tensor's values, and streams the first 256 MiB of the long one. Fails where a value is wrong, or where the
// process ever held more than 500 MB. Needs `npm run build`.
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openWeightFile } from "../../dist/formats/index.js";
import { localFiles } from "../../dist/node/file-set.js";

const GIB = 2 ** 30;
const LIMIT_BYTES = 500e6;
const ALIGNMENT = 32;
/** ggml's numbers of the types. */
const F32 = 0;
const Q8_0 = 8;
const COLUMNS = 4096;
const BLOCK = { values: 32, bytes: 34 };

const gibibytes = Number(process.argv[2] ?? 5);
const rows = Math.ceil((gibibytes * GIB) / ((COLUMNS / BLOCK.values) * BLOCK.bytes));
const longBytes = rows * (COLUMNS / BLOCK.values) * BLOCK.bytes;
const known = Float32Array.from({ length: 64 * 48 }, (_, k) => Math.sin(k));
const folder = mkdtempSync(join(tmpdir(), "weightscope-large-"));
try {
  const path = join(folder, "large.gguf");
  writeSparse(path);
  const { size, blocks } = statSync(path);
  console.log(`${path}: ${size} bytes, ${blocks * 512} of them on disk`);
  await check(path);
  const peak = process.resourceUsage().maxRSS * 1024;
  console.log(`peak memory ${(peak / 1e6).toFixed(0)} MB`);
  if (peak > LIMIT_BYTES) throw new Error(`peak memory of ${peak} bytes is over ${LIMIT_BYTES}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function writeSparse(path) {
  const knownAt = padded(longBytes);
  const infos = [
    { name: "long.weight", dimensions: [COLUMNS, rows], type: Q8_0, offset: 0 },
    { name: "last.weight", dimensions: [48, 64], type: F32, offset: knownAt },
    { name: "last.quantised", dimensions: [BLOCK.values], type: Q8_0, offset: padded(knownAt + known.byteLength) },
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
  const file = openSync(path, "w");
  try {
    ftruncateSync(file, dataStart + infos[2].offset + block.length);
    writeSync(file, header, 0, header.length, 0);
    writeSync(file, Buffer.from(known.buffer), 0, known.byteLength, dataStart + infos[1].offset);
    writeSync(file, block, 0, block.length, dataStart + infos[2].offset);
  } finally {
    closeSync(file);
  }
}

async function check(path) {
  const started = performance.now();
  const model = await openWeightFile(await localFiles(path));
  try {
    const [long, last, quantised] = model.tensors;
    assertEqual(await valuesOf(last), known, last.name);
    assertEqual(
      await valuesOf(quantised),
      Float32Array.from({ length: BLOCK.values }, (_, k) => k / 2),
      quantised.name,
    );
    assertEqual(await valuesOf(long, { from: (rows - 1) * COLUMNS }), new Float32Array(COLUMNS), `the last row of ${long.name}`);
    console.log(`opened, and its last tensors read right, in ${(performance.now() - started).toFixed(0)} ms`);

    const to = Math.min(rows * COLUMNS, 2 ** 28);
    const streaming = performance.now();
    let count = 0;
    for await (const chunk of long.values({ to })) count += chunk.length;
    const seconds = (performance.now() - streaming) / 1000;
    console.log(`streamed ${count} values of ${long.name} at ${(count / seconds / 1e6).toFixed(0)} million a second`);
    if (count !== to) throw new Error(`${count} of ${to} values came`);
  } finally {
    await model.close();
  }
}

async function valuesOf(tensor, range) {
  const values = [];
  for await (const chunk of tensor.values(range)) values.push(...chunk);
  return values;
}

function assertEqual(found, wanted, what) {
  const wrong = wanted.findIndex((value, k) => !Object.is(found[k], value));
  if (found.length !== wanted.length || wrong >= 0) throw new Error(`${what}: value ${wrong} is ${found[wrong]}, not ${wanted[wrong]}`);
}

function padded(bytes) {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

function number(value, bytes) {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(value));
  return buffer.subarray(0, bytes);
}
