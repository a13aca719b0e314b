// A Python with numpy as the other contestant: answers "svd rows cols" or "gram rows cols" with seconds, for one f32
// matrix, with all its threads.
import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";

const PROGRAM = `
import sys, time, numpy as np
kept = {}
for line in sys.stdin:
    what, rows, cols = line.split(); shape = (int(rows), int(cols))
    if shape not in kept: kept = {shape: np.random.default_rng(1).standard_normal(shape).astype(np.float32)}
    w = kept[shape].astype(np.float64)
    start = time.perf_counter()
    if what == "svd": np.linalg.svd(w, compute_uv=False)
    else: np.linalg.eigvalsh(w.T @ w if shape[0] >= shape[1] else w @ w.T)
    print(time.perf_counter() - start, flush=True)
`;

/** Undefined where there is no python3 with numpy. */
export function startNumpy() {
  if (spawnSync("python3", ["-c", "import numpy"]).status !== 0) return undefined;
  const child = spawn("python3", ["-c", PROGRAM], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async seconds(what, { rows, cols }) {
      child.stdin.write(`${what} ${rows} ${cols}\n`);
      return Number((await lines.next()).value);
    },
    end: () => child.stdin.end(),
  };
}
