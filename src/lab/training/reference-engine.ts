import type { TrainEngine } from "./engine.js";
import { modelLearner } from "./model-learner.js";
import { createReferenceModel } from "./reference/reference-model.js";
import { checkOptions, createTrainer } from "./trainer.js";

/**
 * The textbook engine, in f64 and plain TypeScript: the oracle of the others, thousands of times slower. Its state is
 * told in f32, so that a resumed training of it agrees to seven digits and not to the bit.
 */
export function referenceTrainEngine(): TrainEngine {
  return {
    name: "reference",
    async open(options) {
      checkOptions(options);
      return createTrainer(modelLearner(createReferenceModel(options), options), options);
    },
  };
}
