import v8 from "node:v8";
import { beforeAll, describe, expect, it } from "vitest";
import { leNet5, miniAlexNetWith, type Network } from "#eigenscope/lab/networks/index.js";
import { elementsOf, type Parameter, parametersOf } from "#eigenscope/lab/networks/parameters.js";
import { sizeOf } from "#eigenscope/lab/networks/shapes.js";
import type { Examples, TrainEngine, TrainedTensor } from "#eigenscope/lab/training/engine.js";
import { wasmTrainEngine } from "#eigenscope/lab/training/wasm-engine.js";
import { labEngineOf } from "#eigenscope/node/lab/native-train-engine.js";
import leNetGolden from "../../goldens/lab/lenet5.json" with { type: "json" };
import miniAlexNetGolden from "../../goldens/lab/mini-alexnet.json" with { type: "json" };
import { addon, testedTargets } from "../../node/native/library.js";

// Before any kernel is compiled: Node 20 hides relaxed SIMD, and with it the fused build, behind a flag.
if (Number.parseInt(process.versions.node, 10) < 22) v8.setFlagsFromString("--experimental-wasm-relaxed-simd");

// What scripts/goldens/lab.py trains in f64. Weights and images come from the hash that stands there.
const STEPS = 20;
const BATCH = 8;
const CLASSES = 10;
const CASES = [
  { network: leNet5, golden: leNetGolden, seed: 1, loss: "cross-entropy", weightDecay: 5e-4 },
  {
    network: miniAlexNetWith({ l2Fc1: 1e-4 }),
    golden: miniAlexNetGolden,
    seed: 155,
    loss: "mean-squared-error",
    weightDecay: 0,
  },
] as const;
const ENGINES: { engine: TrainEngine }[] = [
  { engine: wasmTrainEngine() },
  ...testedTargets.map((target) => ({ engine: labEngineOf(addon!, target) })),
];
const TRAININGS = CASES.flatMap((example) => ENGINES.map(({ engine }) => ({ ...example, engine, by: engine.name })));

/** Number `index` of a stream: the finaliser of MurmurHash3 over a counter. */
function hashed(seed: number, stream: number, index: number): number {
  let z = (Math.imul(index, 0x9e3779b9) + Math.imul(seed, 0x85ebca6b) + Math.imul(stream, 0x27d4eb2f)) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return (z ^ (z >>> 16)) >>> 0;
}

const symmetric = (seed: number, stream: number, count: number, limit: number): Float32Array =>
  new Float32Array(count).map((_, index) => (((hashed(seed, stream, index) >>> 8) + 0.5) / 2 ** 23 - 1) * limit);

function initialValues({ shape, role }: Parameter, stream: number, seed: number): Float32Array {
  const size = elementsOf(shape);
  if (role === "running-mean") return new Float32Array(size);
  if (role === "running-variance") return new Float32Array(size).fill(1);
  const limit = role === "weight" ? Math.sqrt(6 / ((shape[0] + shape[1]) * elementsOf(shape.slice(2)))) : 0.125;
  const values = symmetric(seed, stream, size, limit);
  return role === "scale" ? values.map((value) => 1 + value) : values;
}

function examplesOf({ seed, network }: { seed: number; network: Network }): Examples {
  const count = STEPS * BATCH;
  const images = symmetric(seed, 100, count * sizeOf(network.input), 1);
  return {
    count,
    images,
    labels: Uint8Array.from({ length: count }, (_, index) => hashed(seed, 101, index) % CLASSES),
  };
}

const norm = (values: Iterable<number>): number =>
  Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0));

describe.each(TRAININGS)("$network.name by $by, as by numpy in f64 on the same batches, after 20 steps", (example) => {
  const { engine, network, golden, seed, loss, weightDecay } = example;
  let [losses, initial, final]: [number[], TrainedTensor[], TrainedTensor[]] = [[], [], []];

  beforeAll(async () => {
    const trainer = await engine.open({ network, loss, batch: BATCH, seed, momentum: 0.9, weightDecay });
    initial = parametersOf(network).map((parameter, stream) => ({
      name: parameter.name,
      shape: parameter.shape,
      values: initialValues(parameter, stream, seed),
    }));
    // Velocities and the number of steps as a new trainer has them: zero.
    const rest = (await trainer.state()).filter(({ name }) => !initial.some((tensor) => tensor.name === name));
    await trainer.restore([...initial, ...rest]);
    await trainer.load(examplesOf(example));
    for (let step = 0; step < STEPS; step++) {
      const order = Uint32Array.from({ length: BATCH }, (_, index) => step * BATCH + index);
      losses.push((await trainer.train(order, { batch: BATCH, rate: 0.01 })).loss);
    }
    final = await trainer.parameters();
    trainer.close();
  });

  it("has the losses within 1e-4", () => {
    losses.forEach((told, step) => {
      expect(Math.abs(told / golden.losses[step] - 1), `step ${step}`).toBeLessThan(1e-4);
    });
  });

  it("has the weights, and what they changed by, within 1e-4", () => {
    const tensors: Record<string, (typeof leNetGolden.tensors)["conv1.weight"]> = golden.tensors as never;
    expect(final.map(({ name }) => name)).toEqual(Object.keys(tensors));
    final.forEach(({ name, values }, stream) => {
      const expected = tensors[name];
      const change = Float64Array.from(values, (value, index) => value - initial[stream].values[index]);
      const along = change.reduce(
        (sum, value, index) => sum + (hashed(seed, 200 + stream, index) & 1 ? value : -value),
        0,
      );
      expect(Math.abs(norm(values) / expected.norm - 1), `${name}: norm`).toBeLessThan(1e-4);
      // Each of the 20 updates rounds the weights to f32; where they hardly change (scales stay at 1) that is more than
      // 1e-4 of the change.
      const near = 1e-4 * expected.changeNorm + Math.sqrt(STEPS) * 2 ** -24 * expected.norm;
      expect(Math.abs(norm(change) - expected.changeNorm), `${name}: norm of the change`).toBeLessThan(near);
      // A sum with random signs is of the size of the norm.
      expect(Math.abs(along - expected.changeAlongSigns), `${name}: along signs`).toBeLessThan(near);
      for (const [index, entry] of Object.entries(expected.entries)) {
        expect(
          Math.abs(values[Number(index)] - entry) / (expected.norm / Math.sqrt(values.length)),
          `${name}[${index}]`,
        ).toBeLessThan(1e-4);
      }
    });
  });
});
