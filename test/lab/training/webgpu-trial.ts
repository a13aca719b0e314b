import { expect } from "vitest";
import type * as Lab from "#eigenscope/lab/index.js";

/** What one network's trial on a GPU gave. */
export interface TrialResult {
  readonly network: string;
  /** Largest |loss/expected - 1| of a step, and of the evaluation after them. */
  readonly loss: number;
  /** Largest ||W - expected||/||expected|| of a tensor of the state (velocities too), and its name. */
  readonly weights: readonly [distance: number, name: string];
  /** Bit for bit: two evaluations in turn; a second training; one that was resumed. */
  readonly same: { readonly evaluation: boolean; readonly training: boolean; readonly resumed: boolean };
  /** Loss and accuracy of a training that a far too large rate has destroyed. */
  readonly destroyed: Lab.StepResult;
  /** What a trainer says whose device was lost. */
  readonly lost: string;
}

/**
 * Trains small networks on `gpu` beside the WebAssembly engine. It runs where there is a GPU (a page, a process of its
 * own) and so goes there as text: it names nothing outside itself.
 */
export async function trial(
  lab: typeof Lab,
  gpu: GPU,
): Promise<{ readonly adapter: string | undefined; readonly results: TrialResult[] }> {
  const STEPS = 8;
  const CUT = 5;
  const relu = { activation: "relu", bias: 0.1 } as const;
  /** `room`: the largest batch, for which all is planned. */
  const cases: { network: Lab.Network; loss: Lab.Loss; batch: number; room: number; weightDecay?: number }[] = [
    {
      network: {
        name: "perceptron",
        input: { height: 9, width: 7, channels: 3 },
        layers: [
          { type: "flatten" },
          { type: "dense", name: "a", units: 90, l2: 0.01, ...relu },
          { type: "dense", name: "b", units: 37, ...relu },
          { type: "dense", name: "logits", units: 10 },
        ],
      },
      loss: "cross-entropy",
      batch: 9,
      room: 9,
      weightDecay: 0.001,
    },
    {
      // With so much room the convolutions' products take large tiles, and their gradients several shares.
      network: {
        name: "as LeNet5",
        input: { height: 12, width: 12, channels: 1 },
        layers: [
          { type: "convolution", name: "conv1", filters: 6, kernel: 5, ...relu },
          { type: "max-pooling", size: 2, stride: 2 },
          { type: "convolution", name: "conv2", filters: 10, kernel: 3, padding: "valid", ...relu },
          { type: "max-pooling", size: 2, stride: 2, padding: "valid" },
          { type: "flatten" },
          { type: "dense", name: "fc1", units: 40, ...relu },
          { type: "dense", name: "fc2", units: 10 },
        ],
      },
      loss: "mean-squared-error",
      batch: 7,
      room: 32,
    },
    {
      network: {
        name: "as MiniAlexNet",
        input: { height: 10, width: 11, channels: 3 },
        layers: [
          { type: "convolution", name: "conv1", filters: 12, kernel: 3, ...relu },
          { type: "max-pooling", size: 3, stride: 3 },
          { type: "batch-normalisation", name: "bn1" },
          { type: "dropout", rate: 0.2 },
          { type: "convolution", name: "conv2", filters: 9, kernel: 2, l2: 0.01, ...relu },
          { type: "max-pooling", size: 3, stride: 2 },
          { type: "batch-normalisation", name: "bn2", momentum: 0.9 },
          { type: "flatten" },
          { type: "dense", name: "fc1", units: 32, l2: 0.02, ...relu },
          { type: "dropout", rate: 0.3 },
          { type: "dense", name: "fc2", units: 10 },
        ],
      },
      loss: "cross-entropy",
      batch: 8,
      room: 10,
    },
  ];

  /**
   * The last device that was given, with a smaller grid where `grid` says so: kernels then run in several rows of
   * workgroups.
   */
  let device: GPUDevice | undefined;
  let grid: number | undefined;
  const watched = {
    async requestAdapter(options?: GPURequestAdapterOptions) {
      const adapter = await gpu.requestAdapter(options);
      const requestDevice = adapter?.requestDevice.bind(adapter);
      if (adapter === null || requestDevice === undefined) return null;
      adapter.requestDevice = async (descriptor) => {
        device = await requestDevice(descriptor);
        if (grid !== undefined)
          Object.defineProperty(device, "limits", { value: { maxComputeWorkgroupsPerDimension: grid } });
        return device;
      };
      return adapter;
    },
  } as GPU;

  const isSame = (a: readonly Lab.TrainedTensor[], b: readonly Lab.TrainedTensor[]): boolean =>
    a.every(({ name, values }, index) => {
      const bits = (array: Float32Array): Uint32Array => new Uint32Array(array.buffer, array.byteOffset, array.length);
      const other = bits(b[index].values);
      return b[index].name === name && bits(values).every((word, place) => word === other[place]);
    });
  const distance = (x: Float32Array, y: Float32Array): number => {
    const norm = (values: Float32Array): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
    return norm(x.map((value, index) => value - y[index])) / (norm(y) || 1);
  };
  /**
   * Numbers in (-1, 1) from an integer hash, with a slope that the label gives, so that there is something to learn.
   */
  const examplesOf = ({ input: { height, width, channels } }: Lab.Network, count: number): Lab.Examples => {
    const size = height * width * channels;
    const labels = Uint8Array.from({ length: count }, (_, index) => index % 10);
    const images = Float32Array.from({ length: count * size }, (_, index) => {
      const z = Math.imul((index + 1) ^ (index >>> 15), 0x85ebca6b);
      const noise = (Math.imul(z ^ (z >>> 13), 0xc2b2ae35) >> 8) / 2 ** 23;
      return noise + Math.sin(((index % size) * (1 + labels[Math.floor(index / size)])) / size);
    });
    return { count, images, labels };
  };

  const engine = await lab.webgpuEngine({ gpu: watched });
  const expected = lab.wasmTrainEngine();
  const results: TrialResult[] = [];
  for (const { network, loss, batch, room, weightDecay } of cases) {
    const options = { network, loss, batch: room, weightDecay, seed: 3, momentum: 0.9 };
    const examples = examplesOf(network, STEPS * batch - 2);
    const order = Uint32Array.from({ length: examples.count }, (_, index) => index);
    const schedule = { batch, rate: 0.02 };
    const few = examplesOf(network, 2 * room - 1);
    const trained = async (from: Lab.TrainEngine) => {
      const trainer = await from.open(options);
      await trainer.load(examples);
      const losses: number[] = [];
      let middle: Lab.TrainedTensor[] = [];
      for (let step = 0; step < STEPS; step++) {
        losses.push((await trainer.train(order.subarray(step * batch, (step + 1) * batch), schedule)).loss);
        if (step === CUT - 1) middle = await trainer.state();
      }
      const state = await trainer.state();
      const [evaluation, again] = [await trainer.evaluate(few), await trainer.evaluate(few)];
      trainer.close();
      return { middle, state, losses: [...losses, evaluation.loss], same: evaluation.loss === again.loss };
    };
    const [told, wanted] = [await trained(engine), await trained(expected)];

    grid = 5;
    const second = await engine.open(options);
    await second.load(examples);
    await second.train(order.subarray(0, CUT * batch), schedule);
    const training = isSame(await second.state(), told.middle);
    // From a copy that has been out of the GPU, into a trainer that is elsewhere.
    await second.train(order.subarray(0, batch), schedule);
    await second.restore(told.middle);
    await second.train(order.subarray(CUT * batch), schedule);
    const resumed = isSame(await second.state(), told.state);
    await second.train(order.subarray(0, 2 * batch), { batch, rate: 1e30 });
    const destroyed = await second.train(order.subarray(0, 2 * batch), schedule);
    device?.destroy();
    const lost = await second.train(order, schedule).then(
      () => "nothing",
      (error: Error) => error.message,
    );
    second.close();
    grid = undefined;

    const distances = told.state.map(
      ({ name, values }, index) => [distance(values, wanted.state[index].values), name] as const,
    );
    results.push({
      network: network.name,
      loss: Math.max(...told.losses.map((value, index) => Math.abs(value / wanted.losses[index] - 1))),
      weights: distances.reduce((a, b) => (b[0] > a[0] || Number.isNaN(b[0]) ? b : a)),
      same: { evaluation: told.same, training, resumed },
      destroyed: { ...destroyed, loss: Number.isFinite(destroyed.loss) ? destroyed.loss : Number.NaN },
      lost,
    });
  }
  return { adapter: engine.adapter, results };
}

/**
 * Eight steps in f32, rounded otherwise than the other engine's: `TOLERANCE` of wasm-engine.test.ts, for its five
 * steps.
 */
const TOLERANCE = 5e-5;

/** What every adapter must show in a trial. */
export function expectAgreement({ adapter, results }: Awaited<ReturnType<typeof trial>>): void {
  expect(adapter).toBeTruthy();
  expect(results).toHaveLength(3);
  for (const { network, loss, weights, same, destroyed, lost } of results) {
    expect(loss, `${network}: losses`).toBeLessThan(TOLERANCE);
    expect(weights[0], `${network}: ${weights[1]}`).toBeLessThan(TOLERANCE);
    expect(same, network).toEqual({ evaluation: true, training: true, resumed: true });
    expect(destroyed.loss, `${network}: loss`).toBeNaN();
    expect(lost).toMatch(/^the GPU stopped in the middle of a training \(.+\).*from its last state$/);
  }
}
