// node bench/lab.mjs [rounds]: the training engines on one core. First the products of the WebAssembly engine in GF/s
// and per cent of its ceiling (the eighth part of the runs that was fastest counts), then images per processor second
// of the lab's networks by each engine, beside PyTorch with one thread (medians of interleaved runs). Other processes
// still take from the caches and the memory's bandwidth, which the perceptron at small batches needs: read ratios.
//
// node bench/lab.mjs [rounds] --sweep: images per processor second of MiniAlexNet at each batch size of the preset
// paper/batch-size, by each engine of the processor, and the days of one core that its trainings take.
//
// node bench/lab.mjs [rounds] --engine webgpu: that engine beside the WebAssembly one instead, in wall time, because a
// GPU takes no processor time.
import { parseArgs } from "node:util";
import { preset } from "../dist/lab/index.js";
import { miniAlexNet } from "../dist/lab/networks/index.js";
import { instantiateKernels, preferredBuild } from "../dist/lab/training/wasm/kernels.js";
import { trainEngine } from "../dist/node/lab/train-engine.js";
import { allowRelaxedSimd } from "../dist/node/relaxed-simd.js";
import { openCeilings } from "./ceilings.mjs";
import { inFolder, interleaved, machine, timed } from "./measure.mjs";
import { startPeer } from "./peers.mjs";
import { EXAMPLES, engines, openTrainer, TRAININGS } from "./rows/lab.mjs";

allowRelaxedSimd();
const { values: flags, positionals } = parseArgs({
  options: { engine: { type: "string", default: "wasm" }, sweep: { type: "boolean", default: false } },
  allowPositionals: true,
});
const ROUNDS = Number(positionals[0] ?? 5);
/** Images of one measurement: small batches have many steps. */
const SWEEP_IMAGES = 128;
/** CIFAR-10. */
const TRAIN_IMAGES = 50_000;

console.log(machine());
if (flags.sweep) await sweep();
else if (flags.engine === "wasm") {
  await products();
  await trainings();
} else await besideWasm(await trainEngine(flags.engine));

async function products() {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
  const kernels = instantiateKernels(preferredBuild(), memory);
  memory.grow(1024);
  // Six regions of 8 MiB.
  const [x, y, w, v, g, work] = [1, 2, 3, 4, 5, 6].map((region) => region * 2 ** 23);
  const forward = (rows, inputs, units) => () =>
    kernels.addForward(x, 4 * inputs, rows, inputs, w, units, y, 4 * units, work);
  const runs = {
    "convolution 2 of MiniAlexNet, 256 pixels, forward": { sides: [256, 2400, 256], run: forward(256, 2400, 256) },
    "the same, gradient of the input": {
      sides: [256, 2400, 256],
      run: () => kernels.addInputGradient(y, 1024, 256, 256, w, 2400, x, 9600, work),
    },
    "the same, gradient of the filters": {
      sides: [256, 2400, 256],
      run: () => kernels.addWeightGradient(x, 9600, 256, 2400, y, 1024, 256, g, work),
    },
    "3072 x 512, 32 examples, forward": { sides: [32, 3072, 512], run: forward(32, 3072, 512) },
    "the same, gradient and momentum step": {
      sides: [32, 3072, 512],
      run: () => kernels.descendAlongProduct(x, 12288, 32, 3072, y, 2048, 512, w, v, 0, 0.9, 0, work),
    },
  };
  await inFolder(async (folder) => {
    const ceilings = await openCeilings(folder);
    const { operations, run } = await ceilings.of("wasm", "f32");
    const speeds = { ceiling: [] };
    for (const name of Object.keys(runs)) speeds[name] = [];
    for (let round = 0; round < 100 * ROUNDS; round++) {
      speeds.ceiling.push(operations / run().processor);
      for (const [name, { sides, run }] of Object.entries(runs)) {
        const { processor } = await timed(run);
        speeds[name].push((2 * sides[0] * sides[1] * sides[2]) / processor);
      }
    }
    ceilings.end();
    const best = (name) => speeds[name].sort((a, b) => b - a)[speeds[name].length >> 3] / 1e9;
    const most = best("ceiling");
    console.log(`WebAssembly, ${preferredBuild()} build; ceiling ${most.toFixed(1)} GF/s in f32:`);
    for (const name of Object.keys(runs)) {
      const share = Math.round((100 * best(name)) / most);
      console.log(`  ${name.padEnd(52)}${best(name).toFixed(1).padStart(6)} GF/s  ${share}%`);
    }
  });
}

