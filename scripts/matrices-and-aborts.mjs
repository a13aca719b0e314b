// Whether memory and descriptors stay where they were: solves many matrices in a pool of workers, each engine that
// there is, and aborts many more in the middle. Prints both before and after; exits with 1 where there is more.
// Descriptors are counted on Linux only.
//
//   node scripts/matrices-and-aborts.mjs [--matrices=2000] [--aborts=200] [--engine=native]      (after npm run build)

import { readdirSync } from "node:fs";
import { parseArgs } from "node:util";
import v8 from "node:v8";
import vm from "node:vm";
import { findNative } from "../dist/node/native/find-native.js";
import { openPool } from "../dist/node/native/open-pool.js";
import { createRng, normalSampler } from "../dist/numeric/index.js";

v8.setFlagsFromString("--expose-gc");
const collect = vm.runInNewContext("gc");
const WIDTH = 2;
const MAX_SIDE = 400;
/** What an abort meets: 1e9 operations, of which idle workers take shares, and 11 MiB of native memory. */
const ABORTED = { rows: 1200, cols: 700 };
/** Blocks that are given out before the abort: 0 meets the start of the worker, all of them the reduction. */
const ROWS_AT_ONCE = 100;
const BLOCKS = ABORTED.rows / ROWS_AT_ONCE;
/** What Node, the C library and the engines take once and keep. */
const WARM_UP = { matrices: 100, aborts: 15 };
/**
 * Bytes that may be added. Threads that end leave pieces of the C library's heaps and of V8's, which are used again;
 * they differ by some 10 MiB from one count to the next. A leak of each aborted matrix would be 2 GiB, one of each
 * worker's heap 1 GiB, one of each solved matrix 1 GiB.
 */
const MAX_GROWTH = 96 * 2 ** 20;

const { values } = parseArgs({
  options: {
    matrices: { type: "string", default: "2000" },
    aborts: { type: "string", default: "200" },
    engine: { type: "string" },
  },
});
const rng = createRng(1);
const normal = normalSampler(rng);
const numbers = Float32Array.from({ length: 2 ** 20 }, () => normal());
const side = () => 1 + Math.floor(rng() * MAX_SIDE);

function sourceOf({ rows, cols }, onBlock = () => {}) {
  return {
    count: 1,
    rows,
    cols,
    async *blocks() {
      for (let row = 0; row < rows; row += ROWS_AT_ONCE) {
        onBlock(row / ROWS_AT_ONCE);
        yield Float32Array.from(
          { length: Math.min(ROWS_AT_ONCE, rows - row) * cols },
          (_, k) => numbers[(row + k) % 2 ** 20],
        );
      }
      onBlock(Math.ceil(rows / ROWS_AT_ONCE));
    },
  };
}

/** Solves so many matrices of any shape in one pool, two at once. */
async function solveMany(engine, matrices) {
  const pool = await openPool({ engine, width: WIDTH });
  let left = matrices;
  const precisions = ["f64", "mixed", "f32"];
  const run = async () => {
    while (left-- > 0)
      await pool.solve(sourceOf({ rows: side(), cols: side() }), undefined, { precision: precisions[left % 3] });
  };
  await Promise.all(Array.from({ length: WIDTH }, run));
  await pool.close();
}

/** Aborts so many matrices, each in a pool of its own, after 0, 1, ... all of their blocks. */
async function abortMany(engine, aborts) {
  for (let k = 0; k < aborts; k++) {
    const pool = await openPool({ engine, width: WIDTH });
    const controller = new AbortController();
    const at = k % (BLOCKS + 1);
    const source = sourceOf(ABORTED, (block) => block === at && controller.abort(new Error("aborted by the script")));
    const outcome = await pool.solve(source, controller.signal).then(
      () => "solved",
      () => "aborted",
    );
    await pool.close();
    if (outcome !== "aborted") throw new Error(`abort ${k} did not reach its matrix`);
  }
}

function count() {
  // Twice: what the first collection frees may hold more.
  collect();
  collect();
  let descriptors = Number.NaN;
  try {
    descriptors = readdirSync("/proc/self/fd").length;
  } catch {}
  return { descriptors, bytes: process.memoryUsage.rss() };
}

const mebibytes = (bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
const engines = findNative().library === null ? ["wasm"] : ["native", "wasm"];
if (engines.length === 1) console.log("there is no native library: only WebAssembly is counted");
for (const engine of engines.filter((name) => (values.engine ?? name) === name)) {
  await solveMany(engine, WARM_UP.matrices);
  await abortMany(engine, WARM_UP.aborts);
  const before = count();
  for (const [what, work, times] of [
    ["matrices", solveMany, Number(values.matrices)],
    ["aborts", abortMany, Number(values.aborts)],
  ]) {
    await work(engine, times);
    const after = count();
    const grown = after.bytes - before.bytes;
    console.log(
      `${engine}: after ${times} ${what} ${after.descriptors} descriptors (before: ${before.descriptors}) and ` +
        `${mebibytes(after.bytes)} of memory (before: ${mebibytes(before.bytes)})`,
    );
    if (after.descriptors > before.descriptors || grown > MAX_GROWTH) process.exitCode = 1;
  }
}
