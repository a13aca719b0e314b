import { elementsOf } from "../../networks/parameters.js";
import { shapesOf, sizeOf } from "../../networks/shapes.js";
import { dropoutPattern } from "../dropout.js";
import type { Examples, StepResult, TrainedTensor, TrainerOptions } from "../engine.js";
import { initialWeights } from "../initial-weights.js";
import { type Batches, gather, type Learner, sumOf, type TensorForm } from "../learner.js";
import { softmaxLoss } from "../softmax-loss.js";
import type { PlannedBuffer } from "./buffer-plan.js";
import type { StoredTensor } from "./layer.js";
import { buildMachine, type Machine } from "./machine.js";
import { type NetworkPass, planNetwork } from "./network-plan.js";
import { findAdapter, openDevice } from "./open-device.js";
import type { StepValues } from "./step-values.js";
import { SUMS } from "./sum-of-squares.js";

/** Most numbers of logits and penalties that are read at once (4 MiB). */
const MAX_READ_NUMBERS = 2 ** 20;
/** Most batches whose results are read at once. With more, the wait for the GPU per batch would not shrink further. */
const MAX_SLOTS = 512;
/** Most numbers of images in the queue (64 MiB). Submitted images stay in memory until the GPU has processed them. */
const MAX_QUEUED_NUMBERS = 2 ** 24;

/** How many batches are read at once, for results of `slot` numbers per batch. */
export function slotsOf(slot: number): number {
  return Math.min(MAX_SLOTS, Math.max(1, Math.floor(MAX_READ_NUMBERS / slot)));
}

/**
 * Groups consecutive batches. A group has at most `slots` batches and at most `examples` examples, unless a single
 * batch has more.
 */
export function groupsOf(
  batches: readonly Uint32Array[],
  { slots, examples }: { readonly slots: number; readonly examples: number },
): Uint32Array[][] {
  const groups: Uint32Array[][] = [];
  let waiting = 0;
  for (const batch of batches) {
    const group = groups.at(-1);
    waiting += batch.length;
    if (group !== undefined && group.length < slots && waiting <= examples) {
      group.push(batch);
    } else {
      groups.push([batch]);
      waiting = batch.length;
    }
  }
  return groups;
}

/** A tensor as the trainer names it (values or velocities), and its position on the GPU. */
interface PlacedTensor extends TensorForm {
  readonly buffer: PlannedBuffer;
  readonly place: StoredTensor["place"];
}

/**
 * The network in f32 on a GPU. Batches are written and logits are read for many steps at once. Losses are computed from
 * the logits in f64, as in the other engines. Throws as `shapesOf`, `findAdapter`, `openDevice` and `buildMachine`.
 */
