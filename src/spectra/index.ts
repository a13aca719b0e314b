export { createEngine } from "./create-engine.js";
export { type Eigenpairs, type EigenvectorOptions, eigenvectorsOf } from "./eigenvectors/eigenvectors-of.js";
export type {
  BeginOptions,
  EngineName,
  Precision,
  SolveOptions,
  SpectralEngine,
  SpectralPool,
  SpectralTask,
  StackSpectrum,
} from "./engine.js";
export { type EntryCensus, type EntryStatistics, entryCensus } from "./entry-statistics.js";
export { inPlacePool } from "./in-place-pool.js";
export { type ApproximateOptions, type ApproximateSpectrum, approximateSpectrum } from "./lanczos/approximate-spectrum.js";
export { isPastLimit } from "./past-limit.js";
export { createReferenceEngine } from "./reference-engine.js";
export { tridiagonalEigenvaluesInPlace } from "./root-free-ql.js";
export { poolSpectrum, type Spectrum } from "./spectrum.js";
export { storageFloor } from "./storage-floor.js";
export { createWasmEngine, engineBytes, type WasmEngineOptions } from "./wasm-engine.js";
export type { StartWorker, WorkerLink } from "./worker-lane.js";
export type { FromWorker, ToWorker } from "./worker-messages.js";
export { type WorkerPoolOptions, workerPool } from "./worker-pool.js";
export { spectralService } from "./worker-service.js";
