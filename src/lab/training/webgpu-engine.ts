import type { TrainEngine } from "./engine.js";
import { checkOptions, createTrainer } from "./trainer.js";
import { createGpuLearner } from "./webgpu/gpu-learner.js";
import { adapterName, findAdapter } from "./webgpu/open-device.js";

export interface WebgpuEngineOptions {
  /** `navigator.gpu` in a browser; in Node `create([])` of the package webgpu. */
  readonly gpu: GPU;
}

/**
 * The engine for a graphics processor: f32, its own kernels in WGSL, one device per training. It finds the platform's
 * high-performance adapter and names it in `adapter`. On one adapter with one driver, the same options and calls give
 * the same bits, resumed or not, because every sum has a fixed order. Another adapter sums in the same order but may
 * round differently. Memory on the GPU: weights twice, activations of `batch` examples once, and the largest of them
 * twice more. Gradients in shares take at most 16 MiB, or one gradient if a layer has more weights than that. Rejects
 * with an `Error` if there is no adapter; `open` rejects with a `RangeError` if the adapter's limits or memory are too
 * small for the network and batch. If the GPU is lost, the trainer rejects with an `Error` and cannot be used again.
 */
export async function webgpuEngine({ gpu }: WebgpuEngineOptions): Promise<TrainEngine> {
  const { info } = await findAdapter(gpu);
  return {
    name: "webgpu",
    adapter: adapterName(info),
    async open(options) {
      checkOptions(options);
      return createTrainer(await createGpuLearner(gpu, options), options);
    },
  };
}
