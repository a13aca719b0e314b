// node bench/eigenvectors.mjs [n ...] (default 1000): processor time of all eigenvectors of one n x n matrix by the
// embedded engine, its Gram matrix included, beside numpy's eigh of the finished Gram matrix with one thread, in turn
// in the same run. PYTHON names the Python; default /usr/bin/python3.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import v8 from "node:v8";

if (Number.parseInt(process.versions.node, 10) < 22) v8.setFlagsFromString("--experimental-wasm-relaxed-simd");
const { createWasmEngine } = await import("../dist/spectra/index.js");
const { createRng, normalSampler } = await import("../dist/numeric/index.js");

const ROUNDS = 7;
const PROGRAM = `
import sys, time, numpy as np
print(np.__version__, flush=True)
for line in sys.stdin:
    n = int(line); w = np.random.default_rng(1).standard_normal((n, n)); g = w.T @ w
    start = time.process_time(); np.linalg.eigh(g); print(time.process_time() - start, flush=True)
`;

const python = spawn(process.env.PYTHON ?? "/usr/bin/python3", ["-c", PROGRAM], {
  stdio: ["pipe", "pipe", "inherit"],
  env: { ...process.env, OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: "1", MKL_NUM_THREADS: "1" },
});
const lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
const answer = async () => (await lines.next()).value;
const version = await answer();

const engine = createWasmEngine();
function ours(n, values) {
  const start = process.cpuUsage();
  const task = engine.beginEigenvectors({ count: 1, rows: n, cols: n }, { side: "columns", onMatrix() {} });
  task.push(values);
  task.finish();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

const median = (times) => times.slice().sort((a, b) => a - b)[times.length >> 1];
for (const n of process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1000]) {
  const values = Float64Array.from({ length: n * n }, normalSampler(createRng(n)));
  // V8 first runs the kernels in its baseline compiler.
  for (let k = 0; k < 2; k++) ours(n, values);
  const [embedded, peer] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    embedded.push(ours(n, values));
    python.stdin.write(`${n}\n`);
    peer.push(Number(await answer()));
  }
  const ratio = median(embedded) / median(peer);
  console.log(
    `${n} x ${n}: embedded ${median(embedded).toFixed(3)} s, numpy ${version} eigh ` +
      `${median(peer).toFixed(3)} s of processor time: ${ratio.toFixed(2)} times`,
  );
}
python.stdin.end();
