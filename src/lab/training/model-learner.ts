import { shapesOf, sizeOf } from "../networks/shapes.js";
import type { StepResult, TrainerOptions } from "./engine.js";
import { gather, type Learner, sumOf } from "./learner.js";
import type { Model } from "./model.js";
import { softmaxLoss } from "./softmax-loss.js";

/**
 * Makes a learner of a model in the processor's memory. Batches are copied into the model; losses are computed in f64.
 */
export function modelLearner(model: Model, { network, loss, batch: largest }: TrainerOptions): Learner {
  const classes = shapesOf(network).at(-1)!.output.channels;
  const labels = new Uint8Array(largest);
  const room = { images: model.input, labels, imageSize: sizeOf(network.input) };
  const tensors = new Map([...model.parameters, ...model.velocities].map((tensor) => [tensor.name, tensor]));

  const step = (count: number, number: number, rate: number): StepResult => {
    model.forward(count, number);
    const { logits, logitGradients: gradients } = model;
    const batch = softmaxLoss({ loss, logits, gradients, labels, count, classes });
    const penalty = model.penalty();
    model.learn(count, rate);
    return { loss: batch.loss + count * penalty, correct: batch.correct, examples: count };
  };

  return {
    parameters: model.parameters,
    velocities: model.velocities,

    async learn({ examples, batches, first, rate }) {
      const results = batches.map((indices, number) => {
        gather(examples, indices, room);
        return step(indices.length, first + number, rate);
      });
      return sumOf(results);
    },

    async evaluate({ examples, batches }) {
      const results = batches.map((indices) => {
        gather(examples, indices, room);
        const count = indices.length;
        model.forward(count, null);
        return { ...softmaxLoss({ loss, logits: model.logits, labels, count, classes }), examples: count };
      });
      return sumOf(results);
    },

    async read(forms) {
      return forms.map(({ name, shape }) => ({ name, shape, values: tensors.get(name)!.read() }));
    },

    async write(values) {
      for (const [name, tensor] of tensors) tensor.write(values.get(name)!);
    },

    close() {},
  };
}
