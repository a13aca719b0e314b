import type { Layer } from "../../layers/index.js";
import { descriptionOf } from "../../layers/layer.js";
import { eigenvectorBytes, type SpectralPool } from "../../spectra/index.js";
import type { Alignment } from "../compare/alignment.js";
import { type DirectionsRequest, directionsBytes, type LeadingDirections } from "../compare/leading-directions.js";
import type { Difference, MeasuredDifference } from "../compare/measure-difference.js";
import type { RoundingError } from "../compare/rounding.js";
import type { VectorsCall, VectorsReply } from "./layer-call.js";
import type { Recipe } from "./recipe.js";
import { runCall } from "./run-call.js";

/** The pool that is asked, and the signal that ends the task. */
interface Workers {
  readonly pool: SpectralPool;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Has a worker align two layers (compare/alignment.ts). Undefined if the workers cannot read both by themselves.
 */
export async function alignByWorker(
  { source: a }: Layer,
  { source: b }: Layer,
  workers: Workers,
): Promise<Alignment | undefined> {
  if (a.recipe === undefined || b.recipe === undefined) return undefined;
  const bytes = 8 * 3 * Math.max(a.rows, a.cols) * Math.min(a.rows, a.cols);
  const description = { kind: "alignment", a: a.recipe as Recipe, b: b.recipe as Recipe } as const;
  return runCall<Alignment>({ description, bytes }, workers);
}

/**
 * Has a worker compare the leading directions of two layers (compare/leading-directions.ts). Undefined if the workers
 * cannot read both by themselves.
 */
export async function directionsByWorker(
  [{ source: a }, { source: b }]: readonly [Layer, Layer],
  request: DirectionsRequest,
  workers: Workers,
): Promise<LeadingDirections | undefined> {
  if (a.recipe === undefined || b.recipe === undefined) return undefined;
  const bytes = eigenvectorBytes(a) + directionsBytes(a);
  const description = { kind: "directions", a: a.recipe as Recipe, b: b.recipe as Recipe, request } as const;
  return runCall<LeadingDirections>({ description, bytes }, workers);
}

/**
 * Has a worker find how large the rounding of two layers can make their difference (compare/rounding.ts). Undefined if
 * the workers cannot read both by themselves.
 */
export async function roundingByWorker(
  [{ source: a }, { source: b }]: readonly [Layer, Layer],
  errors: readonly [RoundingError, RoundingError],
  workers: Workers,
): Promise<number | undefined> {
  if (a.recipe === undefined || b.recipe === undefined) return undefined;
  const description = { kind: "rounding", a: a.recipe as Recipe, b: b.recipe as Recipe, errors } as const;
  return (await runCall<{ readonly edge: number }>({ description, bytes: 8 * a.cols }, workers))?.edge;
}

/** Has a worker measure all eigenvectors of a stack. Undefined if the workers cannot make its values by themselves. */
export async function measureVectorsByWorker(
  source: Layer["source"],
  { side, work }: Pick<VectorsCall, "side" | "work">,
  workers: Workers,
): Promise<VectorsReply | undefined> {
  if (source.recipe === undefined) return undefined;
  const description: VectorsCall = { kind: "vectors", recipe: source.recipe as Recipe, side, work };
  return runCall<VectorsReply>({ description, bytes: eigenvectorBytes(source) }, workers);
}

/**
 * Has a worker measure the difference of two layers (compare/measure-difference.ts), which is pure. Undefined if the
 * pool has no such workers, or the worker stopped.
 */
export async function measureByWorker(
  { layer: difference, spectrum, noise }: Difference,
  workers: Workers,
): Promise<MeasuredDifference | undefined> {
  const { count, rows, cols } = difference.source;
  const layer = descriptionOf(difference);
  const description = { kind: "difference", layer, shape: { count, rows, cols }, spectrum, noise } as const;
  try {
    return await runCall<MeasuredDifference>({ description, bytes: spectrum.eigenvalues.byteLength }, workers);
  } catch {
    workers.signal?.throwIfAborted();
    return undefined;
  }
}
