import type { Values } from "../formats/tensor.js";
import type { Precision } from "./engine.js";

/** The spectrum of one matrix of a stack; the fields are those of `StackSpectrum`. */
export interface MatrixSpectrum {
  /** Ascending, clamped at 0. */
  readonly eigenvalues: Float64Array;
  readonly resolvedFloor: number;
  readonly route: "gram" | "bidiagonal";
  /** Default "f64". */
  readonly precision?: Precision;
}

/** Solves the matrices of a stack one after another; `stackTask` makes a task from it. */
export interface MatrixSolver {
  /** How often it takes the rows of a matrix; default 1. More than 1 only for stacks of one matrix. */
  readonly passes?: number;
  /** Whether `take` keeps references to rows until the matrix is solved. Absent: not known. */
  readonly keepsRows?: boolean;
  /** Prepares for the next matrix. */
  begin(): void;
  /** Takes one or more whole rows of it. */
  take(rows: Values): void;
  solve(): MatrixSpectrum;
  /** Ends the task; called once. */
  release(): void;
}

/**
 * eigenvalue * 4^exponent in ascending order, negative ones clamped at 0. Throws `RangeError` if the largest exceeds
 * the range of f64.
 */
export function ascendingEigenvalues(values: Float64Array, exponent: number): Float64Array {
  const sorted = values.slice().sort();
  const largest = timesPowerOfTwo(sorted[sorted.length - 1], 2 * exponent);
  if (!(largest < Number.POSITIVE_INFINITY) || (largest < SMALLEST_NORMAL && sorted[sorted.length - 1] > 0)) {
    throw new RangeError(
      "the largest eigenvalue of W'W, about " +
        `10^${Math.round(Math.log10(sorted[sorted.length - 1]) + 2 * exponent * Math.LOG10E * Math.LN2)}, ` +
        "exceeds the range of 64-bit numbers",
    );
  }
  for (let i = 0; i < sorted.length; i++) sorted[i] = timesPowerOfTwo(Math.max(0, sorted[i]), 2 * exponent);
  return sorted;
}

const SMALLEST_NORMAL = 2 ** -1022;

/** value * 2^exponent in two steps, since 2^exponent alone may be out of range. */
function timesPowerOfTwo(value: number, exponent: number): number {
  const half = Math.trunc(exponent / 2);
  return value * 2 ** half * 2 ** (exponent - half);
}

/**
 * The exponent e with value in [2^(e-1), 2^e), clamped to [-1000, 1023] so that 2^-e and the scaled value are normal
 * numbers; value > 0.
 */
export function binaryExponent(value: number): number {
  let exponent = Math.max(-1000, Math.min(1023, Math.floor(Math.log2(value)) + 1));
  // log2 may round to the wrong side of an integer.
  if (value >= 2 ** exponent && exponent < 1023) exponent++;
  else if (value < 2 ** (exponent - 1) && exponent > -1000) exponent--;
  return exponent;
}
