// Checks the reader of PyTorch files on files larger than 4 GiB: node scripts/large-files/pytorch.mjs [gibibytes,
// default 5]
//
// Writes a checkpoint as torch.save would (zip64), and one in the old format: sparse files (a few KB on disk) of one
// long f32 tensor of zeros, a transposed view of it, and behind them a small tensor whose values are known. Opens them
// with the built package, reads the last tensor, a row of the transposed view, and streams the first 256 MiB of the
// long one. Fails where a value is wrong, or where the process ever held more than 500 MB. Needs `npm run build`.
import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import {
  assertValues,
  inFolder,
  KNOWN,
  KNOWN_BYTES,
  LONG_BYTES,
  number,
  stream,
  tellSize,
  withTensors,
} from "./sparse-models.mjs";

const COLUMNS = 131_072;
/** torch.save begins every storage at a multiple of this. */
const ALIGNMENT = 64;
const LEGACY_MAGIC = Buffer.from("80028a0a6cfc9c46f9206aa850192e", "hex");

const rows = Math.ceil(LONG_BYTES / (4 * COLUMNS));
const longBytes = 4 * rows * COLUMNS;

await inFolder(async (folder) => {
  for (const [name, write] of [
    ["large.pt", writeArchive],
    ["large-legacy.pt", writeLegacy],
  ]) {
    const path = join(folder, name);
    const file = openSync(path, "w");
    try {
      write(file);
    } finally {
      closeSync(file);
    }
    tellSize(path);
    await withTensors(path, async ([long, turned, last]) => {
      await assertValues(last, KNOWN);
      await assertValues(long, new Float32Array(COLUMNS), { from: (rows - 1) * COLUMNS });
      const turning = performance.now();
      await assertValues(turned, new Float32Array(rows), { from: (COLUMNS - 1) * rows });
      console.log(`a row of ${turned.name} gathered in ${(performance.now() - turning).toFixed(0)} ms`);
      await stream(long);
    });
    rmSync(path);
  }
});

function writeArchive(file) {
  const records = [
    { name: "large/data.pkl", bytes: checkpoint([]) },
    { name: "large/byteorder", bytes: Buffer.from("little") },
    { name: "large/data/0", zeros: longBytes },
    { name: "large/data/1", bytes: KNOWN_BYTES },
    { name: "large/version", bytes: Buffer.from("3\n") },
  ];
  const directory = [];
  let at = 0;
  for (const { name, bytes, zeros = 0 } of records) {
    const size = bytes?.length ?? zeros;
    const crc = bytes === undefined ? crcOfZeros(zeros) : crc32(bytes);
    const wide = Buffer.concat([number(1, 2), number(16, 2), number(size, 8), number(size, 8)]);
    const unpadded = at + 30 + name.length + wide.length + 4;
    const padding = Buffer.alloc((ALIGNMENT - (unpadded % ALIGNMENT)) % ALIGNMENT);
    const extra = Buffer.concat([wide, Buffer.from("FB"), number(padding.length, 2), padding]);
    const common = Buffer.concat([
      number(0x800, 2),
      number(0, 2),
      number(0, 4),
      number(crc, 4),
      number(0xffffffff, 4),
      number(0xffffffff, 4),
    ]);
    const lengths = (length) => Buffer.concat([number(name.length, 2), number(length, 2)]);
    put(file, at, number(0x04034b50, 4), number(45, 2), common, lengths(extra.length), Buffer.from(name), extra);
    const dataAt = at + 30 + name.length + extra.length;
    if (bytes !== undefined) put(file, dataAt, bytes);
    const place = Buffer.concat([number(1, 2), number(24, 2), number(size, 8), number(size, 8), number(at, 8)]);
    const entry = [
      number(0x02014b50, 4),
      number(45, 2),
      number(45, 2),
      common,
      lengths(place.length),
      Buffer.alloc(10),
      number(0xffffffff, 4),
    ];
    directory.push(...entry, Buffer.from(name), place);
    at = dataAt + size;
  }
  const listing = Buffer.concat(directory);
  const counts = Buffer.concat([
    number(records.length, 8),
    number(records.length, 8),
    number(listing.length, 8),
    number(at, 8),
  ]);
  const end64 = Buffer.concat([
    number(0x06064b50, 4),
    number(44, 8),
    number(45, 2),
    number(45, 2),
    Buffer.alloc(8),
    counts,
  ]);
  const locator = Buffer.concat([number(0x07064b50, 4), number(0, 4), number(at + listing.length, 8), number(1, 4)]);
  const end = Buffer.concat([number(0x06054b50, 4), Buffer.alloc(4), Buffer.alloc(12, 0xff), number(0, 2)]);
  put(file, at, listing, end64, locator, end);
}

function writeLegacy(file) {
  const keys = pickle(Buffer.from("]("), text("0"), text("1"), Buffer.from("e"));
  const head = Buffer.concat([
    LEGACY_MAGIC,
    pickle(whole(1001)),
    pickle(Buffer.from("}")),
    checkpoint([Buffer.from("N")]),
    keys,
  ]);
  put(file, 0, head, number(longBytes / 4, 8));
  const behind = head.length + 8 + longBytes;
  ftruncateSync(file, behind + 8 + KNOWN_BYTES.length);
  put(file, behind, number(KNOWN.length, 8), KNOWN_BYTES);
}

/**
 * {"long.weight": ..., "turned.weight": its transpose, "last.weight": ...}; the old format ends a storage's reference
 * with its view, None.
 */
function checkpoint(view) {
  return pickle(
    Buffer.from("}("),
    ...[text("long.weight"), tensor("0", rows * COLUMNS, [rows, COLUMNS], [COLUMNS, 1], view)],
    ...[text("turned.weight"), tensor("0", rows * COLUMNS, [COLUMNS, rows], [1, COLUMNS], view)],
    ...[text("last.weight"), tensor("1", KNOWN.length, [64, 48], [48, 1], view)],
    Buffer.from("u"),
  );
}

function tensor(key, numel, size, stride, view) {
  const name = (module, own) => Buffer.from(`c${module}\n${own}\n`);
  const tuple = (...items) => Buffer.concat([Buffer.from("("), ...items, Buffer.from("t")]);
  const storage = tuple(text("storage"), name("torch", "FloatStorage"), text(key), text("cpu"), whole(numel), ...view);
  const hooks = Buffer.concat([name("collections", "OrderedDict"), Buffer.from(")R")]);
  const args = tuple(
    storage,
    Buffer.from("Q"),
    whole(0),
    tuple(...size.map(whole)),
    tuple(...stride.map(whole)),
    Buffer.from([0x89]),
    hooks,
  );
  return Buffer.concat([name("torch._utils", "_rebuild_tensor_v2"), args, Buffer.from("R")]);
}

function pickle(...opcodes) {
  return Buffer.concat([Buffer.from([0x80, 2]), ...opcodes, Buffer.from(".")]);
}

function text(value) {
  return Buffer.concat([Buffer.from("X"), number(value.length, 4), Buffer.from(value)]);
}

function whole(value) {
  return Buffer.concat([Buffer.from([0x8a, 8]), number(value, 8)]);
}

function crcOfZeros(length) {
  const zeros = Buffer.alloc(4 * 2 ** 20);
  let crc = 0;
  for (let left = length; left > 0; left -= zeros.length)
    crc = crc32(left < zeros.length ? zeros.subarray(0, left) : zeros, crc);
  return crc;
}

function put(file, at, ...parts) {
  const bytes = Buffer.concat(parts);
  writeSync(file, bytes, 0, bytes.length, at);
}
