import type { NetworkLayer } from "../../networks/network.js";
import { elementsOf, parametersOf } from "../../networks/parameters.js";
import { type LayerShapes, shapesOf, sizeOf } from "../../networks/shapes.js";
import type { TrainerOptions } from "../engine.js";
import { initialWeights } from "../initial-weights.js";
import type { Model, ModelTensor } from "../model.js";
import { batchNormalisationLayer } from "./batch-normalisation.js";
import { convolutionLayer, patchesOf } from "./convolution.js";
import { denseLayer } from "./dense.js";
import { dropoutLayer } from "./dropout.js";
import type { KernelHost } from "./kernels.js";
import type { KernelLayer, LayerContext, Scratch, StoredTensor } from "./layer.js";
import { maxPoolingLayer } from "./max-pooling.js";
import { type MemoryPlan, planMemory } from "./memory-plan.js";
import { stripsOf, workOf } from "./weight-matrix.js";

/**
 * The network in f32 in the memory of one host of kernels, laid out once. Throws as `shapesOf`, and `RangeError` if the
 * memory is not available.
 */
export function createKernelModel(
  { network, seed, batch, momentum, weightDecay = 0 }: TrainerOptions,
  host: KernelHost,
): Model {
  const shapes = shapesOf(network);
  const parameters = parametersOf(network);
  const { kernels, stripUnits, floats } = host;
  const plan = planMemory(host.heapBase);
  const imageSize = sizeOf(network.input);
  const classes = sizeOf(shapes.at(-1)!.output);

  const input = plan.take(batch * imageSize);
  const scratch = planScratch(network.layers, shapes, { plan, stripUnits });
  const layers = network.layers.map((layer, index) =>
    layerOf(layer, {
      kernels,
      stripUnits,
      plan,
      scratch,
      shapes: shapes[index],
      parameters: parameters.filter((parameter) => parameter.layer === index),
      index,
      batch,
      seed,
      momentum,
      weightDecay,
    }),
  );
  // Layers before the first one that learns need no gradient. The others' gradients alternate between two regions.
  const firstLearner = parameters.at(0)?.layer ?? layers.length;
  const largest = Math.max(classes, ...shapes.slice(firstLearner).map(({ output }) => sizeOf(output)));
  const gradients = [plan.take(batch * largest), plan.take(batch * largest)];
  const logits = plan.take(batch * classes);
  host.allocate(plan.end(), `a training of the network "${network.name}" with batches of ${batch}`);

  const tensors = layers.flatMap((layer) => layer.tensors);
  const accessors = (of: StoredTensor, name: string, address: number): ModelTensor =>
    modelTensor(of, name, floats(address, of.count));
  const values = tensors.map((tensor) => accessors(tensor, tensor.parameter.name, tensor.values));
  initialWeights(network, seed).forEach((initial, index) => {
    values[index].write(initial.values);
  });

  return {
    input: floats(input, batch * imageSize),
    logits: floats(logits, batch * classes),
    logitGradients: floats(gradients[0], batch * classes),
    parameters: values,
    velocities: tensors.flatMap((tensor) =>
      tensor.velocities === undefined
        ? []
        : [accessors(tensor, `${tensor.parameter.name}.velocity`, tensor.velocities)],
    ),

    forward(count, step) {
      const output = layers.reduce((address, layer) => layer.forward({ input: address, count, step }), input);
      kernels.fillRows(output, 1, count * classes, logits);
    },

    penalty: () => layers.reduce((sum, layer) => sum + (layer.penalty?.() ?? 0), 0),

    learn(count, rate) {
      let gradient = gradients[0];
      for (let index = layers.length - 1; index >= firstLearner; index--) {
        const spare = gradient === gradients[0] ? gradients[1] : gradients[0];
        gradient = layers[index].backward({
          count,
          rate,
          gradient,
          inputGradient: index === firstLearner ? null : spare,
        });
      }
    },
  };
}

function layerOf(layer: NetworkLayer, context: LayerContext): KernelLayer {
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
      return { tensors: [], forward: ({ input }) => input, backward: ({ gradient }) => gradient };
  }
}

/** Plans scratch regions large enough for every layer. */
function planScratch(
  layers: readonly NetworkLayer[],
  shapes: readonly LayerShapes[],
  { plan, stripUnits }: { readonly plan: MemoryPlan; readonly stripUnits: number },
): Scratch {
  const sizes = layers.map((layer, index) => {
    const { input, output } = shapes[index];
    const inputs = input.channels * (layer.type === "convolution" ? layer.kernel ** 2 : 1);
    const learns = layer.type === "convolution" || layer.type === "dense";
    return {
      work: learns ? workOf(output.channels, stripUnits) : 0,
      patches: layer.type === "convolution" ? patchesOf(inputs) : 0,
      gradient: learns ? stripsOf(inputs, output.channels, stripUnits) : 0,
      // Three numbers in f64 per channel.
      sums: 6 * output.channels,
    };
  });
  const room = (part: keyof Scratch): number => plan.take(Math.max(...sizes.map((size) => size[part])));
  return { work: room("work"), patches: room("patches"), gradient: room("gradient"), sums: room("sums") };
}

function modelTensor({ parameter: { shape }, place }: StoredTensor, name: string, stored: Float32Array): ModelTensor {
  return {
    name,
    shape,
    read: () => new Float32Array(elementsOf(shape)).map((_, index) => stored[place(index)]),
    write(values) {
      values.forEach((value, index) => {
        stored[place(index)] = value;
      });
    },
  };
}
