export type { Examples, Loss, StepResult, TrainEngine, TrainedTensor, Trainer, TrainerOptions } from "./engine.js";
export { initialWeights } from "./initial-weights.js";
export { referenceTrainEngine } from "./reference-engine.js";
export { type BatchLoss, type LogitBatch, softmaxLoss } from "./softmax-loss.js";
export { type WasmTrainEngineOptions, wasmTrainEngine } from "./wasm-engine.js";
export { type WebgpuEngineOptions, webgpuEngine } from "./webgpu-engine.js";
