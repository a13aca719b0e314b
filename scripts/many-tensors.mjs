// Measures that opening and planning grow linearly with the number of tensors: a count, and a tenth of it.
//
//   npm run build && node scripts/many-tensors.mjs            (70,000 npz members, 200,000 safetensors' tensors)
//
// Prints the median of processor times, and how much of the growth of ten times is left per tensor: 1 is linear, 10
// would be quadratic. The last line says at which exponent of the count the time grows.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";

const { openModel } = await import("../dist/analysis/open-model.js");
const { resolveOptions } = await import("../dist/analysis/options.js");
const { localFiles } = await import("../dist/node/file-set.js");

const ROUNDS = 5;
const OPTIONS = resolveOptions({ minEigenvalues: 1 });
const SIDE = 4;
const VALUES = Buffer.from(Float32Array.from({ length: SIDE * SIDE }, (_, k) => (k * 7) % 5).buffer);

const nameOf = (k) => `model.layers.${k}.weight`;

function safetensors(count) {
  const entries = Array.from({ length: count }, (_, k) => {
    const offsets = `[${k * VALUES.length},${(k + 1) * VALUES.length}]`;
    return `"${nameOf(k)}":{"dtype":"F32","shape":[${SIDE},${SIDE}],"data_offsets":${offsets}}`;
  });
  const header = Buffer.from(`{${entries.join(",")}}`);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, ...Array.from({ length: count }, () => VALUES)]);
}

/** A stored archive; more than 65,535 members need the records of zip64. */
function npz(count) {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${SIDE}, ${SIDE}), }`.padEnd(117);
  const head = Buffer.from(`\x93NUMPY\x01\x00v\x00${text}\n`, "latin1");
  const data = Buffer.concat([head, VALUES]);
  const sum = crc32(data);
  const locals = [];
  const centrals = [];
  let offset = 0;
  for (let k = 0; k < count; k++) {
    const name = Buffer.from(`${nameOf(k)}.npy`);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(20, 4);
    local.writeUInt32LE(sum, 14);
    local.writeUInt32LE(data.length, 18);
    local.writeUInt32LE(data.length, 22);
    local.writeUInt16LE(name.length, 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(20, 4);
    local.copy(central, 6, 4, 30);
    central.writeUInt32LE(offset, 42);
    locals.push(local, name, data);
    centrals.push(central, name);
    offset += local.length + name.length + data.length;
  }
  const directory = Buffer.concat(centrals);
  const end64 = Buffer.alloc(56 + 20);
  end64.writeUInt32LE(0x06064b50, 0);
  end64.writeBigUInt64LE(44n, 4);
  end64.writeUInt16LE(45, 12);
  end64.writeUInt16LE(45, 14);
  end64.writeBigUInt64LE(BigInt(count), 24);
  end64.writeBigUInt64LE(BigInt(count), 32);
  end64.writeBigUInt64LE(BigInt(directory.length), 40);
  end64.writeBigUInt64LE(BigInt(offset), 48);
  end64.writeUInt32LE(0x07064b50, 56);
  end64.writeBigUInt64LE(BigInt(offset + directory.length), 64);
  end64.writeUInt32LE(1, 72);
  const end = Buffer.alloc(22, 0xff);
  end.writeUInt32LE(0x06054b50, 0);
  end.fill(0, 4, 8);
  end.writeUInt16LE(0, 20);
  return Buffer.concat([...locals, directory, end64, end]);
}

async function measured(path, count) {
  const times = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    const { layers, file } = await openModel(await localFiles(path), OPTIONS);
    const { user, system } = process.cpuUsage(before);
    await file.close();
    if (layers.length !== count) throw new Error(`${layers.length} layers of ${count}`);
    times.push((user + system) / 1000);
  }
  return times.sort((a, b) => a - b)[ROUNDS >> 1];
}

const folder = await mkdtemp(join(tmpdir(), "many-tensors-"));
try {
  for (const [name, make, most] of [
    ["x.npz", npz, 70_000],
    ["x.safetensors", safetensors, 200_000],
  ]) {
    const path = join(folder, name);
    const found = [];
    for (const count of [most / 10, most]) {
      await writeFile(path, make(count));
      const ms = await measured(path, count);
      found.push(ms);
      console.log(`${name}: ${count} tensors in ${ms.toFixed(0)} ms, ${((1000 * ms) / count).toFixed(1)} us each`);
    }
    const [tenth, whole] = found;
    console.log(`${name}: time grows with the count to the power ${Math.log10(whole / tenth).toFixed(2)}`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
