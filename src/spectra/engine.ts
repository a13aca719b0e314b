import type { Values } from "../formats/tensor.js";
import type { MatrixSource, StackShape } from "../layers/layer.js";
import type { EntryStatistics } from "./entry-statistics.js";
import type { ApproximateSpectrum } from "./lanczos/approximate-result.js";
import type { HelpWanted } from "./wasm/team.js";

export type EngineName = "wasm" | "native" | "reference";

/**
 * Arithmetic: f64 throughout; "mixed", products of the Gram matrix and their sums over 256 rows in f32 and all else in
 * f64; or "f32", the reduction to a band in f32 too.
 */
export type Precision = "f64" | "mixed" | "f32";

/**
 * What an engine returns for a stack: `count * M` eigenvalues of W'W (M = the smaller side; never divided by N), matrix
 * by matrix, ascending within each, clamped at 0.
 */
export interface StackSpectrum {
  readonly eigenvalues: Float64Array;
  /**
   * Per matrix: eigenvalues at or below this are rounding noise (route.ts: `precisionFloor`, and `singularValueFloor`
   * by the bidiagonal route).
   */
  readonly resolvedFloor: Float64Array;
  /**
   * Per matrix: the route that gave the eigenvalues. "gram" squares the condition number; "bidiagonal" works on W
   * itself and resolves small singular values.
   */
  readonly route: readonly ("gram" | "bidiagonal")[];
  /**
   * Per matrix: the arithmetic that gave them; f64 where the asked one left some unresolved and the matrix was small
   * enough to do again.
   */
  readonly precision: readonly Precision[];
  /** What the entries are like, all matrices together; undefined where the spectra did not come from weights. */
  readonly entries?: EntryStatistics;
}

export interface BeginOptions {
  /** Default "f64". An engine without the asked one takes a finer one. */
  readonly precision?: Precision;
  /**
   * Told once, before `begin` returns, where other threads may help with this stack: they call `assist` with what it is
   * given.
   */
  readonly onHelpWanted?: (wanted: HelpWanted) => void;
}

/**
 * The engine seam. An engine is synchronous and runs inside a worker; a `SpectralPool` spreads stacks over workers.
 * Every engine passes the same test suite (test/spectra/engine-contract.ts).
 */
export interface SpectralEngine {
  readonly name: EngineName;
  /**
   * Starts a stack. Throws `RangeError` where a side or the count is not a positive integer, or the matrix is past the
   * engine's limit.
   */
  begin(shape: StackShape, options?: BeginOptions): SpectralTask;
  /**
   * Starts the eigenvectors of a stack; throws as `begin` does. An engine without it leaves them to the WebAssembly
   * engine.
   */
  beginEigenvectors?(shape: StackShape, request: EigenvectorRequest): StreamedTask<undefined>;
}

/**
 * A stack under way: its rows are pushed in order, in blocks of whole rows, then `finish` gives the result. One task at
 * a time per engine.
 */
export interface StreamedTask<Result> {
  /**
   * How often all rows of the stack are to be pushed, from the first to the last (default 1): a large wide matrix is
   * read in several passes rather than kept. It may grow whenever a pass ends.
   */
  readonly passes?: number;
  /**
   * Takes the next rows; reads them, keeps no reference to `block` unless the route needs W itself. Values must be
   * finite (the caller checks).
   */
  push(block: Values): void;
  /** Throws `RangeError` where rows are missing. */
  finish(): Result;
  /** Gives the memory back without a result; harmless after `finish`. */
  cancel(): void;
}

export type SpectralTask = StreamedTask<StackSpectrum>;

/** All eigenvalues and eigenvectors of the Gram matrix of one matrix of a stack. */
export interface Eigensystem {
  /** Ascending, as computed: those that are zero may be negative by rounding. */
  readonly values: Float64Array;
  /**
   * Row i is the eigenvector of `values[i]`, of unit length; its sign is arbitrary, and its direction within a cluster
   * of equal eigenvalues too.
   */
  readonly vectors: Float64Array;
}

export interface EigenvectorRequest {
  /** Of W'W ("columns") or of W W' ("rows"), W as it is stored; the side must be a smaller one. */
  readonly side: "rows" | "columns";
  /** Called for each matrix of the stack, in order, while the next is read. The arrays are the callee's own. */
  readonly onMatrix: (eigensystem: Eigensystem) => void;
}

/** Arguments of `approximateSpectrum`, as they can be sent to a worker. */
export interface ApproximateRequest {
  /** Seed of the start vectors: the same number gives the same result. */
  readonly seed: number;
  /** The defaults are those of `approximateSpectrum`. */
  readonly probes?: number;
  readonly steps?: number;
  readonly block?: number;
  readonly count?: number;
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
  /**
   * What a reader of the results should know: an engine that failed and was replaced on the way. Grows as it happens;
   * absent where nothing can.
   */
  readonly warnings?: readonly string[];
  /**
   * Streams the source to a worker and resolves to its spectra. Blocks are transferred where their buffer allows it.
   * Rejects with the signal's reason when aborted, and with the source's own error where `blocks` throws (the worker
   * goes on to the next stack).
   */
  solve(source: MatrixSource, signal?: AbortSignal, options?: SolveOptions): Promise<StackSpectrum>;
  /**
   * The same for all eigenvectors: each matrix of the stack goes to `onMatrix`; resolves after the last. O(N M^2 + 8
   * M^3) operations.
   */
  eigenvectors(source: MatrixSource, request: EigenvectorRequest, signal?: AbortSignal): Promise<void>;
  /** The same for the approximate spectrum of a single matrix (`approximateSpectrum`), which is read many times. */
  approximate(source: MatrixSource, request: ApproximateRequest, signal?: AbortSignal): Promise<ApproximateSpectrum>;
  /** Ends the workers; pending solves reject. */
  close(): Promise<void>;
}