/** The order of so many steps. */
const orderOf = ({ batch, steps }) => Uint32Array.from({ length: batch * steps }, (_, index) => index % EXAMPLES);

async function trainings() {
  const torch = await startPeer("torch", 1);
  const found = await engines(["wasm", "native"]);
  for (const { name, missing } of found) if (missing !== undefined) console.log(`${name}: ${missing}`);
  console.log(`images per processor second; ${torch?.name ?? "no peer: no python3 with torch"}`);
  for (const training of TRAININGS) {
    const { name, title, batch, steps } = training;
    const order = orderOf(training);
    const trainers = await Promise.all(
      found
        .filter(({ engine }) => engine !== undefined)
        .map(async ({ name, engine }) => [name, await openTrainer(engine, training)]),
    );
    const seconds = await interleaved(
      {
        ...Object.fromEntries(
          trainers.map(([name, trainer]) => [name, () => timed(() => trainer.train(order, { batch, rate: 0.001 }))]),
        ),
        ...(torch && { torch: () => torch.seconds("train", name, batch, steps) }),
      },
      { rounds: ROUNDS },
    );
    for (const [, trainer] of trainers) trainer.close();
    const cells = Object.entries(seconds).map(([name, { processor }]) => {
      const ratio =
        torch === undefined || name === "torch" ? "" : ` (${(seconds.torch.processor / processor).toFixed(2)})`;
      return `${name} ${(order.length / processor).toFixed(0)}${ratio}`.padEnd(24);
    });
    console.log(`  ${`${title}, b = ${batch}`.padEnd(28)}${cells.join("")}`.trimEnd());
  }
  torch?.end();
}

async function sweep() {
  const { length, axes } = preset("paper/batch-size");
  const found = (await engines(["wasm", "native"])).filter(({ engine }) => engine !== undefined);
  const days = new Map(found.map(({ name }) => [name, 0]));
  console.log(`images per processor second of MiniAlexNet: b, ${found.map(({ engine }) => engine.name).join(", ")}`);
  for (const batch of axes.batch) {
    const order = Uint32Array.from({ length: Math.max(SWEEP_IMAGES, batch) }, (_, index) => index % EXAMPLES);
    const trainers = [];
    for (const { name, engine } of found)
      trainers.push([name, await openTrainer(engine, { network: miniAlexNet, batch })]);
    const runs = trainers.map(([name, trainer]) => [
      name,
      () => timed(() => trainer.train(order, { batch, rate: 0.001 })),
    ]);
    const seconds = await interleaved(Object.fromEntries(runs), { rounds: ROUNDS });
    for (const [, trainer] of trainers) trainer.close();
    const rates = trainers.map(([name]) => {
      const rate = order.length / seconds[name].processor;
      days.set(name, days.get(name) + (axes.seed.length * length.epochs * TRAIN_IMAGES) / rate / 86_400);
      return rate.toFixed(0).padStart(8);
    });
    console.log(`  ${String(batch).padStart(4)}${rates.join("")}`);
  }
  for (const [name, count] of days)
    console.log(`paper/batch-size by ${name}: ${count.toFixed(1)} days of one core, without evaluations`);
}

/** Another engine beside the WebAssembly one, which trains on one core. */
async function besideWasm(engine) {
  console.log(`images per second of wall time: ${engine.name} (${engine.adapter ?? "processor"}), wasm on one core`);
  const wasm = await trainEngine("wasm");
  for (const training of TRAININGS) {
    const { title, batch } = training;
    const order = orderOf(training);
    const [own, other] = [await openTrainer(engine, training), await openTrainer(wasm, training)];
    const run = (trainer) => () => timed(() => trainer.train(order, { batch, rate: 0.001 }));
    const seconds = await interleaved({ ours: run(own), wasm: run(other) }, { rounds: ROUNDS });
    own.close();
    other.close();
    const [ours, theirs] = [order.length / seconds.ours.wall, order.length / seconds.wasm.wall];
    const columns = [ours.toFixed(0), theirs.toFixed(0), (ours / theirs).toFixed(2)];
    console.log(`  ${`${title}, b = ${batch}`.padEnd(28)}${columns.map((text) => text.padStart(9)).join("")}`);
  }
}
