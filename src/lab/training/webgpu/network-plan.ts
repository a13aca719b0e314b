import type { NetworkLayer } from "../../networks/network.js";
import { parametersOf } from "../../networks/parameters.js";
import { shapesOf, sizeOf } from "../../networks/shapes.js";
import type { TrainerOptions } from "../engine.js";
import { batchNormalisationLayer } from "./batch-normalisation.js";
import { type BufferPlan, type PlannedBuffer, planBuffers } from "./buffer-plan.js";
import { convolutionLayer } from "./convolution.js";
import { denseLayer } from "./dense.js";
import { dropoutLayer } from "./dropout.js";
import type { Kernel } from "./kernel.js";
import type { GpuLayer, LayerContext, StoredTensor } from "./layer.js";
import { maxPoolingLayer } from "./max-pooling.js";
import { softmaxGradientKernel } from "./softmax-gradient.js";
import { SUMS } from "./sum-of-squares.js";

/** A dropout layer of the plan. The layers are in the order of their keys in `Step`. */
export interface PlannedDropout {
  readonly layer: number;
  readonly rate: number;
}

/** A training as plain data: its buffers, and the dispatches of a step and of an evaluation in order. */
export interface NetworkPlan {
  readonly buffers: BufferPlan["buffers"];
  readonly tensors: readonly StoredTensor[];
  readonly dropouts: readonly PlannedDropout[];
  /** The buffers of a batch: images, and the class of each. */
  readonly input: PlannedBuffer;
  readonly labels: PlannedBuffer;
  readonly step: NetworkPass;
  readonly evaluation: NetworkPass;
  /** Sums of squared weights before the step, `SUMS` parts per penalised layer, and the factor of each layer's sum. */
  readonly penalties: { readonly sums: PlannedBuffer; readonly strengths: readonly number[] };
}

export interface NetworkPass {
  readonly kernels: readonly Kernel[];
  /** Logits of the batch, valid until the next pass. */
  readonly logits: PlannedBuffer;
}

/** Plans the training of a network. Throws as `shapesOf`. */
export function planNetwork({ network, loss, batch, momentum, weightDecay = 0 }: TrainerOptions): NetworkPlan {
  const shapes = shapesOf(network);
  const parameters = parametersOf(network);
  const plan = planBuffers();
  const classes = sizeOf(shapes.at(-1)!.output);
  const dropouts = network.layers.flatMap((layer, index) =>
    layer.type === "dropout" ? [{ layer: index, rate: layer.rate }] : [],
  );

  const input = plan.take("the images", batch * sizeOf(network.input));
  const labels = plan.take("the labels", batch, "u32");
  const layers = network.layers.map((layer, index) =>
    layerOf(layer, {
      plan,
      shapes: shapes[index],
      parameters: parameters.filter((parameter) => parameter.layer === index),
      label: `layer ${index + 1} (${layer.type})`,
      batch,
      momentum,
      weightDecay,
      dropout: dropouts.findIndex((dropout) => dropout.layer === index),
    }),
  );
  // Layers before the first one that learns need no gradient. The others' gradients alternate between two buffers.
  const firstLearner = parameters.at(0)?.layer ?? layers.length;
  const largest = Math.max(classes, ...shapes.slice(firstLearner).map(({ output }) => sizeOf(output)));
  const gradients = ["one gradient", "the other gradient"].map((label) => plan.take(label, batch * largest));

  const penalised = layers.flatMap(({ penalty }) => (penalty === undefined ? [] : [penalty]));
  const sums = plan.take("sums of squared weights", Math.max(1, SUMS * penalised.length));
  const penalties = penalised.map(({ kernel }, index) => kernel(sums, index * SUMS));

  const evaluation = forwardPass(layers, input, "evaluation");
  const forward = forwardPass(layers, input, "step");
  const backward: Kernel[] = [
    softmaxGradientKernel({ loss, logits: forward.logits, labels, gradient: gradients[0], classes }),
  ];
  let gradient = gradients[0];
  for (let index = layers.length - 1; index >= firstLearner; index--) {
    const spare = gradient === gradients[0] ? gradients[1] : gradients[0];
    const inputGradient = index === firstLearner ? null : spare;
    const { kernels, result } = layers[index].backward({ input: forward.inputs[index], gradient, inputGradient });
    backward.push(...kernels);
    gradient = result;
  }

  return {
    buffers: plan.buffers,
    tensors: layers.flatMap((layer) => layer.tensors),
    dropouts,
    input,
    labels,
    evaluation,
    step: { kernels: [...forward.kernels, ...penalties, ...backward], logits: forward.logits },
    penalties: { sums, strengths: penalised.map(({ strength }) => strength) },
  };
}

function forwardPass(
  layers: readonly GpuLayer[],
  images: PlannedBuffer,
  mode: "step" | "evaluation",
): NetworkPass & { readonly inputs: readonly PlannedBuffer[] } {
  const inputs = [images];
  const kernels = layers.flatMap((layer, index) => {
    const pass = layer.forward(inputs[index], mode);
    inputs.push(pass.result);
    return pass.kernels;
  });
  return { kernels, logits: inputs.at(-1)!, inputs };
}

function layerOf(layer: NetworkLayer, context: LayerContext): GpuLayer {
  switch (layer.type) {
    case "dense":
      return denseLayer(layer, context);
    case "convolution":
      return convolutionLayer(layer, context);
    case "max-pooling":
      return maxPoolingLayer(layer, context);
    case "batch-normalisation":
      return batchNormalisationLayer(layer, context);
    case "dropout":
      return dropoutLayer(layer, context);
    case "flatten":
      // Values in the order row, column, channel are a flat vector already.
      return {
        tensors: [],
        forward: (input) => ({ kernels: [], result: input }),
        backward: ({ gradient }) => ({ kernels: [], result: gradient }),
      };
  }
}
