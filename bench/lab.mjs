// node bench/lab.mjs [rounds]: the training engine on one core. First its products in GF/s against the machine's
// ceiling for 128-bit WebAssembly (the eighth part of the runs that was fastest counts), then images a second of the
// lab's networks beside PyTorch, or numpy, with one thread (medians of interleaved runs). All in processor time: on a
// shared machine wall time would tell of the neighbours. They still take from the caches and the memory's bandwidth,
// which the multilayer perceptron at small batch lives on: read ratios.
// node bench/lab.mjs [rounds] --engine webgpu: that engine beside the WebAssembly one instead, by the clock, since a
// GPU takes no processor time.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import v8 from "node:v8";
import asc from "assemblyscript/asc";
import { leNet5, miniAlexNet, quickMlp } from "../dist/lab/networks/index.js";
import { instantiateKernels, preferredBuild } from "../dist/lab/training/wasm/kernels.js";
import { wasmTrainEngine } from "../dist/lab/training/wasm-engine.js";
import { trainEngine } from "../dist/node/lab/train-engine.js";
import { startPeer } from "./lab-peer.mjs";

if (Number.parseInt(process.versions.node, 10) < 22) v8.setFlagsFromString("--experimental-wasm-relaxed-simd");

const { values: flags, positionals } = parseArgs({
  options: { engine: { type: "string", default: "wasm" } },
  allowPositionals: true,
});
const ROUNDS = Number(positionals[0] ?? 5);
/**
 * Of many examples no few can be learnt by heart, after which gradients would vanish and time be that of tiny numbers.
 */
const EXAMPLES = 512;
const build = preferredBuild();
if (flags.engine === "wasm") {
  await products();
  await trainings();
} else await beside(await trainEngine(flags.engine));

function processorSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

async function products() {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
  const kernels = instantiateKernels(build, memory);
  memory.grow(1024);
  // Six regions of 8 MiB.
  const [x, y, w, v, g, work] = [1, 2, 3, 4, 5, 6].map((region) => region * 2 ** 23);
  const product = (rows, inputs, units) => ({
    flops: 2 * rows * inputs * units,
    xRow: 4 * inputs,
    yRow: 4 * units,
    rows,
    inputs,
    units,
  });
  const conv = product(256, 2400, 256);
  const dense = product(32, 3072, 512);
  const ceiling = await ceilingRun();
  const runs = {
    ceiling,
    "convolution 2 of MiniAlexNet, 256 pixels, forward": {
      ...conv,
      call: () => kernels.addForward(x, conv.xRow, 256, 2400, w, 256, y, conv.yRow, work),
    },
    "the same, gradient of the input": {
      ...conv,
      call: () => kernels.addInputGradient(y, conv.yRow, 256, 256, w, 2400, x, conv.xRow, work),
    },
    "the same, gradient of the filters": {
      ...conv,
      call: () => kernels.addWeightGradient(x, conv.xRow, 256, 2400, y, conv.yRow, 256, g, work),
    },
    "3072 x 512, 32 examples, forward": {
      ...dense,
      call: () => kernels.addForward(x, dense.xRow, 32, 3072, w, 512, y, dense.yRow, work),
    },
    "the same, gradient and momentum step": {
      ...dense,
      call: () => kernels.descendAlongProduct(x, dense.xRow, 32, 3072, y, dense.yRow, 512, w, v, 0, 0.9, 0, work),
    },
  };
  const times = new Map(Object.keys(runs).map((name) => [name, []]));
  for (let round = 0; round < 100 * ROUNDS; round++) {
    for (const [name, { call }] of Object.entries(runs)) {
      const start = processorSeconds();
      call();
      times.get(name).push(processorSeconds() - start);
    }
  }
  const speed = (name) => runs[name].flops / times.get(name).sort((a, b) => a - b)[times.get(name).length >> 3] / 1e9;
  const most = speed("ceiling");
  console.log(`${build} build, Node ${process.version}; ceiling ${most.toFixed(1)} GF/s in f32:`);
  for (const name of Object.keys(runs).slice(1))
    console.log(
      `  ${name.padEnd(52)}${speed(name).toFixed(1).padStart(6)} GF/s  ${Math.round((100 * speed(name)) / most)}%`,
    );
}

