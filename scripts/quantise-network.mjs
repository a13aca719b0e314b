// node scripts/quantise-network.mjs [network] [folder] [--no-compare]: one network in the stored types that people use,
// and what `compare` says of each against float32. Needs a built package; the network of docs/compare.md also needs
// npm run networks.
//
// Writes fp32, fp16 and int8 (safetensors), int8 as ONNX with QuantizeLinear's layout, and GGUF as F16, Q8_0, Q4_0 and
// Q4_K, into the folder (default .cache/quantised). Then compares each with fp32.safetensors and prints the table of
// docs/compare.md as Markdown. Only layers of one matrix are written. llama.cpp does not know the architecture of this
// network: all files have its plain names. A network whose tensors have llama.cpp's names keeps them.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openModel } from "../dist/analysis/open-model.js";
import { resolveOptions } from "../dist/analysis/options.js";
import { namedFiles } from "../dist/node/open-input.js";
import { BLOCK_TYPES, quantiseBlocks } from "./network-files/ggml-blocks.mjs";
import { halfBytes } from "./network-files/half.mjs";
import { ggufFile, qdqFile, safetensorsFile } from "./network-files/writers.mjs";

const CACHE = fileURLToPath(new URL("../.cache/", import.meta.url));
const DEFAULT_NETWORK = join(CACHE, "networks/embeddings-en");

/** Scopes of a TensorFlow graph that say nothing; llama.cpp reads names of at most 63 bytes. */
const EMPTY_SCOPES = new Set([
  ...["module", "module_apply_default", "Encoder_en", "KonaTransformer", "Encode", "TransformerStack"],
  ...["TransformerLayer", "kernel", "part_0", "Tensordot", "Reshape_1", "ConcatPartitions", "concat"],
]);

const [network = DEFAULT_NETWORK, folder = join(CACHE, "quantised")] = process.argv
  .slice(2)
  .filter((arg) => !arg.startsWith("--"));
if (network === DEFAULT_NETWORK && !existsSync(network))
  throw new Error(`${network} is not there: npm run networks fetches it`);

const weights = await matricesOf(network);
mkdirSync(folder, { recursive: true });
const FILES = {
  "fp32.safetensors": () => safetensorsFile(weights.map((w) => ({ ...stored(w), type: "F32", bytes: f32Bytes(w) }))),
  "fp16.safetensors": () =>
    safetensorsFile(weights.map((w) => ({ ...stored(w), type: "F16", bytes: halfBytes(w.values) }))),
  "int8.safetensors": () => safetensorsFile(weights.flatMap(int8Tensors)),
  "int8.onnx": () => qdqFile(weights.map((w) => ({ ...stored(w), isTable: w.isTable, ...int8Of(w) }))),
  "F16.gguf": () => gguf((w) => ({ type: 1, bytes: halfBytes(w.values) })),
  ...Object.fromEntries(
    Object.entries(BLOCK_TYPES).map(([type, { number }]) => [
      `${type}.gguf`,
      () => gguf((w) => ({ type: number, bytes: quantiseBlocks(w.values, type, w.cols) })),
    ]),
  ),
};
for (const [name, write] of Object.entries(FILES)) writeFileSync(join(folder, name), write());
console.error(`${weights.length} matrices, ${Object.keys(FILES).length} files in ${folder}`);
if (!process.argv.includes("--no-compare")) await printComparisons();

/** The layers of one matrix each: {name, rows, cols, values, isTable}, with one row per output. */
async function matricesOf(path) {
  const input = await namedFiles(path);
  const model = await openModel(input, resolveOptions({}));
  const found = [];
  for (const layer of model.layers) {
    const { count, rows, cols } = layer.source;
    if (count !== 1) {
      console.error(`${layer.name}: left out, a stack of ${count} matrices`);
      continue;
    }
    const values = new Float32Array(rows * cols);
    let at = 0;
    for await (const block of layer.source.blocks()) {
      values.set(block, at);
      at += block.length;
    }
    const isTable = layer.type === "embedding";
    // TensorFlow has one column per output.
    const isTransposed = model.file.format === "tfjs" && !isTable;
    found.push({
      name: plainName(layer.name),
      isTable,
      ...(isTransposed ? transposed(values, rows, cols) : { rows, cols, values }),
    });
  }
  await model.file.close();
  if (new Set(found.map(({ name }) => name)).size < found.length) throw new Error("two layers have one plain name");
  return found;
}

