// npm run bench [-- shapes...]: the WebAssembly engine against numpy on f32 matrices, "2048" or "16384x1024" (default:
// squares and tall ones to 2048). Runs are interleaved, so that a busy moment of the machine meets all contestants;
// medians and ratios are printed. "1" is one worker, "2" two threads inside the matrix, "pair" two matrices on two
// workers, half the time each: what a model of many layers sees.
import { nodeWorkerPool } from "../dist/node/worker-pool.js";
import { startNumpy } from "./numpy.mjs";

const DEFAULT_SHAPES = ["256", "512", "1024", "2048", "4096x512", "16384x1024"];
const shapes = (process.argv.length > 2 ? process.argv.slice(2) : DEFAULT_SHAPES).map((text) => {
  const [rows, cols = rows] = text.split("x").map(Number);
  if (!(Number.isInteger(rows) && rows > 0 && Number.isInteger(cols) && cols > 0))
    throw new RangeError(`not a shape: ${text}`);
  return { rows, cols };
});

const pools = { 1: nodeWorkerPool({ width: 1 }), 2: nodeWorkerPool({ width: 2 }) };
const numpy = startNumpy();

async function timed(work) {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

function matrix({ rows, cols }) {
  const gauss = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  return Float32Array.from({ length: rows * cols }, gauss);
}

/** Rows in blocks of about 4 MiB, as the layers give them. */
function sourceOf(values, { rows, cols }) {
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

const on = (width, precision) => (source) => timed(() => pools[width].solve(source, undefined, { precision }));
const contestants = {
  "f64 1": on(1, "f64"),
  "f64 2": on(2, "f64"),
  "mixed 2": on(2, "mixed"),
  "f32 2": on(2, "f32"),
  "f64 pair": async (source) => (await timed(() => Promise.all([pools[2].solve(source), pools[2].solve(source)]))) / 2,
  ...(numpy && { svd: (_, shape) => numpy.seconds("svd", shape), gram: (_, shape) => numpy.seconds("gram", shape) }),
};

const median = (values) => values.slice().sort((a, b) => a - b)[values.length >> 1];
const cell = (text) => String(text).padStart(11);
const ratio = (a, b) => (a / b).toFixed(2);
console.log(
  `Node ${process.version}; seconds a matrix, ` +
    `medians${numpy ? "; numpy with all its threads" : "; no python3 with numpy here"}`,
);
const ratios = numpy ? ["svd/f64 1", "svd/f64 2", "svd/mixed", "svd/f32", "svd/pair", "gram/f64 2"] : [];
console.log(["shape", ...Object.keys(contestants), ...ratios].map(cell).join(""));
for (const shape of shapes) {
  const { rows, cols } = shape;
  const [N, M] = [Math.max(rows, cols), Math.min(rows, cols)];
  const values = matrix(shape);
  const runs = Math.max(3, Math.min(15, Math.round(4e10 / (N * M * M + M ** 3))));
  const times = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
  // The first round warms up and is not counted.
  for (let run = 0; run <= runs; run++) {
    for (const [name, contest] of Object.entries(contestants)) {
      const seconds = await contest(sourceOf(values, shape), shape);
      if (run > 0) times[name].push(seconds);
    }
  }
  const of = Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)]));
  const shown = numpy
    ? [of["f64 1"], of["f64 2"], of["mixed 2"], of["f32 2"], of["f64 pair"]]
        .map((seconds) => ratio(of.svd, seconds))
        .concat(ratio(of.gram, of["f64 2"]))
    : [];
  console.log(
    [`${rows}x${cols}`, ...Object.values(of).map((seconds) => seconds.toFixed(4)), ...shown].map(cell).join(""),
  );
}
numpy?.end();
await Promise.all(Object.values(pools).map((pool) => pool.close()));
