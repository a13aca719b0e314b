// node bench/eigenvectors.mjs [n[:rounds] ...] (default 1000:7): processor time of all eigenvectors of one n x n
// matrix, its Gram matrix included, by the WebAssembly engine and by each kind of native kernels, beside numpy's eigh
// of the finished Gram matrix with one thread and with as many as it likes. In turn in the same run; medians. PYTHON
// names the Python, python3 by default.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { loadavg } from "node:os";
import { createInterface } from "node:readline";
import { loadAddon } from "../dist/node/native/addon.js";
import { builtLibrary } from "../dist/node/native/find-native.js";
import { createNativeEngine } from "../dist/node/native/native-engine.js";
import { allowRelaxedSimd } from "../dist/node/relaxed-simd.js";
import { createRng, normalSampler } from "../dist/numeric/index.js";
import { createWasmEngine } from "../dist/spectra/index.js";

allowRelaxedSimd();
const PROGRAM = `
import sys, time, numpy as np
print(np.__version__, flush=True)
for line in sys.stdin:
    n = int(line); w = np.random.default_rng(1).standard_normal((n, n)); g = w.T @ w
    start = time.process_time(); np.linalg.eigh(g); print(time.process_time() - start, flush=True)
`;

/** numpy with the kernels that OpenBLAS finds best. */
async function startNumpy(threads) {
  const { OPENBLAS_CORETYPE, OPENBLAS_L2_SIZE, OPENBLAS_NUM_THREADS, OMP_NUM_THREADS, ...env } = process.env;
  const python = spawn(process.env.PYTHON ?? "python3", ["-c", PROGRAM], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...env, ...threads },
  });
  const lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
  const answer = async () => (await lines.next()).value;
  return {
    version: await answer(),
    async seconds(n) {
      python.stdin.write(`${n}\n`);
      return Number(await answer());
    },
    end: () => python.stdin.end(),
  };
}

function secondsBy(engine, n, values) {
  const start = process.cpuUsage();
  const task = engine.beginEigenvectors({ count: 1, rows: n, cols: n }, { side: "columns", onMatrix() {} });
  task.push(values);
  task.finish();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

const addon = existsSync(builtLibrary()) ? loadAddon(builtLibrary()) : { targets: [] };
const engines = [
  ["WebAssembly", createWasmEngine()],
  ...addon.targets.map((target) => [`native, ${target}`, createNativeEngine(addon, { target })]),
];
const one = await startNumpy({ OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: "1" });
const all = await startNumpy({});
const median = (times) => times.slice().sort((a, b) => a - b)[times.length >> 1];
for (const wanted of process.argv.length > 2 ? process.argv.slice(2) : ["1000"]) {
  const [n, rounds = 7] = wanted.split(":").map(Number);
  const values = Float64Array.from({ length: n * n }, normalSampler(createRng(n)));
  const contestants = [
    ...engines.map(([name, engine]) => [name, () => secondsBy(engine, n, values)]),
    [`numpy ${one.version} eigh, one thread`, () => one.seconds(n)],
    ["numpy eigh, its threads", () => all.seconds(n)],
  ];
  // V8 first runs the kernels in its baseline compiler.
  for (const [, engine] of engines) secondsBy(engine, n, values);
  const times = contestants.map(() => []);
  for (let round = 0; round < rounds; round++)
    for (const [k, [, seconds]] of contestants.entries()) times[k].push(await seconds());
  const medians = times.map(median);
  const reference = medians.at(-2);
  console.log(`${n} x ${n}, processor seconds (load ${loadavg()[0].toFixed(1)}), beside eigh with one thread:`);
  for (const [k, [name]] of contestants.entries())
    console.log(`  ${name}: ${medians[k].toFixed(3)}, ${(medians[k] / reference).toFixed(2)} times`);
}
one.end();
all.end();