function plainName(name) {
  if (!name.includes("/")) return name;
  return name
    .split("/")
    .filter((scope) => !EMPTY_SCOPES.has(scope))
    .join(".");
}

function transposed(values, rows, cols) {
  const turned = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) turned[j * rows + i] = values[i * cols + j];
  return { rows: cols, cols: rows, values: turned };
}

function stored({ name, rows, cols }) {
  return { name: `${name}.weight`, shape: [rows, cols] };
}

function f32Bytes({ values }) {
  return new Uint8Array(values.buffer);
}

function gguf(encode) {
  return ggufFile(
    weights.map((w) => ({ ...stored(w), ...encode(w) })),
    { architecture: "plain" },
  );
}

/** Codes with one scale per row, symmetric: w = scale q, q from -127 to 127. */
function int8Of({ rows, cols, values }) {
  const codes = new Int8Array(values.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const of = values.subarray(row * cols, (row + 1) * cols);
    scales[row] = of.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127;
    for (let col = 0; col < cols; col++)
      codes[row * cols + col] = scales[row] === 0 ? 0 : Math.round(of[col] / scales[row]);
  }
  return { codes: new Uint8Array(codes.buffer), scales: new Uint8Array(scales.buffer) };
}

/** As compressed-tensors stores int8 with a scale per row. */
function int8Tensors(weight) {
  const { name, shape } = stored(weight);
  const { codes, scales } = int8Of(weight);
  return [
    { name, shape, type: "I8", bytes: codes },
    { name: `${name}_scale`, shape: [shape[0], 1], type: "F32", bytes: scales },
  ];
}

/** Compares every file with fp32 and prints a row each. */
async function printComparisons() {
  const { compare } = await import("../dist/node/index.js");
  const [reference, ...others] = Object.keys(FILES);
  const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
  const of = (layers, read) => layers.map(read).filter((value) => value !== null);
  const percent = (value) => `${Number((100 * value).toPrecision(2))} %`;
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  const head = ["B", "layers", "kind", "relative change, median", "largest", "operator norm, largest"];
  head.push("spikes of A", "lost", "turned", "smallest overlap left", "right", "phases changed");
  console.log(`| ${head.join(" | ")} |\n|${" --- |".repeat(head.length)}`);
  for (const name of others) {
    const { layers, only_in_a, only_in_b, mismatched, summary } = await compare(
      join(folder, reference),
      join(folder, name),
    );
    if (only_in_a.length + only_in_b.length + mismatched.length > 0) throw new Error(`${name}: not every layer paired`);
    const relative = of(layers, ({ relative_change }) => relative_change);
    const cells = [
      name,
      layers.length,
      summary.kinds.map(({ kind, layers: count }) => `${count} ${kind}`).join(", "),
      percent(median(relative)),
      percent(Math.max(...relative)),
      percent(Math.max(...of(layers, ({ relative_change_operator }) => relative_change_operator))),
      sum(of(layers, ({ spikes_a }) => spikes_a)),
      sum(of(layers, ({ spikes_lost }) => spikes_lost)),
      sum(of(layers, ({ spikes_turned }) => spikes_turned)),
      Math.min(...of(layers, ({ overlap_left }) => overlap_left)).toFixed(4),
      Math.min(...of(layers, ({ overlap_right }) => overlap_right)).toFixed(4),
      layers.filter(({ phase_a, phase_b }) => phase_a !== phase_b).length,
    ];
    console.log(`| ${cells.join(" | ")} |`);
    console.error(`${name}: ${summary.headline} ${summary.stored_types ?? ""}`);
    if (process.argv.includes("--layers"))
      for (const layer of layers)
        console.error(JSON.stringify({ ...layer, columns: undefined, difference: undefined }));
  }
}
