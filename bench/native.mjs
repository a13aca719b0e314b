// node bench/native.mjs [shape[:rounds] ...]: the native engine, by each kind of kernel, beside the WebAssembly engine
// and numpy, on f32 matrices, n or ROWSxCOLS. Medians of interleaved runs, in processor seconds of one thread, and the
// ratio to WebAssembly's f64. On a busy machine only the ratios mean something.
import { loadAddon } from "../dist/node/native/addon.js";
import { builtLibrary } from "../dist/node/native/find-native.js";
import { createNativeEngine } from "../dist/node/native/native-engine.js";
import { allowRelaxedSimd } from "../dist/node/relaxed-simd.js";
import { createWasmEngine } from "../dist/spectra/index.js";
import { gaussian, interleaved, machine, shapesOf, timed } from "./measure.mjs";
import { startPeer } from "./peers.mjs";

allowRelaxedSimd();
const DEFAULT = ["128:15", "512:9", "768:7", "1024:7", "2048:3", "4096x512:7", "512x4096:7", "16384x1024:3"];
const shapes = shapesOf(process.argv.length > 2 ? process.argv.slice(2) : DEFAULT, 5);

/** Rows in blocks of about 4 MiB, as the layers give them. */
function solve(begin, values, { rows, cols }) {
  return timed(() => {
    const task = begin({ count: 1, rows, cols });
    const step = Math.max(1, Math.floor(2 ** 20 / cols)) * cols;
    for (let at = 0; at < values.length; at += step) task.push(values.subarray(at, at + step));
    task.finish();
  });
}

const addon = loadAddon(builtLibrary());
// The baseline of an older x86 processor is slower than WebAssembly and not used.
const targets = addon.targets.filter((target) => target !== "baseline");
const engines = [
  ["wasm", createWasmEngine()],
  ...targets.map((target) => [target, createNativeEngine(addon, { target })]),
];
const numpy = await startPeer("numpy", 1);
const side = ({ rows, cols }) => (rows < cols ? "rows" : "columns");
const spectrum = (engine, precision) => (values, shape) =>
  solve((given) => engine.begin(given, { precision }), values, shape);
const vectors = (engine) => (values, shape) =>
  solve((given) => engine.beginEigenvectors(given, { side: side(shape), onMatrix() {} }), values, shape);
const byNumpy =
  (what) =>
  (_, { rows, cols }) =>
    numpy.seconds(what, rows, cols);
const CONTESTANTS = Object.fromEntries([
  ...["f64", "f32"].flatMap((precision) =>
    engines.map(([name, engine]) => [`${name} ${precision}`, spectrum(engine, precision)]),
  ),
  ...engines.map(([name, engine]) => [`${name} vectors`, vectors(engine)]),
  ...(numpy
    ? [
        ["numpy svd", byNumpy("svd")],
        ["numpy Gram + eigvalsh", byNumpy("gram")],
        ["numpy eigh without Gram", byNumpy("eigh")],
      ]
    : []),
]);

console.log([machine(), numpy?.name ?? "no peer: no python3 with numpy"].join("\n"));
for (const { rounds, ...shape } of shapes) {
  const values = gaussian(shape.rows * shape.cols);
  const runs = Object.entries(CONTESTANTS).map(([name, run]) => [name, () => run(values, shape)]);
  const seconds = await interleaved(Object.fromEntries(runs), { rounds });
  console.log(`${shape.rows} x ${shape.cols}, ${rounds} rounds`);
  for (const [name, { processor }] of Object.entries(seconds)) {
    const ratio = (seconds["wasm f64"].processor / processor).toFixed(2);
    console.log(`  ${name.padEnd(24)}${processor.toFixed(5).padStart(10)}${ratio.padStart(8)}`);
  }
}
numpy?.end();
