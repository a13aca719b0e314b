// node bench/statistics.mjs: what everything that is read off a spectrum costs beside the spectrum itself. For each
// shape and kind of layer, medians of the engine's time (one thread of the embedded engine, f64), of the analysis
// without eigenvalues and of its judgement of the tail, in milliseconds, and the share of the analysis in the engine's
// time. Then what the statistics of the entries cost per value.
import v8 from "node:v8";
import { measureLayer } from "../dist/analysis/index.js";
import { bytesInMemory, openWeightFile } from "../dist/formats/index.js";
import { planLayers } from "../dist/layers/index.js";
import { createRng, normalSampler } from "../dist/numeric/index.js";
import { entryCensus } from "../dist/spectra/entry-statistics.js";
import { createEngine, inPlacePool, poolSpectrum } from "../dist/spectra/index.js";
import { judgeTail } from "../dist/tails/index.js";

// As the workers do: Node 20 and 21 have relaxed SIMD behind a flag.
if (Number.parseInt(process.versions.node, 10) < 22) v8.setFlagsFromString("--experimental-wasm-relaxed-simd");

const SHAPES = [
  [128, 64],
  [1024, 512],
  [2048, 1024],
  [2048, 2048],
  [4096, 2048],
];
/** Element laws: a bulk, and entries so heavy-tailed that the fits of the tail have the most to do. */
const LAWS = {
  gaussian: (normal) => normal(),
  "heavy-tailed": (normal, rng) => normal() * (1 - rng()) ** (-1 / 1.5),
};
const RUNS = 25;

const pool = inPlacePool(createEngine("wasm"));
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
console.log(`Node ${process.version}; medians of ${RUNS}, ms`);
for (const [law, draw] of Object.entries(LAWS)) {
  for (const [rows, cols] of SHAPES) {
    const rng = createRng(rows + cols);
    const normal = normalSampler(rng);
    const values = Float32Array.from({ length: rows * cols }, () => draw(normal, rng));
    const layer = await layerOf(values, [rows, cols]);
    const engine = [];
    let spectrum;
    for (let run = 0; run < 3; run++) {
      const start = performance.now();
      spectrum = poolSpectrum(layer.source, await pool.solve(layer.source), layer.eigenvalueScale);
      engine.push(performance.now() - start);
    }
    // Small layers first run until they are compiled.
    for (let run = 0; rows * cols < 1e5 && run < 3000; run++) measureLayer(layer, spectrum);
    const rest = [];
    const judged = [];
    for (let run = 0; run < RUNS; run++) {
      const start = performance.now();
      measureLayer(layer, spectrum);
      rest.push(performance.now() - start);
      const begin = performance.now();
      judgeTail(spectrum.eigenvalues);
      judged.push(performance.now() - begin);
    }
    const [solved, measured] = [median(engine), median(rest)];
    const share = `${((100 * measured) / solved).toFixed(1)} %`;
    console.log(
      `${law.padEnd(13)} ${`${rows} x ${cols}`.padEnd(12)} engine ${solved.toFixed(1).padStart(7)}  ` +
        `analysis ${measured.toFixed(3).padStart(7)}  tail ${median(judged).toFixed(3).padStart(6)}  ` +
        `${share.padStart(7)}`,
    );
  }
}
await pool.close();

/** A layer of these weights by the way of a file's: a .npy in memory, planned. */
async function layerOf(values, shape) {
  const head = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(", ")}), }`.padEnd(117);
  const bytes = Buffer.concat([
    Buffer.from([0x93, ...Buffer.from("NUMPY"), 1, 0, 118, 0]),
    Buffer.from(`${head}\n`),
    Buffer.from(values.buffer),
  ]);
  const files = {
    label: "bench.npy",
    entry: "bench.npy",
    list: async () => ["bench.npy"],
    open: async () => bytesInMemory(bytes),
  };
  const options = { include: [], exclude: [], minEigenvalues: 1, conv: "slices" };
  return planLayers(await openWeightFile(files), options).layers[0];
}

console.log("\nStatistics of the entries of 1000 x 1000, ns per value");
for (const [type, Values] of Object.entries({ f32: Float32Array, f64: Float64Array })) {
  for (const [kind, share] of Object.entries({ dense: 0, "half of them zero": 0.5 })) {
    const rng = createRng(1);
    const normal = normalSampler(rng);
    const values = Values.from({ length: 10 ** 6 }, () => (rng() < share ? 0 : normal()));
    const times = Array.from({ length: RUNS }, () => {
      const start = performance.now();
      entryCensus({ rows: 1000, cols: 1000 }).takeRows(values);
      return performance.now() - start;
    });
    console.log(`${type}, ${kind}`.padEnd(24), median(times).toFixed(1));
  }
}
