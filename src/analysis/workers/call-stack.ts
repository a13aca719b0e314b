import type { Layer } from "../../layers/index.js";
import { CallUnavailable, eigenvectorBytes, type SpectralPool } from "../../spectra/index.js";
import type { Alignment } from "../compare/alignment.js";
import type { AlignmentCall, VectorsCall, VectorsReply } from "./layer-call.js";
import type { Recipe } from "./recipe.js";

/**
 * Has a worker align two layers (compare/alignment.ts). Undefined if the workers cannot read both by themselves.
 */
export async function alignByWorker(
  { source: a }: Layer,
  { source: b }: Layer,
  { pool, signal }: { readonly pool: SpectralPool; readonly signal?: AbortSignal },
): Promise<Alignment | undefined> {
  if (pool.call === undefined || a.recipe === undefined || b.recipe === undefined) return undefined;
  const description: AlignmentCall = { kind: "alignment", a: a.recipe as Recipe, b: b.recipe as Recipe };
  try {
    const bytes = 8 * 3 * Math.max(a.rows, a.cols) * Math.min(a.rows, a.cols);
    return (await pool.call({ description, bytes, onAsk: async () => {} }, signal)) as Alignment;
  } catch (cause) {
    if (cause instanceof CallUnavailable) return undefined;
    throw cause;
  }
}

/** Has a worker measure all eigenvectors of a stack. Undefined if the workers cannot make its values by themselves. */
export async function measureVectorsByWorker(
  source: Layer["source"],
  { side, work }: Pick<VectorsCall, "side" | "work">,
  { pool, signal }: { readonly pool: SpectralPool; readonly signal?: AbortSignal },
): Promise<VectorsReply | undefined> {
  if (pool.call === undefined || source.recipe === undefined) return undefined;
  const description: VectorsCall = { kind: "vectors", recipe: source.recipe as Recipe, side, work };
  try {
    const call = { description, bytes: eigenvectorBytes(source), onAsk: async () => {} };
    return (await pool.call(call, signal)) as VectorsReply;
  } catch (cause) {
    if (cause instanceof CallUnavailable) return undefined;
    throw cause;
  }
}
