import type { MatrixSource } from "../layers/layer.js";
import type { ApproximateRequest, EigenvectorRequest, EngineName, Precision, StackSpectrum } from "./engine.js";
import type { ApproximateSpectrum } from "./lanczos/approximate-result.js";

export interface SolveOptions {
  /** Default "f64". */
  readonly precision?: Precision;
}

/** A task that a worker does by itself, from a description: it reads the weights, not the thread that calls. */
export interface PoolCall {
  /** Plain data (structured clone); the worker's module knows what it means (`AnswerCall`). */
  readonly description: unknown;
  /** Bytes used while it runs. */
  readonly bytes: number;
  /** Answers the questions of the task. Absent if it asks none. */
  readonly onAsk?: (question: unknown) => Promise<unknown>;
}

/** Runs stacks on workers (or in place). Adapters in node/ and browser/ make them. */
export interface SpectralPool {
  readonly engine: EngineName;
  /** Which of the engine's kernels compute ("avx2"); undefined if it has only one kind. */
  readonly target?: string;
  /** How many stacks are processed at once. */
  readonly width: number;
  /**
   * Warnings for the reader of the results: an engine that failed and was replaced. Grows during the run; absent if
   * nothing can be replaced.
   */
  readonly warnings?: readonly string[] | undefined;
  /**
   * Streams the source to a worker and resolves to its spectra. Blocks are transferred if their buffer allows it.
   * Rejects with the signal's reason when aborted, and with the source's own error if `blocks` throws (the worker
   * continues with the next stack).
   */
  solve(source: MatrixSource, signal?: AbortSignal, options?: SolveOptions): Promise<StackSpectrum>;
  /**
   * The same for all eigenvectors: each matrix of the stack goes to `onMatrix`; resolves after the last. O(N M^2 + 8
   * M^3) operations.
   */
  eigenvectors(source: MatrixSource, request: EigenvectorRequest, signal?: AbortSignal): Promise<void>;
  /** The same for the approximate spectrum of a single matrix (`approximateSpectrum`), which is read many times. */
  approximate(source: MatrixSource, request: ApproximateRequest, signal?: AbortSignal): Promise<ApproximateSpectrum>;
  /**
   * Has a worker do a task by itself. Rejects with the task's error, with the signal's reason when aborted, or with
   * `CallUnavailable` if the workers were replaced by ones that cannot. Absent if the pool's workers only solve what is
   * streamed to them.
   */
  call?(call: PoolCall, signal?: AbortSignal): Promise<unknown>;
  /** Ends the workers; pending solves reject. */
  close(): Promise<void>;
}
