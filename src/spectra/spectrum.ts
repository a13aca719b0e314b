import type { StackShape } from "../layers/layer.js";
import type { Precision, StackSpectrum } from "./engine.js";
import type { EntryStatistics } from "./entry-statistics.js";

/**
 * The empirical spectrum of a layer: eigenvalues of W'W (not divided by N), times the layer's scale, pooled over its
 * `rf` matrices.
 */
export interface Spectrum {
  /** All M*rf eigenvalues, ascending. */
  readonly eigenvalues: Float64Array;
  /** The same, matrix by matrix, each ascending. */
  readonly slices: readonly Float64Array[];
  readonly N: number;
  readonly M: number;
  readonly Q: number;
  readonly rf: number;
  /** Eigenvalues at or below this are rounding noise (largest of the slices' floors, scaled). */
  readonly resolvedFloor: number;
  /** The number of eigenvalues at or below the floor of their own slice. */
  readonly unresolved: number;
  readonly route: "gram" | "bidiagonal" | "mixed";
  /** The coarsest arithmetic among the slices. */
  readonly precision: Precision;
  /** The entries of W, on their own scale; undefined if the spectrum did not come from weights. */
  readonly entries?: EntryStatistics;
}

/** The finest first. */
const PRECISIONS: readonly Precision[] = ["f64", "mixed", "f32"];

/** Pools a stack's eigenvalues into one spectrum, each times `scale`. */
export function poolSpectrum(stack: StackShape, solved: StackSpectrum, scale = 1): Spectrum {
  const N = Math.max(stack.rows, stack.cols);
  const M = Math.min(stack.rows, stack.cols);
  const scaled = scale === 1 ? solved.eigenvalues : solved.eigenvalues.map((value) => value * scale);
  const slices = Array.from({ length: stack.count }, (_, k) => scaled.subarray(k * M, (k + 1) * M));
  const floors = solved.resolvedFloor;
  let unresolved = 0;
  for (let k = 0; k < stack.count; k++) {
    for (const value of slices[k]) if (value <= floors[k] * scale) unresolved++;
  }
  const routes = new Set(solved.route);
  return {
    eigenvalues: stack.count === 1 ? scaled : scaled.slice().sort(),
    slices,
    N,
    M,
    Q: N / M,
    rf: stack.count,
    resolvedFloor: floors.reduce((most, floor) => Math.max(most, floor * scale), 0),
    unresolved,
    route: routes.size === 1 ? solved.route[0] : "mixed",
    precision: PRECISIONS[Math.max(...solved.precision.map((precision) => PRECISIONS.indexOf(precision)))],
    ...(solved.entries !== undefined && { entries: solved.entries }),
  };
}
