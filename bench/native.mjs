// node bench/native.mjs [--busy] [sizes...]: the native engine against numpy's values-only svd, square f32 matrices of
// the given sides (default 2048 4096). Runs are interleaved, so that a busy moment of the machine meets all
// contestants; medians of wall and CPU seconds a matrix are printed. On a machine with other work only the CPU seconds
// mean much, and --busy leaves out numpy on two threads, which then takes minutes.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { searchNative, whyNoNative } from "../dist/node/native/find-native.js";
import { nativePool } from "../dist/node/native/native-pool.js";

const search = await searchNative();
if (search.library === null) throw new Error(whyNoNative(search));
// Before the library is loaded into this process.
Object.assign(process.env, search.library.env);
const { openBlasLibrary } = await import("../dist/node/native/blas-library.js");
const { createNativeEngine } = await import("../dist/node/native/native-engine.js");

const busy = process.argv[2] === "--busy";
const sizes = process.argv.slice(busy ? 3 : 2).map(Number);
if (sizes.some((n) => !Number.isInteger(n) || n < 1))
  throw new RangeError(`sizes must be positive integers, got ${process.argv.slice(2).join(" ")}`);

/** Answers "n" with wall and CPU seconds of one svd. */
const NUMPY = `
import sys, time, numpy as np
for line in sys.stdin:
    w = np.random.default_rng(1).standard_normal((int(line), int(line))).astype(np.float32).astype(np.float64)
    wall, cpu = time.perf_counter(), time.process_time()
    np.linalg.svd(w, compute_uv=False)
    print(time.perf_counter() - wall, time.process_time() - cpu, flush=True)
`;

function startNumpy(threads) {
  const env = { ...process.env, OPENBLAS_NUM_THREADS: String(threads) };
  const child = spawn("python3", ["-c", NUMPY], { stdio: ["pipe", "pipe", "inherit"], env });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async run(n) {
      child.stdin.write(`${n}\n`);
      const [wall, cpu] = (await lines.next()).value.split(" ").map(Number);
      return { wall, cpu };
    },
    end: () => child.stdin.end(),
  };
}

const engine = createNativeEngine(await openBlasLibrary(search.library.path));
const pool = nativePool({
  library: search.library,
  width: 2,
  fallback: () => {
    throw new Error("the library failed");
  },
});
const numpy = startNumpy(1);
const numpyThreads = startNumpy(2);

/** Rows in blocks of about 4 MiB, as the layers give them. */
function sourceOf(values, n) {
  const step = Math.max(1, Math.floor(2 ** 20 / n)) * n;
  return {
    count: 1,
    rows: n,
    cols: n,
    async *blocks() {
      for (let at = 0; at < values.length; at += step) yield values.slice(at, at + step);
    },
  };
}

function inPlace(precision, values, n) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const task = engine.begin({ count: 1, rows: n, cols: n }, { precision });
  task.push(values);
  task.finish();
  const { user, system } = process.cpuUsage(cpu);
  return { wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 };
}

async function pair(values, n) {
  const start = performance.now();
  await Promise.all([pool.solve(sourceOf(values, n)), pool.solve(sourceOf(values, n))]);
  return { wall: (performance.now() - start) / 2000, cpu: Number.NaN };
}

const contestants = {
  "native f64": (values, n) => inPlace("f64", values, n),
  "native mixed": (values, n) => inPlace("mixed", values, n),
  "native f32": (values, n) => inPlace("f32", values, n),
  "native f64, two at once": pair,
  "numpy svd, 1 thread": (_, n) => numpy.run(n),
  ...(!busy && { "numpy svd, 2 threads": (_, n) => numpyThreads.run(n) }),
};

const median = (values) => values.slice().sort((a, b) => a - b)[values.length >> 1];
const cell = (text, width = 12) => String(text).padStart(width);
const { path, core, config } = search.library;
console.log(
  `Node ${process.version}; ${path} (${config ?? "no OpenBLAS"}, ${core ?? "core unknown"}); medians, seconds a matrix`,
);
for (const n of sizes.length > 0 ? sizes : [2048, 4096]) {
  const values = Float32Array.from(
    { length: n * n },
    () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random()),
  );
  const runs = n > 3000 ? 3 : 5;
  const all = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
  // The first round of a small matrix warms up.
  for (const contest of Object.values(contestants)) await contest(values.slice(0, 64 * 64), 64);
  for (let run = 0; run < runs; run++)
    for (const [name, contest] of Object.entries(contestants)) all[name].push(await contest(values, n));
  const wallOf = (name) => median(all[name].map(({ wall }) => wall));
  const cpuOf = (name) => median(all[name].map(({ cpu }) => cpu));
  console.log(`n = ${n}, ${runs} runs`);
  console.log(
    ["", "wall", "CPU", "wall ratio", "CPU ratio"].map((title, i) => cell(title, i === 0 ? 26 : 12)).join(""),
  );
  for (const name of Object.keys(contestants)) {
    const ratios = [wallOf(Object.keys(contestants).at(-1)) / wallOf(name), cpuOf("numpy svd, 1 thread") / cpuOf(name)];
    const cells = [wallOf(name).toFixed(3), cpuOf(name).toFixed(3), ...ratios.map((ratio) => ratio.toFixed(1))];
    console.log(cell(name, 26) + cells.map((text) => cell(text)).join(""));
  }
}
numpy.end();
numpyThreads.end();
await pool.close();
