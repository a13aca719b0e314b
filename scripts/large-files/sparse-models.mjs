// What the checks of this folder share: sparse files (a long tensor of zeros takes no disk) in a folder that goes away,
// a small tensor of known values behind the long one, and a limit of the memory that reading may take.
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openWeightFile } from "../../dist/formats/index.js";
import { localFiles } from "../../dist/node/file-set.js";

/** No process may ever hold more than this. */
const LIMIT_BYTES = 500e6;
/** Values of the long tensor that are streamed: 256 MiB of f32. */
const STREAMED_VALUES = 2 ** 26;

/** Bytes that the long tensor takes about: gibibytes from the command line, default 5, so that offsets pass 2^32. */
export const LONG_BYTES = Number(process.argv[2] ?? 5) * 2 ** 30;

/** The last tensor, 64 x 48. */
export const KNOWN = Float32Array.from({ length: 64 * 48 }, (_, k) => Math.sin(k));
export const KNOWN_BYTES = Buffer.from(KNOWN.buffer);

/** Runs `work` with a folder, takes it away, and fails where the process ever held too much. */
export async function inFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), "eigenscope-large-"));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const peak = process.resourceUsage().maxRSS * 1024;
  console.log(`peak memory ${(peak / 1e6).toFixed(0)} MB`);
  if (peak > LIMIT_BYTES) throw new Error(`peak memory of ${peak} bytes is over ${LIMIT_BYTES}`);
}

/** Writes a file of `size` bytes that is holes but for the parts, [offset, bytes] each. */
export function writeSparse(path, size, parts) {
  const file = openSync(path, "w");
  try {
    ftruncateSync(file, size);
    for (const [at, bytes] of parts) writeSync(file, bytes, 0, bytes.length, at);
  } finally {
    closeSync(file);
  }
  tellSize(path);
}

/** Prints how long a file is, and how much of it is on disk. */
export function tellSize(path) {
  const { size, blocks } = statSync(path);
  console.log(`${path}: ${size} bytes, ${blocks * 512} of them on disk`);
}

/** Opens a model, and hands its tensors to `check`. */
export async function withTensors(path, check) {
  const started = performance.now();
  const model = await openWeightFile(await localFiles(path));
  try {
    await check(model.tensors);
  } finally {
    await model.close();
  }
  console.log(`checked in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

/** The last tensor has the known values, and the long one streams. */
export async function checkLastAndLong({ last, long }) {
  await assertValues(last, KNOWN);
  await stream(long);
}

/** Fails unless the tensor (or the range of it) has the wanted values, bit for bit. */
export async function assertValues(tensor, wanted, range) {
  let at = 0;
  for await (const chunk of tensor.values(range)) {
    for (const value of chunk) {
      if (!Object.is(value, wanted[at])) throw new Error(`${tensor.name}: value ${at} is ${value}, not ${wanted[at]}`);
      at++;
    }
  }
  if (at !== wanted.length) throw new Error(`${tensor.name}: ${at} values came, ${wanted.length} were expected`);
}

/** Streams the beginning of a tensor. */
export async function stream(tensor, to = STREAMED_VALUES) {
  const started = performance.now();
  let count = 0;
  for await (const chunk of tensor.values({ to })) count += chunk.length;
  const seconds = (performance.now() - started) / 1000;
  console.log(`streamed ${count} values of ${tensor.name} at ${(count / seconds / 1e6).toFixed(0)} million a second`);
  if (count !== to) throw new Error(`${count} of ${to} values came`);
}

/** A whole number in so many bytes, little-endian. */
export function number(value, bytes) {
  return Buffer.from(Array.from({ length: bytes }, (_, k) => Number((BigInt(value) >> BigInt(8 * k)) & 0xffn)));
}
