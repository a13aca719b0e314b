// npm run bench [-- sizes...]: the WebAssembly engine against numpy, square f32 matrices of the given sides (default 256 512 1024 2048).
// Runs are interleaved, so that a busy moment of the machine meets all contestants; medians and ratios are printed. "pair" solves two matrices on two
// workers and counts half the time: what a model of many layers sees.
import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import v8 from "node:v8";
import { nodeWorkerPool } from "../dist/node/worker-pool.js";
import { createWasmEngine } from "../dist/spectra/index.js";

// As the workers do on Node 20, so that both run the same build of the kernels.
if (Number.parseInt(process.versions.node, 10) < 22) v8.setFlagsFromString("--experimental-wasm-relaxed-simd");

const sizes = process.argv.slice(2).map(Number);
if (sizes.some((n) => !Number.isInteger(n) || n < 1))
  throw new RangeError(`sizes must be positive integers, got ${process.argv.slice(2).join(" ")}`);

/** Answers "svd n" or "gram n" with seconds. */
const NUMPY = `
import sys, time, numpy as np
cache = {}
for line in sys.stdin:
    what, n = line.split(); n = int(n)
    if n not in cache: cache = {n: np.random.default_rng(n).standard_normal((n, n)).astype(np.float32)}
    w = cache[n].astype(np.float64)
    start = time.perf_counter()
    np.linalg.svd(w, compute_uv=False) if what == "svd" else np.linalg.eigvalsh(w.T @ w)
    print(time.perf_counter() - start, flush=True)
`;

function startNumpy() {
  if (spawnSync("python3", ["-c", "import numpy"]).status !== 0) return undefined;
  const child = spawn("python3", ["-c", NUMPY], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async seconds(what, n) {
      child.stdin.write(`${what} ${n}\n`);
      return Number((await lines.next()).value);
    },
    end: () => child.stdin.end(),
  };
}

function matrix(n) {
  return Float32Array.from({ length: n * n }, () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random()));
}

const engine = createWasmEngine();
const pool = nodeWorkerPool({ width: 2 });
const numpy = startNumpy();

async function timed(work) {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

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

const contestants = {
  one: async (values, n) =>
    timed(() => {
      const task = engine.begin({ count: 1, rows: n, cols: n });
      task.push(values);
      task.finish();
    }),
  pair: async (values, n) => (await timed(() => Promise.all([pool.solve(sourceOf(values, n)), pool.solve(sourceOf(values, n))]))) / 2,
  ...(numpy && { svd: (_, n) => numpy.seconds("svd", n), gram: (_, n) => numpy.seconds("gram", n) }),
};

const median = (values) => values.slice().sort((a, b) => a - b)[values.length >> 1];
const cell = (text) => String(text).padStart(12);
console.log(`Node ${process.version}; seconds a matrix, medians${numpy ? "; numpy with all its threads" : "; no python3 with numpy here"}`);
console.log(["n", ...Object.keys(contestants), ...(numpy ? ["svd/one", "svd/pair", "gram/pair"] : []), "GF/s (one)"].map(cell).join(""));
for (const n of sizes.length > 0 ? sizes : [256, 512, 1024, 2048]) {
  const values = matrix(n);
  const runs = Math.max(3, Math.min(15, Math.round(2e10 / n ** 3)));
  const times = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
  // The first round warms up and is not counted.
  for (let run = 0; run <= runs; run++) {
    for (const [name, contest] of Object.entries(contestants)) {
      const seconds = await contest(values, n);
      if (run > 0) times[name].push(seconds);
    }
  }
  const medians = Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)]));
  const { one, pair, svd, gram } = medians;
  const ratios = numpy ? [svd / one, svd / pair, gram / pair].map((ratio) => ratio.toFixed(2)) : [];
  console.log(
    [n, ...Object.values(medians).map((seconds) => seconds.toFixed(4)), ...ratios, ((7 / 3) * n ** 3) / one / 1e9]
      .map((x) => cell(typeof x === "number" && !Number.isInteger(x) ? x.toFixed(1) : x))
      .join(""),
  );
}
numpy?.end();
await pool.close();
