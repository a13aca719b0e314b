// How long an interruption waits while the longest work is under way: Ctrl-C from SIGINT to the end of the process, and
// an AbortSignal from its abort to the rejection, and to the end of the worker threads. Prints one line for each kind
// of work: the largest, the median and the least of the waits by the clock, and the most processor time that was still
// spent (on a busy machine the clock measures the other programs too). Each try interrupts at another moment, spread
// over the length of the work.
//
//   node scripts/interruption-latency.mjs [--tries=3] [--only=compare] [--verbose]      (after npm run build)

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createRng, normalSampler } from "../dist/numeric/index.js";

const MAIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
/** The first try interrupts so long after the start: the work is under way then. */
const FIRST_MS = 600;
/** Work that takes longer is interrupted within this time. */
const MAX_SPREAD_MS = 20_000;
/** Of /proc: what Linux counts processor time in. */
const TICK_MS = 10;

/**
 * So many entries are drawn; what is left of a matrix stays a hole in the file, zeros that take no space on the disk.
 */
const MAX_DRAWN = 2 ** 23;

/** Writes a safetensors file of Gaussian matrices in f32. */
async function writeMatrices(path, matrices) {
  const header = {};
  let bytes = 0;
  for (const { name, rows, cols } of matrices) {
    header[name] = { dtype: "F32", shape: [rows, cols], data_offsets: [bytes, bytes + 4 * rows * cols] };
    bytes += 4 * rows * cols;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const file = await open(path, "w");
  await file.write(Buffer.concat([length, text]));
  for (const { name, rows, cols, seed } of matrices) {
    const normal = normalSampler(createRng(seed));
    const values = Float32Array.from({ length: Math.min(rows * cols, MAX_DRAWN) }, () => normal() / Math.sqrt(cols));
    await file.write(values, 0, values.byteLength, 8 + text.length + header[name].data_offsets[0]);
  }
  await file.truncate(8 + text.length + bytes);
  await file.close();
}

const SQUARE = { "a.safetensors": [{ name: "fc.weight", rows: 1024, cols: 1024, seed: 1 }] };
/** Two layers at the limit up to which alignments are made. */
const pairOf = (seed) =>
  ["first", "second"].map((name, k) => ({ name: `${name}.weight`, rows: 8192, cols: 512, seed: seed + k }));

/** A matrix past what is kept for its singular values: the largest single piece of work that is common. */
const LARGE = { "a.safetensors": [{ name: "fc.weight", rows: 4096, cols: 4096, seed: 1 }] };

/** By the name of the work: its files, the command line, and the options of the same work by the library. */
const WORK = {
  "4096 x 4096, native": {
    files: LARGE,
    args: ["analyze", "a.safetensors", "--engine", "native"],
    options: { engine: "native" },
  },
  "4096 x 4096, WebAssembly": {
    files: LARGE,
    args: ["analyze", "a.safetensors", "--engine", "wasm"],
    options: { engine: "wasm" },
  },
  "vectors 1024 x 1024, native": {
    files: SQUARE,
    args: ["analyze", "a.safetensors", "--vectors", "--engine", "native"],
    options: { engine: "native", vectors: true },
  },
  "analyze --vectors": { files: SQUARE, args: ["analyze", "a.safetensors", "--vectors"] },
  "analyze --weightwatcher": { files: SQUARE, args: ["analyze", "a.safetensors", "--weightwatcher"] },
  // Past the 4 GiB that the WebAssembly engine can address.
  "approximate spectrum": {
    files: { "a.safetensors": [{ name: "fc.weight", rows: 34_000, cols: 34_000, seed: 1 }] },
    args: ["analyze", "a.safetensors", "--engine", "wasm"],
  },
  compare: {
    files: { "a.safetensors": pairOf(1), "b.safetensors": pairOf(11) },
    args: ["compare", "a.safetensors", "b.safetensors"],
  },
};

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Two of the fields of a process in /proc, as a time; NaN where there is no /proc. */
function timeOf(process, fields) {
  try {
    const stat = readFileSync(`/proc/${process}/stat`, "utf8");
    const values = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // Fields are numbered from 1, and the first two are cut off.
    return fields.reduce((sum, field) => sum + Number(values[field - 3]), 0) * TICK_MS;
  } catch {
    return Number.NaN;
  }
}
/** Processor time of a process that runs, and of all children of this one that have ended. */
const runningMs = (id) => timeOf(id, [14, 15]);
const endedMs = () => timeOf("self", [16, 17]);

/** Runs the command and interrupts it after `afterMs`; `waitMs` is undefined where it had ended before. */
function interruptCommand(folder, args, afterMs) {
  return new Promise((resolve) => {
    const ended = endedMs();
    const start = performance.now();
    const running = spawn(process.execPath, [MAIN, ...args, "--quiet"], { cwd: folder, stdio: "ignore" });
    let sent;
    let spent;
    const timer = setTimeout(() => {
      spent = runningMs(running.pid);
      sent = performance.now();
      running.kill("SIGINT");
    }, afterMs);
    running.on("exit", (code) => {
      clearTimeout(timer);
      const now = performance.now();
      const cpuMs = endedMs() - ended - spent;
      resolve(
        sent === undefined || code !== INTERRUPTED
          ? { lengthMs: now - start }
          : { waitMs: now - sent, cpuMs, lengthMs: now - start },
      );
    });
  });
}
const INTERRUPTED = 130;

/**
 * The same by the library in this process: to the rejection, or (`whole`) until no thread works any more, which is when
 * this process spends no processor time.
 */
async function abortAnalysis(folder, options, afterMs) {
  const controller = new AbortController();
  const start = performance.now();
  const outcome = analyze(join(folder, "a.safetensors"), { ...options, signal: controller.signal })
    .report()
    .then(
      () => undefined,
      () => performance.now(),
    );
  await Promise.race([sleep(afterMs), outcome]);
  const sent = performance.now();
  const before = process.cpuUsage();
  controller.abort(new Error("aborted by the script"));
  const rejected = await outcome;
  if (rejected === undefined) return { lengthMs: performance.now() - start };
  // Its threads end after the rejection: until none of them works, this process spends processor time.
  let spent = process.cpuUsage(before);
  for (;;) {
    await sleep(50);
    const now = process.cpuUsage(before);
    if (now.user + now.system - spent.user - spent.system < IDLE_US) break;
    spent = now;
  }
  return { waitMs: rejected - sent, cpuMs: (spent.user + spent.system) / 1000, lengthMs: rejected - start };
}
/** Less in 50 ms is the timer's own. */
const IDLE_US = 5000;

/** Tries one way to interrupt at moments spread over the length of the work, and prints what it took. */
async function measure(name, tries, interrupt) {
  const { lengthMs } = await interrupt(2 ** 30);
  const spread = Math.min(lengthMs, MAX_SPREAD_MS) - FIRST_MS;
  const results = [];
  for (let k = 0; k < tries; k++) {
    const afterMs = FIRST_MS + (spread * k) / tries;
    results.push({ afterMs, ...(await interrupt(afterMs)) });
  }
  const met = results.filter(({ waitMs }) => waitMs !== undefined);
  const waits = met.map(({ waitMs }) => waitMs).sort((a, b) => a - b);
  const [largest, median, least] = [waits.at(-1), waits[waits.length >> 1], waits[0]];
  const most = Math.max(...met.map(({ cpuMs }) => cpuMs));
  console.log(
    `${name}: of ${lengthMs.toFixed(0)} ms; waits at most ${largest?.toFixed(0)} ms, median ${median?.toFixed(0)}, ` +
      `least ${least?.toFixed(0)} (${met.length} tries; load ${loadavg()[0].toFixed(1)}); then still at most ` +
      `${most.toFixed(0)} ms of processor time`,
  );
  if (!values.verbose) return;
  for (const { afterMs, waitMs, cpuMs } of met)
    console.log(`  at ${afterMs.toFixed(0)} ms: ${waitMs.toFixed(0)} ms, processor ${cpuMs.toFixed(0)} ms`);
}

const { values } = parseArgs({
  options: {
    tries: { type: "string", default: "3" },
    only: { type: "string" },
    verbose: { type: "boolean", default: false },
  },
});
const { analyze } = await import("../dist/node/index.js");
const tries = Number(values.tries);
for (const [name, { files, args, options }] of Object.entries(WORK)) {
  if (values.only !== undefined && !name.includes(values.only)) continue;
  const folder = await mkdtemp(join(tmpdir(), "interruption-latency-"));
  try {
    for (const [path, matrices] of Object.entries(files)) await writeMatrices(join(folder, path), matrices);
    await measure(`${name}, Ctrl-C`, tries, (afterMs) => interruptCommand(folder, args, afterMs));
    if (options !== undefined)
      await measure(`${name}, AbortSignal`, tries, (afterMs) => abortAnalysis(folder, options, afterMs));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
