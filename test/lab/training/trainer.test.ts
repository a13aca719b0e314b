import { describe, expect, it } from "vitest";
import { tinyNetwork } from "#eigenscope/lab/networks/index.js";
import type { TrainEngine, TrainerOptions } from "#eigenscope/lab/training/engine.js";
import { planMemory } from "#eigenscope/lab/training/kernels/memory-plan.js";
import { referenceTrainEngine } from "#eigenscope/lab/training/reference-engine.js";
import { wasmKernelHost } from "#eigenscope/lab/training/wasm/kernels.js";
import { wasmTrainEngine } from "#eigenscope/lab/training/wasm-engine.js";
import { labEngineOf } from "#eigenscope/node/lab/native-train-engine.js";
import { addon, testedTargets } from "../../node/native/library.js";
import { gaussianExamples, inOrder } from "./probe-networks.js";

const options: TrainerOptions = { network: tinyNetwork, loss: "cross-entropy", batch: 4, seed: 1, momentum: 0.9 };
const examples = gaussianExamples(tinyNetwork, 8, 4);
const engines: [string, TrainEngine][] = [
  ["reference", referenceTrainEngine()],
  ["wasm", wasmTrainEngine()],
  ...testedTargets.map((target): [string, TrainEngine] => ["native", labEngineOf(addon!, target)]),
];

describe.each(engines)("a trainer of the %s engine", (_, engine) => {
  it.each<[Partial<TrainerOptions>, string]>([
    [{ batch: 0 }, "trainer: batch must be an integer from 1 to 4096, got 0"],
    [{ momentum: 1 }, "trainer: momentum must lie in [0, 1), got 1"],
    [{ weightDecay: -1 }, "trainer: weightDecay must be at least 0, got -1"],
    [{ seed: 0.5 }, "trainer: the seed must be an integer in [0, 2^32), got 0.5"],
  ])("is not opened with %j", async (wrong, message) => {
    await expect(engine.open({ ...options, ...wrong })).rejects.toThrow(new RangeError(message));
  });

  it("refuses examples, orders, batches and rates that do not fit", async () => {
    const trainer = await engine.open(options);
    await expect(trainer.train(inOrder(4), { batch: 4, rate: 0.1 })).rejects.toThrow("load examples before training");
    await expect(trainer.load({ ...examples, count: 7 })).rejects.toThrow(
      "trainer: 7 examples of 128 values need 896, got 1024",
    );
    await expect(trainer.load({ ...examples, labels: examples.labels.map(() => 4) })).rejects.toThrow(
      "trainer: label 4 of example 0 is not one of the network's 4 classes",
    );
    await trainer.load(examples);
    await expect(trainer.train(Uint32Array.of(0, 8), { batch: 2, rate: 0.1 })).rejects.toThrow(
      "there is no example 8, only 8",
    );
    await expect(trainer.train(inOrder(8), { batch: 5, rate: 0.1 })).rejects.toThrow(
      "batch must be an integer from 1 to 4",
    );
    await expect(trainer.train(inOrder(8), { batch: 4, rate: Number.NaN })).rejects.toThrow(
      "rate must be at least 0, got NaN",
    );
  });

  it("refuses a state of another network, and says what does not fit", async () => {
    const trainer = await engine.open(options);
    const state = await trainer.state();
    await expect(trainer.restore(state.slice(1))).rejects.toThrow('the state lacks the tensor "conv1.weight"');
    await expect(trainer.restore([...state, { ...state[0], name: "fc9.weight" }])).rejects.toThrow(
      'has a tensor "fc9.weight"',
    );
    await expect(trainer.restore([{ ...state[0], shape: [6, 3, 3, 2] }, ...state.slice(1)])).rejects.toThrow(
      'the tensor "conv1.weight" of the state is 6 x 3 x 3 x 2, that of the network 6 x 2 x 3 x 3',
    );
    await trainer.restore(state);
  });

  it("tells means over unequal batches, and changes nothing in an evaluation", async () => {
    const trainer = await engine.open(options);
    await trainer.load(examples);
    const before = await trainer.state();
    const whole = await trainer.evaluate(examples);
    expect(await trainer.state()).toEqual(before);
    expect(whole.examples).toBe(8);
    const parts = await Promise.all(
      [0, 3].map((from) => {
        const count = from === 0 ? 3 : 5;
        return trainer.evaluate({
          count,
          images: examples.images.subarray(from * 128, (from + count) * 128),
          labels: examples.labels.subarray(from, from + count),
        });
      }),
    );
    // Logits do not depend on the batch that they are computed in, up to the order of sums in f32.
    expect(whole.loss).toBeCloseTo((3 * parts[0].loss + 5 * parts[1].loss) / 8, 5);
    expect(whole.correct).toBe(parts[0].correct + parts[1].correct);
  });

  it("copies what it tells", async () => {
    const trainer = await engine.open(options);
    const [first] = await trainer.parameters();
    first.values.fill(7);
    expect((await trainer.parameters())[0].values[0]).not.toBe(7);
  });

  it("is of no use after it was closed", async () => {
    const trainer = await engine.open(options);
    trainer.close();
    await expect(trainer.parameters()).rejects.toThrow("the trainer was closed");
  });
});

describe("the memory of a training", () => {
  it("is refused past what WebAssembly can address, before anything is allocated", () => {
    const host = wasmKernelHost("plain");
    // One page is kept behind the last region.
    const most = 2 ** 32 - 2 * 65536;
    expect(() => host.allocate(most + 1, "it")).toThrow(
      /^it needs 4\.0 GiB, but WebAssembly can address at most 4 GiB; use a smaller batch$/,
    );
    expect(() => host.floats(65536, 1)).toThrow(RangeError);
  });

  it("begins every region at a cache line", () => {
    const plan = planMemory(1000);
    expect([plan.take(3), plan.take(17), plan.take(1), plan.end()]).toEqual([1024, 1088, 1216, 1280]);
  });
});

describe("dropout", () => {
  it("follows the seed, and a resumed training drops what an uninterrupted one would have", async () => {
    const engine = wasmTrainEngine();
    const losses = async (seed: number, pieces: number): Promise<number[]> => {
      const all: number[] = [];
      const state = await (await engine.open({ ...options, seed: 1 })).state();
      let trainer = await engine.open({ ...options, seed });
      await trainer.restore(state);
      for (let piece = 0; piece < pieces; piece++) {
        const kept = await trainer.state();
        trainer.close();
        trainer = await engine.open({ ...options, seed });
        await trainer.restore(kept);
        await trainer.load(examples);
        for (let step = 0; step < 6 / pieces; step++)
          all.push((await trainer.train(inOrder(4), { batch: 4, rate: 0.1 })).loss);
      }
      return all;
    };
    const whole = await losses(1, 1);
    expect(await losses(1, 3)).toEqual(whole);
    expect(await losses(2, 1)).not.toEqual(whole);
  });
});
