// node bench/matrices.mjs [shape[:rounds] ...]: the pools of the WebAssembly engine on f32 matrices, "2048" or
// "16384x1024", beside numpy with all its threads. Medians of interleaved runs, in seconds of wall time per matrix, and
// how many times as fast as numpy's svd. "pair" is two matrices on two workers: what a model of many layers sees.
import { availableParallelism } from "node:os";
import { nodeWorkerPool } from "../dist/node/worker-pool.js";
import { gaussian, interleaved, machine, shapesOf, sourceOf, timed } from "./measure.mjs";
import { startPeer } from "./peers.mjs";

const DEFAULT = ["256:15", "512:15", "1024:9", "2048:3", "4096x512:9", "16384x1024:3"];
const shapes = shapesOf(process.argv.length > 2 ? process.argv.slice(2) : DEFAULT, 5);

const pools = { 1: nodeWorkerPool({ width: 1 }), 2: nodeWorkerPool({ width: 2 }) };
const numpy = await startPeer("numpy", availableParallelism());

/** `matrices` at once on a pool. */
const on =
  (width, precision, matrices = 1) =>
  (values, shape) =>
    timed(() =>
      Promise.all(
        Array.from({ length: matrices }, () => pools[width].solve(sourceOf(values, shape), undefined, { precision })),
      ),
    );
const CONTESTANTS = {
  "f64, one thread": on(1, "f64"),
  "f64, two threads": on(2, "f64"),
  "mixed, two threads": on(2, "mixed"),
  "f32, two threads": on(2, "f32"),
  "f64, a pair": on(2, "f64", 2),
  ...(numpy && {
    "numpy svd": (_, { rows, cols }) => numpy.seconds("svd", rows, cols),
    "numpy Gram + eigvalsh": (_, { rows, cols }) => numpy.seconds("gram", rows, cols),
  }),
};

console.log([machine(), numpy?.name ?? "no peer: no python3 with numpy"].join("\n"));
for (const { rounds, ...shape } of shapes) {
  const values = gaussian(shape.rows * shape.cols);
  const runs = Object.entries(CONTESTANTS).map(([name, run]) => [name, () => run(values, shape)]);
  const seconds = await interleaved(Object.fromEntries(runs), { rounds });
  const each = (name) => seconds[name].wall / (name.endsWith("pair") ? 2 : 1);
  console.log(`${shape.rows} x ${shape.cols}, ${rounds} rounds`);
  for (const name of Object.keys(CONTESTANTS)) {
    const ratio = numpy === undefined ? "" : (each("numpy svd") / each(name)).toFixed(2);
    console.log(`  ${name.padEnd(24)}${each(name).toFixed(4).padStart(10)}${ratio.padStart(8)}`);
  }
}
numpy?.end();
await Promise.all(Object.values(pools).map((pool) => pool.close()));
