// npm run bench -- event-loop, or node bench/event-loop.mjs: how long the caller's thread is busy at a time (the
// longest gap of its event loop) and in all, for every option of an analysis, for a run folder and for a comparison.
// The goal is 50 ms: Ctrl-C and a page's scrolling wait for as long. A model of mixed layers, one of many small ones.
// Needs a built package and a quiet machine: a gap counts the time that other processes took.
import { mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { analyze, compare, describe, readRun, reportOfRun } from "../dist/node/index.js";
import { createRng, normalSampler } from "../dist/numeric/index.js";

const GOAL_MS = 50;
/** Rows, columns and the share of entries that pruning left: masked layers are permuted 99 times. */
const MIXED = [
  [1024, 1024, 1],
  [2048, 512, 1],
  [512, 512, 0.1],
  [768, 256, 1],
  [256, 64, 1],
  [64, 256, 0.1],
];
const SMALL = Array.from({ length: 3000 }, () => [96, 64, 1]);

const home = mkdtempSync(join(tmpdir(), "event-loop-"));
const mixed = join(home, "mixed.safetensors");
const later = join(home, "later.safetensors");
const small = join(home, "small.safetensors");
writeModel(mixed, MIXED, 1);
writeModel(later, MIXED, 2);
writeModel(small, SMALL, 3);

const cases = [
  ["describe, 3,000 small layers", () => describe(small)],
  ["3,000 small layers", () => analyze(small).report()],
  ["3,000 small layers, in a run folder", () => analyze(small, { run: join(home, "small-run") }).report()],
  ["  its report", async () => reportOfRun(await readRun([join(home, "small-run")]))],
  ["six mixed layers", () => analyze(mixed).report()],
  ["  in a run folder", () => analyze(mixed, { run: join(home, "run") }).report()],
  ["  randomize 3", () => analyze(mixed, { randomize: 3 }).report()],
  ["  vectors", () => analyze(mixed, { vectors: true }).report()],
  ["  tails", () => analyze(mixed, { tails: true }).report()],
  ["  bootstrap 100", () => analyze(mixed, { bootstrap: 100 }).report()],
  ["  farms", () => analyze(mixed, { farms: true }).report()],
  ["  weightwatcher", () => analyze(mixed, { weightwatcher: true }).report()],
  ["compare of two", () => compare(mixed, later)],
];

// The first analysis loads modules and compiles them.
await analyze(mixed).report();
console.log("the caller's thread                      longest gap   busy in all   of the run");
let worst = 0;
for (const [name, run] of cases) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const cpu = performance.eventLoopUtilization();
  const begun = performance.now();
  delay.enable();
  await run();
  delay.disable();
  const wall = performance.now() - begun;
  const { active } = performance.eventLoopUtilization(cpu);
  const longest = delay.max / 1e6;
  worst = Math.max(worst, longest);
  const share = ((100 * active) / wall).toFixed(0);
  console.log(
    `${name.padEnd(40)} ${longest.toFixed(0).padStart(8)} ms ${active.toFixed(0).padStart(10)} ms ` +
      `${share.padStart(9)} %`,
  );
}
console.log(`longest of all: ${worst.toFixed(0)} ms (goal ${GOAL_MS})`);
rmSync(home, { recursive: true });

/** A safetensors file of f32 layers. */
function writeModel(path, layers, seed) {
  const normal = normalSampler(createRng(seed));
  const uniform = createRng(seed + 1);
  let at = 0;
  const header = Object.fromEntries(
    layers.map(([rows, cols], k) => {
      const from = at;
      at += rows * cols * 4;
      return [`layers.${k}.weight`, { dtype: "F32", shape: [rows, cols], data_offsets: [from, at] }];
    }),
  );
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const file = openSync(path, "w");
  writeSync(file, length);
  writeSync(file, text);
  for (const [rows, cols, kept] of layers) {
    const values = Float32Array.from({ length: rows * cols }, () =>
      uniform() < kept ? normal() / Math.sqrt(rows) : 0,
    );
    writeSync(file, Buffer.from(values.buffer));
  }
}
