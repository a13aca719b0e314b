import { describe, expect, it } from "vitest";
import type { Network, NetworkLayer } from "#eigenscope/lab/networks/network.js";
import { shapesOf, sizeOf } from "#eigenscope/lab/networks/shapes.js";
import type { Loss, TrainerOptions } from "#eigenscope/lab/training/engine.js";
import { createReferenceModel, type ReferenceModel } from "#eigenscope/lab/training/reference/reference-model.js";
import { softmaxLoss } from "#eigenscope/lab/training/softmax-loss.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";

/**
 * With these no rectified and no two pooled values come within the step of their kink, where a difference is no slope.
 */
const SEEDS = { weights: 8, images: 4 };
const COUNT = 3;
const LABELS = Uint8Array.of(2, 0, 1);
const relu = { activation: "relu", bias: 0.05 } as const;
const logits: NetworkLayer = { type: "dense", name: "logits", units: 3 };
const flatten: NetworkLayer = { type: "flatten" };

/** A network for each type of layer, with learning layers before and after it, so that both its gradients are seen. */
const NETWORKS: Record<string, NetworkLayer[]> = {
  dense: [flatten, { type: "dense", name: "a", units: 5, ...relu }, { type: "dense", name: "b", units: 4 }, logits],
  "dense with l2": [flatten, { type: "dense", name: "a", units: 5, l2: 0.1, ...relu }, { ...logits, l2: 0.05 }],
  "convolution, same": [
    { type: "convolution", name: "a", filters: 3, kernel: 3, ...relu },
    { type: "convolution", name: "b", filters: 2, kernel: 2, l2: 0.1 },
    flatten,
    logits,
  ],
  "convolution, valid": [
    { type: "convolution", name: "a", filters: 3, kernel: 2, padding: "valid" },
    { type: "convolution", name: "b", filters: 2, kernel: 3, padding: "valid", ...relu },
    flatten,
    logits,
  ],
  "max pooling, same": [
    { type: "convolution", name: "a", filters: 3, kernel: 3 },
    { type: "max-pooling", size: 3, stride: 2 },
    flatten,
    logits,
  ],
  "max pooling, valid": [
    { type: "convolution", name: "a", filters: 3, kernel: 3 },
    { type: "max-pooling", size: 2, stride: 2, padding: "valid" },
    flatten,
    logits,
  ],
  "batch normalisation of images": [
    { type: "convolution", name: "a", filters: 3, kernel: 3, ...relu },
    { type: "batch-normalisation", name: "b" },
    flatten,
    logits,
  ],
  "batch normalisation of vectors": [
    flatten,
    { type: "dense", name: "a", units: 4 },
    { type: "batch-normalisation", name: "b", epsilon: 0.1 },
    logits,
  ],
  dropout: [flatten, { type: "dense", name: "a", units: 12, ...relu }, { type: "dropout", rate: 0.4 }, logits],
};

const networkOf = (layers: NetworkLayer[]): Network => ({
  name: "probe",
  input: { height: 5, width: 4, channels: 2 },
  layers,
});

function open(layers: NetworkLayer[], loss: Loss): { model: ReferenceModel; lossNow: () => number } {
  const network = networkOf(layers);
  const options: TrainerOptions = { network, loss, batch: COUNT, seed: SEEDS.weights, momentum: 0 };
  const model = createReferenceModel(options);
  const normal = normalSampler(createRng(SEEDS.images));
  model.input.forEach((_, index) => {
    model.input[index] = normal();
  });
  const classes = sizeOf(shapesOf(network).at(-1)!.output);
  const lossNow = (): number => {
    model.forward(COUNT, 1);
    const batch = {
      loss,
      logits: model.logits,
      gradients: model.logitGradients,
      labels: LABELS,
      count: COUNT,
      classes,
    };
    return softmaxLoss(batch).loss / COUNT + model.penalty();
  };
  return { model, lossNow };
}

/** Central difference with step h = 1e-5: its error is h^2 L'''/6 + eps L/h, some 1e-10. */
function slope(values: Float64Array, index: number, loss: () => number): number {
  const h = 1e-5;
  const kept = values[index];
  values[index] = kept + h;
  const above = loss();
  values[index] = kept - h;
  const below = loss();
  values[index] = kept;
  return (above - below) / (2 * h);
}

describe.each(["cross-entropy", "mean-squared-error"] as const)("the reference gradients of %s", (loss) => {
  it.each(Object.entries(NETWORKS))("are the slopes of the loss: %s", (_, layers) => {
    const { model, lossNow } = open(layers, loss);
    lossNow();
    const inputGradient = model.backward(COUNT);
    const gradients = model.tensors
      .filter(({ role }) => !role.startsWith("running"))
      .map(({ name, values, gradients: own, l2 }) => ({
        name,
        values,
        told: own.map((g, index) => g + 2 * l2 * values[index]),
      }));
    for (const { name, values, told } of [...gradients, { name: "input", values: model.input, told: inputGradient }]) {
      for (let index = 0; index < values.length; index++) {
        const measured = slope(values, index, lossNow);
        expect(Math.abs(told[index] - measured), `${name}[${index}]: ${told[index]} and ${measured}`).toBeLessThan(
          1e-8,
        );
      }
    }
  });
});
