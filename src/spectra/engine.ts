import type { Values } from "../formats/tensor.js";
import type { StackShape } from "../layers/layer.js";
import type { EntryStatistics } from "./entry-statistics.js";
import type { HelpWanted } from "./team-control.js";

export type EngineName = "wasm" | "native" | "reference";

/**
 * Arithmetic: f64 throughout; "mixed", products of the Gram matrix and their sums over 256 rows in f32 and all else in
 * f64; or "f32", with the reduction to a band in f32 too.
 */
export type Precision = "f64" | "mixed" | "f32";

/**
 * An engine's result for a stack: `count * M` eigenvalues of W'W (M = the smaller side; never divided by N), matrix by
 * matrix, ascending within each, clamped at 0.
 */
export interface StackSpectrum {
  readonly eigenvalues: Float64Array;
  /**
   * Per matrix: eigenvalues at or below this are rounding noise (route.ts: `precisionFloor`, and `singularValueFloor`
   * by the bidiagonal route).
   */
  readonly resolvedFloor: Float64Array;
  /**
   * Per matrix: the route that computed the eigenvalues. "gram" squares the condition number; "bidiagonal" works on W
   * itself and resolves small singular values.
   */
  readonly route: readonly ("gram" | "bidiagonal")[];
  /**
   * Per matrix: the arithmetic that computed them. It is f64 if the requested one left some unresolved and the matrix
   * was small enough to repeat.
   */
  readonly precision: readonly Precision[];
  /** Statistics of the entries, all matrices together; undefined if the spectra did not come from weights. */
  readonly entries?: EntryStatistics;
}

export interface BeginOptions {
  /** Default "f64". An engine without the requested precision uses a finer one. */
  readonly precision?: Precision | undefined;
  /**
   * Called once, before `begin` returns, if other threads may help with this stack: they call `assist` with the
   * argument.
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
   * Starts a stack. Throws `RangeError` if a side or the count is not a positive integer, or if the matrix exceeds the
   * engine's limit.
   */
  begin(shape: StackShape, options?: BeginOptions): SpectralTask;
  /**
   * Starts the eigenvectors of a stack; throws as `begin` does. If an engine lacks it, the WebAssembly engine computes
   * them.
   */
  beginEigenvectors?(shape: StackShape, request: EigenvectorRequest): StreamedTask<undefined>;
  /**
   * Helps an engine of the same kind on another thread with its matrix, under the given member number; blocks the
   * thread until that is done or the helper is recalled. Absent: the WebAssembly engine's way (wasm/team.ts).
   */
  assist?(wanted: HelpWanted, member: number): void;
}

/**
 * A stack in progress: its rows are pushed in order, in blocks of whole rows, then `finish` gives the result. One task
 * at a time per engine.
 */
export interface StreamedTask<Result> {
  /**
   * How often all rows of the stack must be pushed, from the first to the last (default 1): a large wide matrix is read
   * in several passes rather than kept. It may grow whenever a pass ends.
   */
  readonly passes?: number;
  /** Whether it may keep references to blocks until it ends. Absent: not known. */
  readonly keepsBlocks?: boolean | undefined;
  /** Takes the next rows. Values must be finite (the caller checks). */
  push(block: Values): void;
  /** Throws `RangeError` if rows are missing. */
  finish(): Result;
  /** Frees the memory without a result; has no effect after `finish`. */
  cancel(): void;
}

export type SpectralTask = StreamedTask<StackSpectrum>;

/** All eigenvalues and eigenvectors of the Gram matrix of one matrix of a stack. */
export interface Eigensystem {
  /** Ascending, as computed: zero eigenvalues may be negative by rounding. */
  readonly values: Float64Array;
  /**
   * Row i is the eigenvector of `values[i]`, of unit length. Its sign is arbitrary, and so is its direction within a
   * cluster of equal eigenvalues.
   */
  readonly vectors: Float64Array;
}

export interface EigenvectorRequest {
  /** Of W'W ("columns") or of W W' ("rows"), W as it is stored; it must be a smaller side. */
  readonly side: "rows" | "columns";
  /** Called for each matrix of the stack, in order, while the next is read. The callee owns the arrays. */
  readonly onMatrix: (eigensystem: Eigensystem) => void;
}

/** Arguments of `approximateSpectrum`, in a form that can be sent to a worker. */
export interface ApproximateRequest {
  /** Seed of the start vectors: the same number gives the same result. */
  readonly seed: number;
  /** The defaults are those of `approximateSpectrum`. */
  readonly probes?: number;
  readonly steps?: number;
  readonly block?: number;
  readonly count?: number;
}
