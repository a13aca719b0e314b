// Random matrices through the native engine, each kind of kernel, against the WebAssembly engine: shapes, kinds,
// precisions and pieces are drawn from a seed. Prints the largest differences, and each matrix past the promise.
//
//   node scripts/fuzz-native.mjs [matrices] [seed] [largest side]    default: 2000 1 400
import { loadAddon } from "../dist/node/native/addon.js";
import { builtLibrary } from "../dist/node/native/find-native.js";
import { createNativeEngine } from "../dist/node/native/native-engine.js";
import { allowRelaxedSimd } from "../dist/node/relaxed-simd.js";
import { createRng, normalSampler } from "../dist/numeric/index.js";
import { createWasmEngine } from "../dist/spectra/index.js";

allowRelaxedSimd();
const [matrices = 2000, seed = 1, largest = 400] = process.argv.slice(2).map(Number);
const EPS = 2 ** -52;
/** Both engines promise 50 eps lambda_max. Below f64 the promise is 32 and 64 roundings of f32; the witness is f64. */
const MOST = { f64: 50 * EPS, mixed: 32 * 2 ** -24, f32: 64 * 2 ** -24 };

const rng = createRng(seed);
const normal = normalSampler(rng);
const whole = (least, most) => least + Math.floor(rng() * (most - least + 1));
const pick = (list) => list[whole(0, list.length - 1)];

/** Side lengths near the tile of 32 and the panel of 256 are drawn more often. */
function side() {
  const near = pick([32, 64, 96, 128, 256, 512].filter((length) => length <= largest)) ?? 1;
  return rng() < 0.4 ? Math.max(1, near + whole(-1, 1)) : Math.max(1, Math.floor(largest ** rng()));
}

const KINDS = {
  gaussian: () => normal(),
  heavy: () => normal() / Math.abs(normal()),
  integer: () => whole(-2, 2),
  sparse: () => (rng() < 0.05 ? normal() : 0),
  ones: () => 1,
};
/** What is done to the whole matrix. */
const CHANGES = {
  none: (W) => W,
  graded: (W, { rows, cols }) =>
    W.map((value, k) => value * 2 ** -((40 * (k % cols)) / Math.max(1, cols)) * (rows > 0)),
  lowrank: (W, { cols }) => W.map((_, k) => W[k % cols] * W[Math.floor(k / cols) * cols] + (k % cols === 3 ? W[k] : 0)),
  scaled: (W) => W.map((value) => value * 2 ** 300),
  tiny: (W) => W.map((value) => value * 2 ** -300),
  growing: (W, { cols }) => W.map((value, k) => value * 2 ** (Math.floor(k / cols) / 8)),
};

function solve(engine, W, shape, { precision, piece }) {
  const task = engine.begin({ count: 1, ...shape }, { precision });
  for (let at = 0; at < W.length; at += piece * shape.cols) task.push(W.slice(at, at + piece * shape.cols));
  return task.finish();
}

/** The sum of squares, with the rounding of each addition carried along (Kahan). */
function squaredNorm(W) {
  let sum = 0;
  let lost = 0;
  for (const value of W) {
    const term = value * value - lost;
    const next = sum + term;
    lost = next - sum - term;
    sum = next;
  }
  return sum;
}

/**
 * Eigenvalues in f64, by the WebAssembly engine. From ones, every change makes a matrix of rank one, whose eigenvalue
 * is the sum of squares: WebAssembly's sums of equal terms, which round in the same direction, are off by up to 150 eps
 * there.
 */
function witness(kind, W, shape) {
  if (kind !== "ones") return solve(wasm, W, shape, { precision: "f64", piece: shape.rows }).eigenvalues;
  const values = new Float64Array(Math.min(shape.rows, shape.cols));
  values[values.length - 1] = squaredNorm(W);
  return values;
}

const addon = loadAddon(builtLibrary());
const engines = addon.targets.map((target) => [target, createNativeEngine(addon, { target })]);
const wasm = createWasmEngine();
const worst = {};
let failures = 0;
for (let k = 0; k < matrices; k++) {
  const shape = { rows: side(), cols: side() };
  const [kind, change] = [pick(Object.keys(KINDS)), pick(Object.keys(CHANGES))];
  const drawn = CHANGES[change](Float64Array.from({ length: shape.rows * shape.cols }, KINDS[kind]), shape);
  const W = rng() < 0.5 && change !== "scaled" && change !== "tiny" ? Float32Array.from(drawn) : drawn;
  const precision = pick(["f64", "f64", "mixed", "f32"]);
  const expected = witness(kind, W, shape);
  const lambdaMax = expected.at(-1);
  const pieces = [shape.rows, whole(1, shape.rows)];
  for (const [target, engine] of engines) {
    const [found, again] = pieces.map((piece) => solve(engine, W, shape, { precision, piece }));
    const error = found.eigenvalues.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0);
    const relative = lambdaMax === 0 ? error : error / lambdaMax;
    const name = `${target} ${found.precision[0]}`;
    worst[name] = Math.max(worst[name] ?? 0, relative);
    const bits = again.eigenvalues.every((value, i) => value === found.eigenvalues[i]);
    // Written so that NaN fails.
    if (relative <= MOST[found.precision[0]] && bits) continue;
    failures++;
    console.log(
      `FAILED: matrix ${k}, ${kind} ${change} ${shape.rows} x ${shape.cols}, ${target} ${precision}: ` +
        `${bits ? `off by ${relative.toExponential(2)} lambda_max` : `the bits depend on pieces of ${pieces[1]} rows`}`,
    );
  }
}
for (const [name, relative] of Object.entries(worst)) {
  const unit = name.endsWith("f64") ? ["eps", EPS] : ["2^-24", 2 ** -24];
  console.log(`${name}: at most ${(relative / unit[1]).toFixed(1)} ${unit[0]} lambda_max from the f64 witness`);
}
console.log(`${matrices} matrices from seed ${seed}, ${addon.targets.length} kinds of kernels, ${failures} failures`);
process.exitCode = failures > 0 ? 1 : 0;
