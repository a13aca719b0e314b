import v8 from "node:v8";
import { describe, expect, it } from "vitest";
import { tinyNetwork } from "#eigenscope/lab/networks/perceptrons.js";
import type { TrainEngine, TrainedTensor, TrainerOptions } from "#eigenscope/lab/training/engine.js";
import { referenceTrainEngine } from "#eigenscope/lab/training/reference-engine.js";
import { preferredBuild } from "#eigenscope/lab/training/wasm/kernels.js";
import { wasmTrainEngine } from "#eigenscope/lab/training/wasm-engine.js";
import { labEngineOf } from "#eigenscope/node/lab/native-train-engine.js";
import { addon } from "../../node/native/library.js";
import { gaussianExamples, inOrder, PROBES } from "./probe-networks.js";

// Before any kernel is compiled: Node 20 hides relaxed SIMD, and with it the fused build, behind a flag.
if (Number.parseInt(process.versions.node, 10) < 22) v8.setFlagsFromString("--experimental-wasm-relaxed-simd");

const builds = preferredBuild() === "fused" ? (["plain", "fused"] as const) : (["plain"] as const);
const ENGINES: [string, TrainEngine][] = [
  ...builds.map((build): [string, TrainEngine] => [`WebAssembly, ${build} build`, wasmTrainEngine({ build })]),
  ...(addon?.targets ?? []).map((target): [string, TrainEngine] => [`native, ${target}`, labEngineOf(addon!, target)]),
];
const reference = referenceTrainEngine();

async function trained(engine: TrainEngine, options: TrainerOptions, count: number) {
  const trainer = await engine.open(options);
  const examples = gaussianExamples(options.network, count);
  await trainer.load(examples);
  const steps = await trainer.train(inOrder(count), { batch: options.batch, rate: 0.05 });
  const evaluation = await trainer.evaluate(examples);
  const state = await trainer.state();
  trainer.close();
  return { steps, evaluation, state };
}

/** ||x - y||/||y||. */
function relativeDistance(x: Float32Array, y: Float32Array): number {
  let [difference, size] = [0, 0];
  y.forEach((value, index) => {
    difference += (x[index] - value) ** 2;
    size += value ** 2;
  });
  return Math.sqrt(difference / size);
}

describe.each(ENGINES)("the training engine on kernels, %s", (_, engine) => {
  // Five steps in f32: a sum of n products is off by sqrt(n) 2^-24 or so, here 1e-6; a normalisation divides that by
  // deviations down to sqrt(0.001).
  const TOLERANCE = 5e-5;

  describe.each(PROBES)("on $name", (network) => {
    // Normalised over a batch of one, a vector is zero: nothing to compare.
    const batches = network.name === "batch normalisation" ? [2, 3, 8] : [1, 2, 3, 8];
    it.each(batches)("trains as the reference does, batches of %i", async (batch) => {
      const options: TrainerOptions = {
        network,
        loss: "cross-entropy",
        batch,
        seed: 5,
        momentum: 0.9,
        weightDecay: 0.001,
      };
      const count = 4 * batch + Math.floor(batch / 2);
      const [told, expected] = [await trained(engine, options, count), await trained(reference, options, count)];
      // Losses of order 1: the steps' follow the weights (TOLERANCE is of all of them, a loss averages); the evaluation
      // divides by running deviations.
      expect(told.steps.loss).toBeCloseTo(expected.steps.loss, 5);
      expect(told.steps.correct).toBe(expected.steps.correct);
      expect(told.evaluation.loss).toBeCloseTo(expected.evaluation.loss, 4);
      expect(told.state.map(({ name, shape }) => ({ name, shape }))).toEqual(
        expected.state.map(({ name, shape }) => ({ name, shape })),
      );
      told.state.forEach(({ name, values }, index) => {
        expect(relativeDistance(values, expected.state[index].values), name).toBeLessThan(TOLERANCE);
      });
    });
  });

  it("trains as the reference does with batches over 256 and the mean squared error", async () => {
    const options: TrainerOptions = {
      // Its second layer has more inputs than are packed at once for so many rows.
      network: PROBES[1],
      loss: "mean-squared-error",
      batch: 515,
      seed: 2,
      momentum: 0.5,
    };
    const [told, expected] = [await trained(engine, options, 1030), await trained(reference, options, 1030)];
    // A loss of order 0.1 over 1030 examples: rounding of f32, averaged.
    expect(told.steps.loss).toBeCloseTo(expected.steps.loss, 6);
    told.state.forEach(({ name, values }, index) => {
      expect(relativeDistance(values, expected.state[index].values), name).toBeLessThan(TOLERANCE);
    });
  });

  it("gives the same bits again, and by way of a saved state", async () => {
    const options: TrainerOptions = { network: tinyNetwork, loss: "cross-entropy", batch: 6, seed: 9, momentum: 0.9 };
    const examples = gaussianExamples(tinyNetwork, 40, 4);
    const run = async (pieces: number[][]): Promise<TrainedTensor[]> => {
      let state: TrainedTensor[] | undefined;
      for (const [from, to] of pieces) {
        const trainer = await engine.open({ ...options, seed: 9 });
        await trainer.load(examples);
        if (state !== undefined) await trainer.restore(state);
        await trainer.train(inOrder(40).subarray(from, to), { batch: 6, rate: 0.02 });
        state = await trainer.state();
        trainer.close();
      }
      return state!;
    };
    const whole = await run([[0, 40]]);
    expect(await run([[0, 40]])).toEqual(whole);
    expect(
      await run([
        [0, 12],
        [12, 30],
        [30, 40],
      ]),
    ).toEqual(whole);
  });

  it("lets the velocities of weights that get no gradient end at zero, and NaN be NaN", async () => {
    const [network] = PROBES;
    const examples = gaussianExamples(network, 4);
    const velocityAfter = async (layer: string, image: number): Promise<Float32Array> => {
      const trainer = await engine.open({ network, loss: "cross-entropy", batch: 4, seed: 1, momentum: 0.5 });
      await trainer.load({ ...examples, images: examples.images.map(() => image) });
      const tensor = (state: TrainedTensor[]) => state.find(({ name }) => name === `${layer}.weight.velocity`)!.values;
      const state = await trainer.state();
      tensor(state).fill(2 ** -99.5);
      await trainer.restore(state);
      await trainer.train(inOrder(4), { batch: 4, rate: 0.1 });
      return tensor(await trainer.state());
    };
    // Black images give the first layer's weights no gradient.
    expect((await velocityAfter("a", 0)).every((velocity) => velocity === 0)).toBe(true);
    expect((await velocityAfter("logits", Number.NaN)).every(Number.isNaN)).toBe(true);
  });

  it("learns the tiny network's task by heart", async () => {
    const trainer = await engine.open({
      network: tinyNetwork,
      loss: "cross-entropy",
      batch: 10,
      seed: 1,
      momentum: 0.9,
    });
    const examples = gaussianExamples(tinyNetwork, 40, 4);
    await trainer.load(examples);
    for (let epoch = 0; epoch < 120; epoch++) await trainer.train(inOrder(40), { batch: 10, rate: 0.02 });
    expect((await trainer.evaluate(examples)).correct).toBeGreaterThan(36);
  });
});
