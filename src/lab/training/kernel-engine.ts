import type { TrainEngine } from "./engine.js";
import { createKernelModel } from "./kernels/kernel-model.js";
import type { KernelHost } from "./kernels/kernels.js";
import { modelLearner } from "./model-learner.js";
import { checkOptions, createTrainer } from "./trainer.js";

/**
 * An engine of kernels for the processor: f32, one thread per training, each training with a host of its own. The same
 * options and calls give the same bits on one kind of kernels, resumed or not. Memory: weights twice, activations of
 * `batch` examples once, and the largest of them twice more.
 */
export function kernelTrainEngine(name: string, openHost: () => KernelHost): TrainEngine {
  return {
    name,
    async open(options) {
      checkOptions(options);
      return createTrainer(modelLearner(createKernelModel(options, openHost()), options), options);
    },
  };
}