/** Twelve independent chains of multiply-adds in registers: enough of them to hide the latency of two a cycle. */
async function ceilingRun() {
  const [steps, base] = [16_000, 65536];
  const chains = Array.from({ length: 12 }, (_, i) => `c${i}`);
  const entry = `import { multiplyAdd } from "./multiply-add";
    export function run(): void {
      ${chains.map((c, i) => `let ${c} = v128.splat<f32>(${i});`).join(" ")}
      const a = v128.splat<f32>(0.999), b = v128.splat<f32>(0.5);
      for (let k = ${steps}; k > 0; k--) { ${chains.map((c) => `${c} = multiplyAdd<f32>(a, b, ${c});`).join(" ")} }
      ${chains.map((c, i) => `v128.store(${base + i * 16}, ${c});`).join(" ")}
    }`;
  const folder = fileURLToPath(new URL("../kernels/", import.meta.url));
  let binary;
  const options = ["-O3", "--noAssert", "--runtime", "stub", "--initialMemory", "2", "--enable", "simd"];
  const features = build === "fused" ? ["--enable", "relaxed-simd"] : [];
  const { error, stderr } = await asc.main(["bench.ts", "--outFile", "bench.wasm", ...options, ...features], {
    readFile: (name) => (name === "bench.ts" ? entry : readFile(folder + name, "utf8").catch(() => null)),
    writeFile: (_, contents) => {
      binary = contents;
    },
    listFiles: () => [],
  });
  if (error) throw new Error(`the bench does not compile: ${stderr}`);
  const { run } = new WebAssembly.Instance(new WebAssembly.Module(binary)).exports;
  return { flops: chains.length * steps * 8, call: run };
}

function trainingCases() {
  return [
    ["quickMlp", quickMlp, 2, 500],
    ["quickMlp", quickMlp, 32, 100],
    ["miniAlexNet", miniAlexNet, 2, 40],
    ["miniAlexNet", miniAlexNet, 32, 3],
    ["leNet5", leNet5, 128, 6],
  ].map(([name, network, batch, steps]) => ({ name, network, batch, steps, ours: [], theirs: [] }));
}

async function trainings() {
  const cases = trainingCases();
  const peer = startPeer();
  for (const one of cases) {
    const trainer = await openTrainer(wasmTrainEngine(), one);
    const order = Uint32Array.from({ length: one.batch * one.steps }, (_, index) => index % EXAMPLES);
    // A first round is for the compilers.
    for (let round = -1; round < ROUNDS; round++) {
      const start = processorSeconds();
      await trainer.train(order, { batch: one.batch, rate: 0.001 });
      const ours = processorSeconds() - start;
      const theirs = await peer?.seconds(one.name, one.batch, one.steps);
      if (round < 0) continue;
      one.ours.push(order.length / ours);
      if (theirs !== undefined) one.theirs.push(order.length / theirs);
    }
    trainer.close();
  }
  peer?.end();

  console.log(
    `\nimages a processor second${peer ? `; ${peer.name} with one thread` : "; no python3 with PyTorch or numpy here"}`,
  );
  for (const { name, batch, ours, theirs } of cases) {
    const beside =
      theirs.length > 0
        ? `${median(theirs).toFixed(0).padStart(8)} ${(median(ours) / median(theirs)).toFixed(2).padStart(8)}`
        : "";
    console.log(`  ${`${name}, b = ${batch}`.padEnd(24)}${median(ours).toFixed(0).padStart(8)}${beside}`);
  }
}

/** Another engine beside the WebAssembly one, which trains on one core. */
async function beside(engine) {
  console.log(
    `images a second, the clock's; ${engine.name} (${engine.adapter ?? "processor"}) beside wasm on one core`,
  );
  for (const one of trainingCases()) {
    const order = Uint32Array.from({ length: one.batch * one.steps }, (_, index) => index % EXAMPLES);
    const trainers = [await openTrainer(engine, one), await openTrainer(wasmTrainEngine(), one)];
    for (let round = -1; round < ROUNDS; round++) {
      for (const [index, speeds] of [one.ours, one.theirs].entries()) {
        const start = performance.now();
        await trainers[index].train(order, { batch: one.batch, rate: 0.001 });
        if (round >= 0) speeds.push((1000 * order.length) / (performance.now() - start));
      }
    }
    for (const trainer of trainers) trainer.close();
    const [ours, theirs] = [median(one.ours), median(one.theirs)];
    const columns = [ours.toFixed(0), theirs.toFixed(0), (ours / theirs).toFixed(2)]
      .map((text) => text.padStart(9))
      .join("");
    console.log(`  ${`${one.name}, b = ${one.batch}`.padEnd(24)}${columns}`);
  }
}

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

async function openTrainer(engine, { network, batch }) {
  const { height, width, channels } = network.input;
  const trainer = await engine.open({ network, loss: "cross-entropy", batch, seed: 1, momentum: 0.9 });
  const images = new Float32Array(EXAMPLES * height * width * channels).map(() => 2 * Math.random() - 1);
  await trainer.load({
    count: EXAMPLES,
    images,
    labels: Uint8Array.from({ length: EXAMPLES }, () => Math.floor(10 * Math.random())),
  });
  return trainer;
}
