import type { TrainEngine } from "./engine.js";
import { modelLearner } from "./model-learner.js";
import { createReferenceModel } from "./reference/reference-model.js";
import { checkOptions, createTrainer } from "./trainer.js";

/**
 * The textbook engine, in f64 and plain TypeScript: the oracle for the others, thousands of times slower. Its state is
 * saved in f32, so that a resumed training agrees to seven digits, not to the bit.
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
