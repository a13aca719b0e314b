// Checks the reader of ONNX on models larger than 4 GiB: node scripts/large-files/onnx.mjs [gibibytes, default 5]
//
// Writes two sparse models (a few KB on disk), one with its weights inside (no protobuf library reads it), one with them in a file beside it: a
// long tensor of zeros and, behind it, a small one whose values are known. Opens them with the built package, reads the small one, and streams the
// first 256 MiB of the long one. Fails where a value is wrong, or where the process ever held more than 500 MB. Needs `npm run build`.
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openWeightFile } from "../../dist/formats/index.js";
import { localFiles } from "../../dist/node/file-set.js";

const GIB = 2 ** 30;
const LIMIT_BYTES = 500e6;
const STREAMED_VALUES = 2 ** 26;
const COLUMNS = 4096;

const gibibytes = Number(process.argv[2] ?? 5);
const rows = Math.ceil((gibibytes * GIB) / (4 * COLUMNS));
const longBytes = rows * COLUMNS * 4;
const known = Float32Array.from({ length: 64 * 48 }, (_, k) => Math.sin(k));
const knownBytes = Buffer.from(known.buffer);
const folder = mkdtempSync(join(tmpdir(), "weightscope-large-"));
try {
  await check(writeInside(join(folder, "inside.onnx")));
  await check(writeBeside(folder));
  const peak = process.resourceUsage().maxRSS * 1024;
  console.log(`peak memory ${(peak / 1e6).toFixed(0)} MB`);
  if (peak > LIMIT_BYTES) throw new Error(`peak memory of ${peak} bytes is over ${LIMIT_BYTES}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function writeInside(path) {
  const longHead = Buffer.concat([tensorHead("long.weight", rows, COLUMNS), varint(9 * 8 + 2), varint(longBytes)]);
  const last = message(5, Buffer.concat([tensorHead("last.weight", 64, 48), message(9, knownBytes)]));
  const longField = Buffer.concat([varint(5 * 8 + 2), varint(longHead.length + longBytes), longHead]);
  const graph = Buffer.concat([varint(7 * 8 + 2), varint(longField.length + longBytes + last.length)]);
  const before = Buffer.concat([varint(8), varint(10), graph, longField]);
  writeParts(path, before.length + longBytes + last.length, [
    [0, before],
    [before.length + longBytes, last],
  ]);
  return path;
}

function writeBeside(folder) {
  const external = (name, shape, offset, length) => {
    const entries = Object.entries({ location: "beside.onnx.data", offset, length });
    const places = entries.map(([key, value]) =>
      message(13, Buffer.concat([message(1, Buffer.from(key)), message(2, Buffer.from(String(value)))])),
    );
    return message(5, Buffer.concat([tensorHead(name, ...shape), ...places, varint(14 * 8), varint(1)]));
  };
  const graph = [external("long.weight", [rows, COLUMNS], 0, longBytes), external("last.weight", [64, 48], longBytes, known.byteLength)];
  const model = Buffer.concat([varint(8), varint(10), message(7, Buffer.concat(graph))]);
  const path = join(folder, "beside.onnx");
  writeParts(path, model.length, [[0, model]]);
  writeParts(`${path}.data`, longBytes + known.byteLength, [[longBytes, knownBytes]]);
  return path;
}

function writeParts(path, size, parts) {
  const file = openSync(path, "w");
  try {
    ftruncateSync(file, size);
    for (const [at, bytes] of parts) writeSync(file, bytes, 0, bytes.length, at);
  } finally {
    closeSync(file);
  }
  console.log(`${path}: ${size} bytes, ${statSync(path).blocks * 512} of them on disk`);
}

function tensorHead(name, ...shape) {
  return Buffer.concat([...shape.flatMap((side) => [varint(8), varint(side)]), varint(16), varint(1), message(8, Buffer.from(name))]);
}

function message(field, bytes) {
  return Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);
}

function varint(value) {
  const bytes = [];
  let rest = BigInt(value);
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

async function check(path) {
  const started = performance.now();
  const model = await openWeightFile(await localFiles(path));
  try {
    const [long, last] = model.tensors;
    let at = 0;
    for await (const values of last.values())
      for (const value of values) if (value !== known[at++]) throw new Error(`last: value ${at - 1} is ${value}`);
    if (at !== known.length) throw new Error(`last: ${at} values, ${known.length} were expected`);
    let streamed = 0;
    for await (const values of long.values({ to: STREAMED_VALUES })) streamed += values.length;
    console.log(
      `${last.name} is right; ${streamed} values of ${long.name} streamed; ${((performance.now() - started) / 1000).toFixed(1)} s`,
    );
  } finally {
    await model.close();
  }
}
