/**
 * Weight matrix to eigenvalues: the engines (WebAssembly and the textbook), the pool that spreads matrices over
 * workers, eigenvectors, and approximate spectra of matrices past the exact limit. Eigenvalues are those of W'W,
 * ascending.
 *
 * @module spectra
 */

export { CallUnavailable } from "./call-unavailable.js";
export { createEngine } from "./create-engine.js";
export { type Eigenpairs, type EigenvectorOptions, eigenvectorsOf } from "./eigenvectors/eigenvectors-of.js";
export type {
  ApproximateRequest,
  BeginOptions,
  Eigensystem,
  EigenvectorRequest,
  EngineName,
  Precision,
  SpectralEngine,
  SpectralTask,
  StackSpectrum,
  StreamedTask,
} from "./engine.js";
export type { EntryStatistics } from "./entry-statistics.js";
export { type InPlaceOptions, inPlacePool } from "./in-place-pool.js";
export type { ApproximateSpectrum, SpectralCdf } from "./lanczos/approximate-result.js";
export { type ApproximateOptions, approximateBytes, approximateSpectrum } from "./lanczos/approximate-spectrum.js";
export { isMemoryRefused, isPastLimit } from "./past-limit.js";
export type { PoolCall, SolveOptions, SpectralPool } from "./pool.js";
export { type FallbackOptions, poolWithFallback } from "./pool-with-fallback.js";
export { createReferenceEngine } from "./reference-engine.js";
export { tridiagonalEigenvaluesInPlace } from "./root-free-ql.js";
export { poolSpectrum, type Spectrum } from "./spectrum.js";
export { storageFloor } from "./storage-floor.js";
export { eigenvectorBytes } from "./wasm/eigenvector-solver.js";
export { engineBytes } from "./wasm/engine-memory.js";
export { createWasmEngine, type WasmEngineOptions } from "./wasm-engine.js";
export type { StartWorker, WorkerLink } from "./worker-lane.js";
export type { FromWorker, Settled, ToWorker } from "./worker-messages.js";
export { WorkerNotStarted } from "./worker-not-started.js";
export { type WorkerPoolOptions, workerPool } from "./worker-pool.js";
export { type AnswerCall, type CallHost, type ServiceOptions, spectralService } from "./worker-service.js";
