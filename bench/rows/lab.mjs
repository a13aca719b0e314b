// The training engines of the lab: images per processor second of one thread, beside PyTorch with one thread.
import { leNet5, miniAlexNet, quickMlp, shapesOf } from "../../dist/lab/networks/index.js";
import { trainEngine } from "../../dist/node/lab/train-engine.js";
import { interleaved, timed } from "../measure.mjs";
import { percentOfCeiling } from "./row.mjs";

/**
 * Of many examples none can be learnt by heart. If they were, gradients would vanish, and the time would be that of
 * tiny numbers.
 */
export const EXAMPLES = 512;

const mlp = { name: "quickMlp", title: "MLP 3072-512-512-10", network: quickMlp };
const alexNet = { name: "miniAlexNet", title: "MiniAlexNet", network: miniAlexNet };
/** `wanted`: of the ratio to PyTorch. Rows without it are those of bench/lab.mjs alone. */
export const TRAININGS = [
  { ...mlp, batch: 2, steps: 500, wanted: ">= 4" },
  { ...mlp, batch: 32, steps: 100 },
  { ...alexNet, batch: 2, steps: 40 },
  { ...alexNet, batch: 32, steps: 3, wanted: ">= 0.8" },
  { name: "leNet5", title: "LeNet5", network: leNet5, batch: 128, steps: 6 },
];

/**
 * Operations of one step per image: two per weight and pixel, for the outputs, the gradient of the weights, and that
 * of the inputs, which the first layer does not need.
 */
export function operationsPerImage(network) {
  const shapes = shapesOf(network);
  const products = network.layers.flatMap(({ type, kernel = 1 }, index) => {
    if (type !== "dense" && type !== "convolution") return [];
    const { input, output } = shapes[index];
    return [2 * output.height * output.width * output.channels * input.channels * kernel ** 2];
  });
  return products.reduce((sum, product, index) => sum + (index === 0 ? 2 : 3) * product, 0);
}

/** A trainer with random images. */
export async function openTrainer(engine, { network, batch }) {
  const { height, width, channels } = network.input;
  const trainer = await engine.open({ network, loss: "cross-entropy", batch, seed: 1, momentum: 0.9 });
  await trainer.load({
    count: EXAMPLES,
    images: new Float32Array(EXAMPLES * height * width * channels).map(() => 2 * Math.random() - 1),
    labels: Uint8Array.from({ length: EXAMPLES }, () => Math.floor(10 * Math.random())),
  });
  return trainer;
}

/** The training engines of this machine by name; of those that are not there, why. */
export async function engines(names) {
  return Promise.all(
    names.map(async (name) => {
      try {
        return { name, engine: await trainEngine(name) };
      } catch (cause) {
        return { name, missing: cause.message };
      }
    }),
  );
}

const TITLES = { native: "native", wasm: "WebAssembly" };

/** @param {import("./row.mjs").Bench} bench */
export async function trainings({ turns, quick, peer, ceilings, target }) {
  const torch = await peer("torch", 1);
  const found = await engines(["native", "wasm"]);
  const rows = [];
  for (const training of TRAININGS.filter(({ wanted }) => wanted !== undefined)) {
    const batch = quick ? 2 : training.batch;
    const steps = quick ? 1 : training.steps;
    const order = Uint32Array.from({ length: batch * steps }, (_, index) => index % EXAMPLES);
    const here = found.filter(({ engine }) => engine !== undefined);
    const trainers = await Promise.all(here.map(({ engine }) => openTrainer(engine, { ...training, batch })));
    const loops = await Promise.all(here.map(({ name }) => ceilings.of(name === "wasm" ? "wasm" : target, "f32")));
    const seconds = await interleaved(
      {
        ...(torch && { peer: () => torch.seconds("train", training.name, batch, steps) }),
        ...Object.fromEntries(
          here.flatMap(({ name }, k) => [
            [name, () => timed(() => trainers[k].train(order, { batch, rate: 0.001 }))],
            ...(loops[k] ? [[`ceiling ${name}`, loops[k].run]] : []),
          ]),
        ),
      },
      turns,
    );
    for (const trainer of trainers) trainer.close();
    const rate = (of) => (of === undefined ? null : order.length / of.processor);
    const theirs = rate(seconds.peer);
    found.forEach(({ name, missing }) => {
      const ours = rate(seconds[name]);
      const loop = loops[here.findIndex((one) => one.name === name)];
      rows.push({
        row: `${training.title}, b = ${batch}, ${TITLES[name]}`,
        unit: "images/s",
        ours,
        peer: theirs,
        beside: "PyTorch, one thread",
        ratio: ours === null || theirs === null ? null : ours / theirs,
        // The native engine is the one that is meant to be fast. The other one's ratio is for comparison.
        wanted: name === "native" ? training.wanted : "",
        ceiling: loop
          ? percentOfCeiling(
              { operations: order.length * operationsPerImage(training.network), seconds: seconds[name].processor },
              { operations: loop.operations, seconds: seconds[`ceiling ${name}`].processor },
            )
          : null,
        ...(missing && { missing }),
      });
    });
  }
  return rows;
}
