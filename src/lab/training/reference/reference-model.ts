import type { NetworkLayer } from "../../networks/network.js";
import { elementsOf, parametersOf } from "../../networks/parameters.js";
import { type LayerShapes, shapesOf, sizeOf } from "../../networks/shapes.js";
import type { TrainerOptions } from "../engine.js";
import { initialWeights } from "../initial-weights.js";
import type { Model, ModelTensor } from "../model.js";
import { batchNormalisation } from "./batch-normalisation.js";
import { convolution } from "./convolution.js";
import { dense } from "./dense.js";
import { dropout, flatten, rectifier } from "./elementwise.js";
import type { ReferenceLayer, ReferenceParameter } from "./layer.js";
import { maxPooling } from "./max-pooling.js";

/**
 * The network in f64, each layer written as its formula. Tests compare the kernels with it, and check it by finite
 * differences.
 */
export interface ReferenceModel extends Model {
  readonly input: Float64Array;
  readonly logits: Float64Array;
  readonly logitGradients: Float64Array;
  readonly tensors: readonly ReferenceParameter[];
  /** Computes the gradients of all tensors from `logitGradients`. Returns d(loss)/d(input). */
  backward(count: number): Float64Array;
}

export function createReferenceModel({
  network,
  seed,
  batch,
  momentum,
  weightDecay = 0,
}: TrainerOptions): ReferenceModel {
  const shapes = shapesOf(network);
  const initial = initialWeights(network, seed);
  const tensors = parametersOf(network).map((parameter, index): ReferenceParameter => {
    const size = elementsOf(parameter.shape);
    const settings = network.layers[parameter.layer];
    return {
      ...parameter,
      values: Float64Array.from(initial[index].values),
      gradients: new Float64Array(size),
      velocities: new Float64Array(size),
      l2: parameter.role === "weight" && "l2" in settings ? (settings.l2 ?? 0) : 0,
    };
  });
  const learnt = tensors.filter(({ role }) => !role.startsWith("running"));
  const layers = network.layers.flatMap((layer, index) =>
    formulasOf(layer, {
      shapes: shapes[index],
      tensors: tensors.filter((tensor) => tensor.layer === index),
      seed,
      index,
    }),
  );
  const classes = sizeOf(shapes.at(-1)!.output);
  const input = new Float64Array(batch * sizeOf(network.input));
  const logits = new Float64Array(batch * classes);
  const logitGradients = new Float64Array(batch * classes);

  const backward = (count: number): Float64Array =>
    layers.reduceRight<Float64Array>(
      (gradient, layer) => layer.backward(gradient),
      logitGradients.slice(0, count * classes),
    );

  return {
    input,
    logits,
    logitGradients,
    tensors,
    parameters: tensors.map(({ name, shape, values }) => modelTensor(name, shape, values)),
    velocities: learnt.map(({ name, shape, velocities }) => modelTensor(`${name}.velocity`, shape, velocities)),
    forward(count, step) {
      const images = input.slice(0, count * sizeOf(network.input));
      logits.set(layers.reduce<Float64Array>((values, layer) => layer.forward(values, { count, step }), images));
    },
    penalty: () => tensors.reduce((sum, { l2, values }) => (l2 === 0 ? sum : sum + l2 * sumOfSquares(values)), 0),
    backward,
    learn(count, rate) {
      backward(count);
      for (const { role, values, gradients, velocities, l2 } of learnt) {
        const decay = role === "weight" ? weightDecay + 2 * l2 : 0;
        for (let k = 0; k < values.length; k++) {
          velocities[k] = momentum * velocities[k] + gradients[k] + decay * values[k];
          values[k] -= rate * velocities[k];
        }
      }
    },
  };
}

interface LayerContext {
  readonly shapes: LayerShapes;
  /** The layer's tensors, in the order of `parametersOf`. */
  readonly tensors: readonly ReferenceParameter[];
  readonly seed: number;
  readonly index: number;
}

function formulasOf(layer: NetworkLayer, { shapes, tensors, seed, index }: LayerContext): ReferenceLayer[] {
  switch (layer.type) {
    case "dense":
      return [dense(shapes, tensors[0], tensors[1]), ...(layer.activation === "relu" ? [rectifier()] : [])];
    case "convolution": {
      const [weight, bias] = tensors;
      return [convolution(layer, shapes, { weight, bias }), ...(layer.activation === "relu" ? [rectifier()] : [])];
    }
    case "max-pooling":
      return [maxPooling(layer, shapes)];
    case "batch-normalisation": {
      const [scale, shift, mean, variance] = tensors;
      return [batchNormalisation(layer, { scale, shift, mean, variance })];
    }
    case "dropout":
      return [dropout({ rate: layer.rate, seed, layer: index })];
    case "flatten":
      return [flatten];
  }
}

function modelTensor(name: string, shape: readonly number[], values: Float64Array): ModelTensor {
  return { name, shape, read: () => Float32Array.from(values), write: (written) => values.set(written) };
}

const sumOfSquares = (values: Float64Array): number => values.reduce((sum, value) => sum + value * value, 0);
