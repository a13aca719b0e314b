// numpy and PyTorch as contestants: a Python process each (bench/peers.py), with a fixed number of threads. PYTHON
// names the Python with numpy, default python3 of the path. PyTorch may also be that of Debian's python3-torch.
import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("peers.py", import.meta.url));
const PYTHON = process.env.PYTHON ?? "python3";
const PYTHONS = { numpy: [PYTHON], torch: process.env.PYTHON ? [PYTHON] : [PYTHON, "/usr/bin/python3"] };

/**
 * The environment of a peer: `threads` threads, and the kernels that its OpenBLAS finds best, whatever this shell says.
 */
function environment(threads) {
  const { OPENBLAS_CORETYPE, OPENBLAS_L2_SIZE, ...env } = process.env;
  const count = String(threads);
  return { ...env, OPENBLAS_NUM_THREADS: count, OMP_NUM_THREADS: count, MKL_NUM_THREADS: count };
}

/** A Python that has the module, or undefined. */
function pythonWith(module) {
  return PYTHONS[module].find(
    (python) => spawnSync(python, ["-c", `import ${module}`], { stdio: "ignore" }).status === 0,
  );
}

/**
 * A peer, or undefined if no Python has the module. `seconds("svd", 100, 50)` calls that function of bench/peers.py.
 *
 * @param {"numpy" | "torch"} module
 * @param {number} threads
 */
export async function startPeer(module, threads) {
  const python = pythonWith(module);
  if (python === undefined) return undefined;
  const child = spawn(python, [PROGRAM, module, String(threads)], {
    stdio: ["pipe", "pipe", "inherit"],
    env: environment(threads),
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${python} with ${module} ended; its message is above`);
    return value;
  };
  const name = await answer();
  return {
    name,
    async seconds(what, ...words) {
      child.stdin.write(`${[what, ...words].join(" ")}\n`);
      const [wall, processor] = (await answer()).split(" ").map(Number);
      return { wall, processor };
    },
    end: () => child.stdin.end(),
  };
}
