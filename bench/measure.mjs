// What all benches share: contestants in turn, medians, processor time of this process and of commands, weights of
// random numbers, and files of them.
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";

/** Seconds of one run. `processor` counts all threads. */
/** @typedef {{ wall: number, processor: number }} Seconds */

/** The middle value, the upper one of two. */
export function median(values) {
  return values.slice().sort((a, b) => a - b)[values.length >> 1];
}

/**
 * Runs all contestants in turn, so that a busy moment of the machine meets all of them, and gives the medians of each.
 * The first round warms up and is not counted.
 *
 * @template {string} Name
 * @param {Record<Name, () => Promise<Seconds> | Seconds>} contestants
 * @param {{ rounds: number, warmups?: number }} options
 * @returns {Promise<Record<Name, Seconds>>}
 */
export async function interleaved(contestants, { rounds, warmups = 1 }) {
  const names = Object.keys(contestants);
  const runs = Object.fromEntries(names.map((name) => [name, /** @type {Seconds[]} */ ([])]));
  for (let round = -warmups; round < rounds; round++)
    for (const name of names) {
      const seconds = await contestants[name]();
      if (round >= 0) runs[name].push(seconds);
    }
  const medians = names.map((name) => {
    const of = (field) => median(runs[name].map((seconds) => seconds[field]));
    return [name, { wall: of("wall"), processor: of("processor") }];
  });
  return Object.fromEntries(medians);
}

/** The seconds of some work in this process, its workers included. */
export async function timed(work) {
  const [start, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return { wall: (performance.now() - start) / 1000, processor: (user + system) / 1e6 };
}

/** The seconds of a command as a process of its own. bash tells its processor time; throws if the command fails. */
export function timedCommand(command, args, env = process.env) {
  const start = performance.now();
  // The shell's own words come last on stderr, whatever the command prints there.
  const script = 'TIMEFORMAT="%U %S"; time "$0" "$@" >/dev/null';
  const { status, stderr, error } = spawnSync("bash", ["-c", script, command, ...args], { env, encoding: "utf8" });
  const wall = (performance.now() - start) / 1000;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? stderr}`);
  const [user, system] = stderr.trim().split("\n").at(-1).split(" ").map(Number);
  return { wall, processor: user + system };
}

/** Normal enough for a bench, and the same in every run: sums of four uniform numbers by a linear congruence. */
export function gaussian(length, scale = 1) {
  let state = 1;
  return Float32Array.from({ length }, () => {
    let sum = 0;
    for (let k = 0; k < 4; k++) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      sum += (state >>> 0) / 2 ** 32 - 0.5;
    }
    // Their variance is 4/12.
    return sum * Math.sqrt(3) * scale;
  });
}

/** Operations for the eigenvalues of W'W, N >= M: N M^2 of the Gram matrix, 4/3 M^3 of its reduction. */
export function operations(rows, cols) {
  const [N, M] = [Math.max(rows, cols), Math.min(rows, cols)];
  return N * M * M + (4 / 3) * M ** 3;
}

/** A matrix as layers give it: rows in blocks of about 4 MiB. */
export function sourceOf(values, { rows, cols }) {
  const step = Math.max(1, Math.floor(2 ** 20 / cols)) * cols;
  return {
    count: 1,
    rows,
    cols,
    async *blocks() {
      for (let at = 0; at < values.length; at += step) yield values.slice(at, at + step);
    },
  };
}

/** Shapes of the command line, "2048", "16384x1024" or "2048:5" with a number of rounds. */
export function shapesOf(texts, rounds) {
  return texts.map((text) => {
    const [, rows, cols = rows, own = rounds] = /^(\d+)(?:x(\d+))?(?::(\d+))?$/.exec(text) ?? [];
    if (!(Number(rows) > 0 && Number(cols) > 0))
      throw new RangeError(`shape "${text}": expected n or ROWSxCOLS, then :rounds`);
    return { rows: Number(rows), cols: Number(cols), rounds: Number(own) };
  });
}

/** Passes a folder of its own, and removes it in the end. */
export async function inFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), "eigenscope-bench-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A safetensors file of f32 layers, of weights with variance 1/rows. `layers` has [name, rows, columns]. */
export function writeModel(path, layers) {
  let at = 0;
  const header = Object.fromEntries(
    layers.map(([name, rows, cols]) => {
      const from = at;
      at += rows * cols * 4;
      return [name, { dtype: "F32", shape: [rows, cols], data_offsets: [from, at] }];
    }),
  );
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const file = openSync(path, "w");
  writeSync(file, length);
  writeSync(file, text);
  const largest = Math.max(...layers.map(([, rows, cols]) => rows * cols));
  const values = gaussian(largest);
  for (const [, rows, cols] of layers)
    writeSync(file, Buffer.from(values.subarray(0, rows * cols).map((value) => value / Math.sqrt(rows)).buffer));
  closeSync(file);
  return path;
}

/** The machine in a line. */
export function machine() {
  const load = loadavg().map((value) => value.toFixed(1));
  return `${cpus()[0].model.trim()}, ${availableParallelism()} cores, Node ${process.version}, load ${load.join(" ")}`;
}
