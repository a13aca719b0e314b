// Checks the reader of safetensors on files larger than 4 GiB: node scripts/large-files/safetensors.mjs [gibibytes,
// default 5]
//
// Writes one sparse file and a model of two shards with their index: a long bf16 tensor of zeros and, behind it, a
// small f32 one whose values are known. Opens them with the built package, reads the last tensor, and streams the first
// 2^26 values of the long one. Fails where a value is wrong, or where the process ever held more than 500 MB. Needs
// `npm run build`.
import { mkdirSync, writeFileSync } from "node:fs";
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
const rows = Math.ceil(LONG_BYTES / (2 * COLUMNS));
const longBytes = rows * COLUMNS * 2;

await inFolder(async (folder) => {
  const path = join(folder, "large.safetensors");
  writeTensors(path, {
    "long.weight": ["BF16", [rows, COLUMNS], longBytes],
    "last.weight": ["F32", [64, 48], KNOWN_BYTES],
  });
  await check(path);

  const shards = join(folder, "shards");
  mkdirSync(shards);
  const [first, second] = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
  writeTensors(join(shards, first), { "long.weight": ["BF16", [rows, COLUMNS], longBytes] });
  writeTensors(join(shards, second), { "last.weight": ["F32", [64, 48], KNOWN_BYTES] });
  const index = {
    metadata: { total_size: longBytes + KNOWN_BYTES.length },
    weight_map: { "long.weight": first, "last.weight": second },
  };
  writeFileSync(join(shards, "model.safetensors.index.json"), JSON.stringify(index));
  await check(shards);
});

/** Tensors by name: dtype, shape, and their bytes or how many zeros they are. */
function writeTensors(path, tensors) {
  let end = 0;
  const parts = [];
  const entries = Object.entries(tensors).map(([name, [dtype, shape, data]]) => {
    const begin = end;
    end += typeof data === "number" ? data : data.length;
    if (typeof data !== "number") parts.push([begin, data]);
    return [name, { dtype, shape, data_offsets: [begin, end] }];
  });
  const text = JSON.stringify(Object.fromEntries(entries));
  const header = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const start = 8 + header.length;
  writeSparse(path, start + end, [
    [0, Buffer.concat([number(header.length, 8), header])],
    ...parts.map(([at, bytes]) => [start + at, bytes]),
  ]);
}

function check(path) {
  return withTensors(path, (tensors) => {
    const named = (name) => tensors.find((tensor) => tensor.name === name);
    return checkLastAndLong({ last: named("last.weight"), long: named("long.weight") });
  });
}
