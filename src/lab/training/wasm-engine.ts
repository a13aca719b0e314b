import type { Build } from "../../spectra/wasm/kernel-builds.js";
import type { TrainEngine } from "./engine.js";
import { kernelTrainEngine } from "./kernel-engine.js";
import { preferredBuild, wasmKernelHost } from "./wasm/kernels.js";

export interface WasmTrainEngineOptions {
  /** "fused" needs relaxed SIMD. Default: fused if the host has it. */
  readonly build?: Build;
}

/**
 * The embedded engine: f32, 128-bit SIMD, one thread per training. For one build, the same options and calls give the
 * same bits, resumed or not. Memory: weights twice, activations of `batch` examples once, and the largest of them twice
 * more; at most 4 GiB. Throws if the host lacks WebAssembly SIMD.
 */
export function wasmTrainEngine({ build = preferredBuild() }: WasmTrainEngineOptions = {}): TrainEngine {
  const name = build === "fused" ? "wasm" : "wasm without fused multiply-add";
  return kernelTrainEngine(name, () => wasmKernelHost(build));
}
