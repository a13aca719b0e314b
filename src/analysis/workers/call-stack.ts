import type { Layer } from "../../layers/index.js";
import { descriptionOf } from "../../layers/layer.js";
import { CallUnavailable, eigenvectorBytes, type SpectralPool } from "../../spectra/index.js";
import type { Alignment } from "../compare/alignment.js";
import type { Difference, MeasuredDifference } from "../compare/measure-difference.js";
import type { AlignmentCall, DifferenceCall, VectorsCall, VectorsReply } from "./layer-call.js";
import type { Recipe } from "./recipe.js";
import { receiveReply } from "./sent-error.js";

/**
 * Has a worker align two layers (compare/alignment.ts). Undefined if the workers cannot read both by themselves.
 */
export async function alignByWorker(
  { source: a }: Layer,
  { source: b }: Layer,
  { pool, signal }: { readonly pool: SpectralPool; readonly signal?: AbortSignal | undefined },
): Promise<Alignment | undefined> {
  if (pool.call === undefined || a.recipe === undefined || b.recipe === undefined) return undefined;
  const description: AlignmentCall = { kind: "alignment", a: a.recipe as Recipe, b: b.recipe as Recipe };
  try {
    const bytes = 8 * 3 * Math.max(a.rows, a.cols) * Math.min(a.rows, a.cols);
    return receiveReply<Alignment>(await pool.call({ description, bytes, onAsk: async () => {} }, signal));
  } catch (cause) {
    if (cause instanceof CallUnavailable) return undefined;
    throw cause;
  }
}

/** Has a worker measure all eigenvectors of a stack. Undefined if the workers cannot make its values by themselves. */
export async function measureVectorsByWorker(
  source: Layer["source"],
  { side, work }: Pick<VectorsCall, "side" | "work">,
  { pool, signal }: { readonly pool: SpectralPool; readonly signal?: AbortSignal | undefined },
): Promise<VectorsReply | undefined> {
  if (pool.call === undefined || source.recipe === undefined) return undefined;
  const description: VectorsCall = { kind: "vectors", recipe: source.recipe as Recipe, side, work };
  try {
    const call = { description, bytes: eigenvectorBytes(source), onAsk: async () => {} };
    return receiveReply<VectorsReply>(await pool.call(call, signal));
  } catch (cause) {
    if (cause instanceof CallUnavailable) return undefined;
    throw cause;
  }
}

/**
 * Has a worker measure the difference of two layers (compare/measure-difference.ts), which is pure. Undefined if the
 * pool has no such workers, or the worker stopped.
 */
export async function measureByWorker(
  { layer: difference, spectrum, noise }: Difference,
  { pool, signal }: { readonly pool: SpectralPool; readonly signal?: AbortSignal | undefined },
): Promise<MeasuredDifference | undefined> {
  if (pool.call === undefined) return undefined;
  const { count, rows, cols } = difference.source;
  const layer = descriptionOf(difference);
  const description: DifferenceCall = { kind: "difference", layer, shape: { count, rows, cols }, spectrum, noise };
  try {
    const bytes = spectrum.eigenvalues.byteLength;
    return receiveReply<MeasuredDifference>(await pool.call({ description, bytes, onAsk: async () => {} }, signal));
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}