export async function createGpuLearner(gpu: GPU, options: TrainerOptions): Promise<Learner> {
  const { network, loss, batch: largest, seed } = options;
  const plan = planNetwork(options);
  const imageSize = sizeOf(network.input);
  const classes = sizeOf(shapesOf(network).at(-1)!.output);
  const { strengths, sums } = plan.penalties;
  const slot = largest * classes + SUMS * strengths.length;
  const slots = slotsOf(slot);
  const subject = `a training of the network "${network.name}" with batches of ${largest}`;
  const device = await openDevice(await findAdapter(gpu), {
    buffers: plan.buffers,
    readingBytes: 4 * slot * slots,
    subject,
  });
  const machine = await buildMachine({
    device,
    buffers: plan.buffers,
    kernels: [...new Set([...plan.step.kernels, ...plan.evaluation.kernels])],
    dropouts: plan.dropouts.length,
    slot,
    slots,
    subject,
  });

  const parameters = plan.tensors.map(({ parameter: { name, shape }, values: buffer, place }) => ({
    name,
    shape,
    buffer,
    place,
  }));
  const velocities = plan.tensors.flatMap(({ parameter: { name, shape }, velocities: buffer, place }) =>
    buffer === undefined ? [] : [{ name: `${name}.velocity`, shape, buffer, place }],
  );
  const tensors = new Map([...parameters, ...velocities].map((tensor) => [tensor.name, tensor]));
  writeTensors(machine, parameters, new Map(initialWeights(network, seed).map(({ name, values }) => [name, values])));

  const images = new Float32Array(largest * imageSize);
  const labels = new Uint32Array(largest);
  const put = (examples: Examples, indices: Uint32Array): void => {
    gather(examples, indices, { images, labels, imageSize });
    machine.write(plan.input, images.subarray(0, indices.length * imageSize));
    machine.write(plan.labels, labels.subarray(0, indices.length));
  };

  /**
   * Submits all batches and computes the results from their logits, and from the penalties in a step. `values` gets the
   * number of each batch.
   */
  async function overBatches(
    pass: NetworkPass,
    { examples, batches }: Batches,
    values: (number: number) => Omit<StepValues, "count">,
  ) {
    const results: StepResult[] = [];
    const penalised = pass === plan.step ? strengths : [];
    let number = 0;
    for (const group of groupsOf(batches, { slots, examples: Math.floor(MAX_QUEUED_NUMBERS / imageSize) })) {
      group.forEach((indices, place) => {
        put(examples, indices);
        const pieces = [
          { buffer: pass.logits, count: indices.length * classes },
          { buffer: sums, count: SUMS * penalised.length },
        ];
        machine.run(pass.kernels, { ...values(number++), count: indices.length }, { slot: place, pieces });
      });
      const read = await machine.readings(group.length * slot);
      group.forEach((indices, place) => {
        const count = indices.length;
        const logits = read.subarray(place * slot, (place + 1) * slot);
        const batch = softmaxLoss({
          loss,
          logits,
          labels: Uint8Array.from(indices, (index) => examples.labels[index]),
          count,
          classes,
        });
        const penalty = penaltyOf(logits.subarray(count * classes), penalised);
        results.push({ loss: batch.loss + count * penalty, correct: batch.correct, examples: count });
      });
    }
    return sumOf(results);
  }

  return {
    parameters,
    velocities,

    learn({ first, rate, ...batches }) {
      const keysOf = (step: number): number[] =>
        plan.dropouts.map((place) => dropoutPattern({ seed, step, ...place }).key);
      return overBatches(plan.step, batches, (number) => ({ rate, keys: keysOf(first + number) }));
    },

    evaluate: (batches) => overBatches(plan.evaluation, batches, () => ({ rate: 0, keys: plan.dropouts.map(() => 0) })),

    async read(forms) {
      const placed = forms.map(({ name }) => tensors.get(name)!);
      const stored = await machine.read([...new Set(placed.map(({ buffer }) => buffer))]);
      return placed.map(({ name, shape, buffer, place }): TrainedTensor => {
        const from = stored.get(buffer)!;
        return { name, shape, values: new Float32Array(elementsOf(shape)).map((_, index) => from[place(index)]) };
      });
    },

    async write(values) {
      writeTensors(machine, [...tensors.values()], values);
    },

    close: () => machine.close(),
  };
}

/** Writes whole buffers, each from all tensors stored in it. */
function writeTensors(
  machine: Machine,
  tensors: readonly PlacedTensor[],
  values: ReadonlyMap<string, Float32Array>,
): void {
  const stored = new Map<PlannedBuffer, Float32Array<ArrayBuffer>>();
  for (const { name, buffer, place } of tensors) {
    const to = stored.get(buffer) ?? new Float32Array(buffer.count);
    stored.set(buffer, to);
    values.get(name)!.forEach((value, index) => {
      to[place(index)] = value;
    });
  }
  for (const [buffer, numbers] of stored) machine.write(buffer, numbers);
}

/** Sum over the layers of l2 times the sum of their squared weights. Each sum comes in `SUMS` parts. */
function penaltyOf(parts: Float32Array, strengths: readonly number[]): number {
  return strengths.reduce((sum, strength, layer) => {
    const own = parts.subarray(layer * SUMS, (layer + 1) * SUMS);
    return sum + strength * own.reduce((all, part) => all + part, 0);
  }, 0);
}
