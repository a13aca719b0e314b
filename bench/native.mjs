// node bench/native.mjs [shape[:runs] ...]: the native engine, by each kind of kernel, beside the WebAssembly engine
// and numpy. Shapes are n or ROWSxCOLS, f32 matrices. Runs are interleaved, so that a busy moment of the machine meets
// all contestants. Prints medians of processor seconds of one thread, and the ratio to WebAssembly's f64. The load of
// the machine is printed too: on a busy one, only the ratios mean something.
import { spawn } from "node:child_process";
import { cpus, loadavg } from "node:os";
import { createInterface } from "node:readline";
import { loadAddon } from "../dist/node/native/addon.js";
import { builtLibrary } from "../dist/node/native/find-native.js";
import { createNativeEngine } from "../dist/node/native/native-engine.js";
import { allowRelaxedSimd } from "../dist/node/relaxed-simd.js";
import { createWasmEngine } from "../dist/spectra/index.js";

allowRelaxedSimd();
const DEFAULT = ["128:15", "512:9", "768:7", "1024:7", "2048:3", "4096x512:7", "512x4096:7", "16384x1024:3"];
const wanted = (process.argv.length > 2 ? process.argv.slice(2) : DEFAULT).map((text) => {
  const [, rows, cols = rows, runs = 5] = /^(\d+)(?:x(\d+))?(?::(\d+))?$/.exec(text) ?? [];
  if (rows === undefined) throw new RangeError(`shape "${text}": expected n or ROWSxCOLS, then :runs`);
  return { rows: Number(rows), cols: Number(cols), runs: Number(runs) };
});

/** Answers "what rows cols" with the processor seconds of it. */
const NUMPY = `
import sys, time, numpy as np
kept = {}
for line in sys.stdin:
    what, rows, cols = line.split()
    shape = (int(rows), int(cols))
    if shape not in kept:
        kept = {shape: np.random.default_rng(1).standard_normal(shape).astype(np.float32).astype(np.float64)}
    w = kept[shape]
    g = (w.T @ w if shape[0] >= shape[1] else w @ w.T) if what == "eigh" else None
    start = time.process_time()
    if what == "svd": np.linalg.svd(w, compute_uv=False)
    elif what == "eigh": np.linalg.eigh(g)
    else: np.linalg.eigvalsh(w.T @ w if shape[0] >= shape[1] else w @ w.T)
    print(time.process_time() - start, flush=True)
`;

/** numpy with the kernels that OpenBLAS finds best, in one thread. */
function startNumpy() {
  const { OPENBLAS_CORETYPE, OPENBLAS_L2_SIZE, ...env } = process.env;
  const child = spawn("python3", ["-c", NUMPY], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...env, OPENBLAS_NUM_THREADS: "1" },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async run(what, { rows, cols }) {
      child.stdin.write(`${what} ${rows} ${cols}\n`);
      const { value } = await lines.next();
      if (value === undefined) throw new Error("python3 with numpy is needed");
      return Number(value);
    },
    end: () => child.stdin.end(),
  };
}

const cpuSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Rows in blocks of about 4 MiB, as the layers give them. */
function timed(begin, W, { rows, cols }) {
  const start = cpuSeconds();
  const task = begin({ count: 1, rows, cols });
  const step = Math.max(1, Math.floor(2 ** 20 / cols)) * cols;
  for (let at = 0; at < W.length; at += step) task.push(W.subarray(at, at + step));
  task.finish();
  return cpuSeconds() - start;
}

const addon = loadAddon(builtLibrary());
const wasm = createWasmEngine();
// The baseline of an older x86 processor is slower than WebAssembly and not used.
const targets = addon.targets.filter((target) => target !== "baseline");
const engines = targets.map((target) => [target, createNativeEngine(addon, { target })]);
const numpy = startNumpy();
const side = ({ rows, cols }) => (rows < cols ? "rows" : "columns");
const spectrum = (engine, precision) => (W, shape) => timed((given) => engine.begin(given, { precision }), W, shape);
const vectors = (engine) => (W, shape) =>
  timed((given) => engine.beginEigenvectors(given, { side: side(shape), onMatrix() {} }), W, shape);
const CONTESTANTS = {
  "wasm f64": spectrum(wasm, "f64"),
  ...Object.fromEntries(engines.map(([target, engine]) => [`${target} f64`, spectrum(engine, "f64")])),
  "wasm f32": spectrum(wasm, "f32"),
  ...Object.fromEntries(engines.map(([target, engine]) => [`${target} f32`, spectrum(engine, "f32")])),
  "numpy svd": (_, shape) => numpy.run("svd", shape),
  "numpy Gram + eigvalsh": (_, shape) => numpy.run("gram", shape),
  "wasm vectors": vectors(wasm),
  ...Object.fromEntries(engines.map(([target, engine]) => [`${target} vectors`, vectors(engine)])),
  "numpy eigh without Gram": (_, shape) => numpy.run("eigh", shape),
};

/** A linear congruential generator: the sum of four uniform numbers. */
function gaussian(length) {
  let state = 1;
  return Float32Array.from({ length }, () => {
    let sum = 0;
    for (let k = 0; k < 4; k++) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      sum += (state >>> 0) / 2 ** 32 - 0.5;
    }
    return sum;
  });
}

const median = (values) => values.slice().sort((a, b) => a - b)[values.length >> 1];
const load = () =>
  loadavg()
    .map((value) => value.toFixed(1))
    .join(" ");
console.log(`Node ${process.version}, ${cpus()[0].model}, ${cpus().length} cores; processor seconds of one thread`);
for (const shape of wanted) {
  const W = gaussian(shape.rows * shape.cols);
  const all = Object.fromEntries(Object.keys(CONTESTANTS).map((name) => [name, []]));
  // The first round warms up.
  for (let run = -1; run < shape.runs; run++)
    for (const [name, contest] of Object.entries(CONTESTANTS)) {
      const seconds = await contest(W, shape);
      if (run >= 0) all[name].push(seconds);
    }
  const wasmSeconds = median(all["wasm f64"]);
  console.log(`${shape.rows} x ${shape.cols}, ${shape.runs} runs, load ${load()}`);
  for (const [name, seconds] of Object.entries(all)) {
    const middle = median(seconds);
    console.log(
      `  ${name.padEnd(24)}${middle.toFixed(5).padStart(10)}${(wasmSeconds / middle).toFixed(2).padStart(8)}`,
    );
  }
}
numpy.end();
