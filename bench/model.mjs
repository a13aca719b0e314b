// node bench/model.mjs [runs]: a model of 200 layers of mixed small shapes (sides 64 ... 1024, convolutions included),
// its weights in one file of f32; our worker pool against numpy's svd of one matrix after another, each as a process of
// its own, start-up and reading included. Interleaved runs, medians of wall time. numpy's threads wait for each other
// by spinning: on a busy machine it is faster with one, which is timed too.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const LAYERS = 200;
/**
 * Matrices a layer, rows, columns: what small networks are made of, in turn. Weights are those of a stack of equal
 * matrices.
 */
const SHAPES = [
  [1, 256, 64],
  [9, 64, 64],
  [1, 768, 256],
  [9, 128, 64],
  [1, 512, 128],
  [1, 512, 512],
  [9, 128, 128],
  [1, 1024, 256],
  [1, 1024, 1024],
  [1, 128, 1024],
];

const model = Array.from({ length: LAYERS }, (_, k) => SHAPES[k % SHAPES.length]);

if (process.argv[2] === "solve") await solve(process.argv[3], { engine: process.argv[4], precision: process.argv[5] });
else measure(Number(process.argv[2] ?? 3));

/** Our side: all layers, the largest first, as many at once as there are cores. */
async function solve(path, { engine, precision }) {
  const { openPool } = await import("../dist/node/native/open-pool.js");
  const weights = readFileSync(path);
  const pool = await openPool({ engine, width: availableParallelism() });
  let at = 0;
  const layers = model.map(([count, rows, cols]) => {
    const from = at;
    at += count * rows * cols;
    return { count, rows, cols, from, work: count * rows * cols * Math.min(rows, cols) };
  });
  const sums = await Promise.all(
    layers
      .sort((a, b) => b.work - a.work)
      .map(async ({ count, rows, cols, from }) => {
        const blocks = async function* () {
          const start = weights.byteOffset + from * 4;
          yield new Float32Array(weights.buffer.slice(start, start + count * rows * cols * 4));
        };
        const { eigenvalues } = await pool.solve({ count, rows, cols, blocks }, undefined, { precision });
        return eigenvalues.reduce((sum, lambda) => sum + lambda, 0);
      }),
  );
  await pool.close();
  console.log(sums.reduce((a, b) => a + b));
}

function measure(runs) {
  const folder = mkdtempSync(join(tmpdir(), "eigenscope-bench-"));
  const path = join(folder, "weights.f32");
  const size = model.reduce((sum, [count, rows, cols]) => sum + count * rows * cols, 0);
  writeFileSync(
    path,
    Float32Array.from({ length: size }, () => Math.random() + Math.random() + Math.random() - 1.5),
  );
  const numpy = `
import numpy as np
w = np.fromfile(${JSON.stringify(path)}, np.float32)
at = 0; total = 0.0
for count, rows, cols in ${JSON.stringify(model)}:
    for k in range(count):
        s = np.linalg.svd(w[at : at + rows * cols].reshape(rows, cols).astype(float), compute_uv=False)
        total += float((s * s).sum()); at += rows * cols
print(total)
`;
  const self = fileURLToPath(import.meta.url);
  const contestants = {
    "numpy svd": ["python3", ["-c", numpy]],
    "numpy, 1 thread": ["python3", ["-c", `import os; os.environ["OPENBLAS_NUM_THREADS"] = "1"\n${numpy}`]],
    "wasm f64": [process.execPath, [self, "solve", path, "wasm", "f64"]],
    "wasm f32": [process.execPath, [self, "solve", path, "wasm", "f32"]],
    "native f64": [process.execPath, [self, "solve", path, "native", "f64"]],
    "native f32": [process.execPath, [self, "solve", path, "native", "f32"]],
  };
  const times = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
  for (let run = 0; run < runs; run++) {
    for (const [name, [command, args]] of Object.entries(contestants)) {
      const start = performance.now();
      const { status, stderr, stdout } = spawnSync(command, args);
      const wall = (performance.now() - start) / 1000;
      if (status !== 0) console.log(`${name} does not run here: ${String(stderr).trim().split("\n").at(-1)}`);
      else times[name].push({ wall, trace: Number(stdout) });
    }
  }
  const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
  const medians = Object.entries(times).flatMap(([name, all]) =>
    all.length === 0 ? [] : [{ name, wall: median(all.map(({ wall }) => wall)) }],
  );
  const peer = Math.min(...medians.filter(({ name }) => name.startsWith("numpy")).map(({ wall }) => wall));
  for (const { name, wall } of medians) {
    const against =
      peer < Number.POSITIVE_INFINITY ? `, ${(peer / wall).toFixed(1)} times as fast as the faster numpy` : "";
    console.log(`${name.padEnd(16)} wall ${wall.toFixed(2)} s, trace ${times[name][0].trace.toPrecision(9)}${against}`);
  }
  rmSync(folder, { recursive: true });
}
