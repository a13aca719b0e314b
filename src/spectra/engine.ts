import type { MatrixStack } from "../layers/layer.js";

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
  /** Throws `RangeError` for an empty stack or values that do not fill it. Values must be finite (the caller checks). */
  eigenvalues(stack: MatrixStack): StackSpectrum;
}

/** Runs stacks on workers (or in place). Adapters in node/ and browser/ make them. */
export interface SpectralPool {
  readonly engine: EngineName;
  /** How many stacks are worked on at once. */
  readonly width: number;
  /** Takes ownership of `stack.values` (its buffer may be transferred away). Rejects with the signal's reason when aborted. */
  solve(stack: MatrixStack, signal?: AbortSignal): Promise<StackSpectrum>;
  /** Ends the workers; pending solves reject. */
  close(): Promise<void>;
}
