import type { Values } from "../formats/tensor.js";
import type { MatrixSource, StackShape } from "../layers/layer.js";
import type { EntryStatistics } from "./entry-statistics.js";
import type { HelpWanted } from "./wasm/team.js";

export type EngineName = "wasm" | "native" | "reference";

/** Arithmetic: f64 throughout; "mixed", products of the Gram matrix and their sums over 256 rows in f32 and all else in f64; or "f32", the reduction to a band in f32 too. */
export type Precision = "f64" | "mixed" | "f32";

/**
 * What an engine returns for a stack: `count * M` eigenvalues of W'W (M = the smaller side; never divided by N), matrix by matrix, ascending
 * within each, clamped at 0.
 */
export interface StackSpectrum {
  readonly eigenvalues: Float64Array;
  /** Per matrix: eigenvalues at or below this are rounding noise (route.ts: `precisionFloor`, and `singularValueFloor` by the bidiagonal route). */
  readonly resolvedFloor: Float64Array;
  /** Per matrix: the route that gave the eigenvalues. "gram" squares the condition number; "bidiagonal" works on W itself and resolves small singular values. */
  readonly route: readonly ("gram" | "bidiagonal")[];
  /** Per matrix: the arithmetic that gave them; f64 where the asked one left some unresolved and the matrix was small enough to do again. */
  readonly precision: readonly Precision[];
  /** What the entries are like, all matrices together; undefined where the spectra did not come from weights. */
  readonly entries?: EntryStatistics;
}

export interface BeginOptions {
  /** Default "f64". An engine without the asked one takes a finer one. */
  readonly precision?: Precision;
  /** Told once, before `begin` returns, where other threads may help with this stack: they call `assist` with what it is given. */
  readonly onHelpWanted?: (wanted: HelpWanted) => void;
}

/**
 * The engine seam. An engine is synchronous and runs inside a worker; a `SpectralPool` spreads stacks over workers.
 * Every engine passes the same test suite (test/spectra/engine-contract.ts).
 */
export interface SpectralEngine {
  readonly name: EngineName;
  /** Starts a stack. Throws `RangeError` where a side or the count is not a positive integer, or the matrix is past the engine's limit. */
  begin(shape: StackShape, options?: BeginOptions): SpectralTask;
}

/** A stack under way: its rows are pushed in order, in blocks of whole rows, then `finish` gives the spectra. One task at a time an engine. */
export interface SpectralTask {
  /**
   * How often all rows of the stack are to be pushed, from the first to the last (default 1): a large wide matrix is read in several passes rather than
   * kept.
   */
  readonly passes?: number;
  /** Takes the next rows; reads them, keeps no reference to `block` unless the route needs W itself. Values must be finite (the caller checks). */
  push(block: Values): void;
  /** Throws `RangeError` where rows are missing. */
  finish(): StackSpectrum;
  /** Gives the memory back without a result; harmless after `finish`. */
  cancel(): void;
}

export interface SolveOptions {
  /** Default "f64". */
  readonly precision?: Precision;
}

/** Runs stacks on workers (or in place). Adapters in node/ and browser/ make them. */
export interface SpectralPool {
  readonly engine: EngineName;
  /** How many stacks are worked on at once. */
  readonly width: number;
  /** What a reader of the results should know: an engine that failed and was replaced on the way. Grows as it happens; absent where nothing can. */
  readonly warnings?: readonly string[];
  /**
   * Streams the source to a worker and resolves to its spectra. Blocks are transferred where their buffer allows it.
   * Rejects with the signal's reason when aborted, and with the source's own error where `blocks` throws (the worker goes on to the next stack).
   */
  solve(source: MatrixSource, signal?: AbortSignal, options?: SolveOptions): Promise<StackSpectrum>;
  /** Ends the workers; pending solves reject. */
  close(): Promise<void>;
}
