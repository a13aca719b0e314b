import type { Values } from "../formats/tensor.js";
import type { MatrixSource, StackShape } from "../layers/layer.js";

export type EngineName = "wasm" | "reference";

/**
 * What an engine returns for a stack: `count * M` eigenvalues of W'W (M = the smaller side; never divided by N), matrix by matrix, ascending
 * within each, clamped at 0.
 */
export interface StackSpectrum {
  readonly eigenvalues: Float64Array;
  /** Per matrix: eigenvalues at or below this are rounding noise. Gram route: n*eps*lambdaMax; singular-value route: (n*eps)^2*lambdaMax. */
  readonly resolvedFloor: Float64Array;
  /** Per matrix: the route that gave the eigenvalues. "gram" squares the condition number; "bidiagonal" works on W itself and resolves small singular values. */
  readonly route: readonly ("gram" | "bidiagonal")[];
}

/**
 * The engine seam. An engine is synchronous and runs inside a worker; a `SpectralPool` spreads stacks over workers.
 * Every engine passes the same test suite (test/spectra/engine-contract.ts).
 */
export interface SpectralEngine {
  readonly name: EngineName;
  /** Starts a stack. Throws `RangeError` where a side or the count is not a positive integer, or the matrix is past the engine's limit. */
  begin(shape: StackShape): SpectralTask;
}

/** A stack under way: its rows are pushed in order, in blocks of whole rows, then `finish` gives the spectra. One task at a time an engine. */
export interface SpectralTask {
  /** Takes the next rows; reads them, keeps no reference to `block` unless the route needs W itself. Values must be finite (the caller checks). */
  push(block: Values): void;
  /** Throws `RangeError` where rows are missing. */
  finish(): StackSpectrum;
  /** Gives the memory back without a result; harmless after `finish`. */
  cancel(): void;
}

/** Runs stacks on workers (or in place). Adapters in node/ and browser/ make them. */
export interface SpectralPool {
  readonly engine: EngineName;
  /** How many stacks are worked on at once. */
  readonly width: number;
  /**
   * Streams the source to a worker and resolves to its spectra. Blocks are transferred where their buffer allows it.
   * Rejects with the signal's reason when aborted, and with the source's own error where `blocks` throws (the worker goes on to the next stack).
   */
  solve(source: MatrixSource, signal?: AbortSignal): Promise<StackSpectrum>;
  /** Ends the workers; pending solves reject. */
  close(): Promise<void>;
}
