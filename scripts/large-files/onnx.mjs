// Checks the reader of ONNX on models larger than 4 GiB: node scripts/large-files/onnx.mjs [gibibytes, default 5]
//
// Writes two sparse models (a few KB on disk), one with its weights inside (no protobuf library reads it), one with
// them in a file beside it: a long tensor of zeros and, behind it, a small one whose values are known. Opens them with
// the built package, reads the small one, and streams the first 256 MiB of the long one. Fails where a value is wrong,
// or where the process ever held more than 500 MB. Needs `npm run build`.
import { join } from "node:path";
import { checkLastAndLong, inFolder, KNOWN_BYTES, LONG_BYTES, withTensors, writeSparse } from "./sparse-models.mjs";

const COLUMNS = 4096;

const rows = Math.ceil(LONG_BYTES / (4 * COLUMNS));
const longBytes = rows * COLUMNS * 4;

await inFolder(async (folder) => {
  for (const path of [writeInside(join(folder, "inside.onnx")), writeBeside(folder)]) {
    await withTensors(path, ([long, last]) => checkLastAndLong({ last, long }));
  }
});

function writeInside(path) {
  const longHead = Buffer.concat([tensorHead("long.weight", rows, COLUMNS), varint(9 * 8 + 2), varint(longBytes)]);
  const last = message(5, Buffer.concat([tensorHead("last.weight", 64, 48), message(9, KNOWN_BYTES)]));
  const longField = Buffer.concat([varint(5 * 8 + 2), varint(longHead.length + longBytes), longHead]);
  const graph = Buffer.concat([varint(7 * 8 + 2), varint(longField.length + longBytes + last.length)]);
  const before = Buffer.concat([varint(8), varint(10), graph, longField]);
  writeSparse(path, before.length + longBytes + last.length, [
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
  const graph = [
    external("long.weight", [rows, COLUMNS], 0, longBytes),
    external("last.weight", [64, 48], longBytes, KNOWN_BYTES.length),
  ];
  const model = Buffer.concat([varint(8), varint(10), message(7, Buffer.concat(graph))]);
  const path = join(folder, "beside.onnx");
  writeSparse(path, model.length, [[0, model]]);
  writeSparse(`${path}.data`, longBytes + KNOWN_BYTES.length, [[longBytes, KNOWN_BYTES]]);
  return path;
}

function tensorHead(name, ...shape) {
  return Buffer.concat([
    ...shape.flatMap((side) => [varint(8), varint(side)]),
    varint(16),
    varint(1),
    message(8, Buffer.from(name)),
  ]);
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
