import type { Layer, LayerDescription } from "../../layers/index.js";
import {
  approximateBytes,
  CallUnavailable,
  eigenvectorBytes,
  engineBytes,
  type SpectralPool,
} from "../../spectra/index.js";
import type { Alignment } from "../compare/alignment.js";
import type { Difference, MeasuredDifference } from "../compare/measure-difference.js";
import { extrasAsked } from "../extras/measure-extras.js";
import { EIGENVECTORS } from "../extras/needs.js";
import type { LayerResult } from "../layer-result.js";
import type { ResolvedOptions } from "../options.js";
import { precisionOf } from "../precision.js";
import type { Digest } from "../store/digest.js";
import type { RunMemory } from "../store/recall.js";
import type { AlignmentCall, DifferenceCall, LayerCall, LayerReply, StoreQuestion } from "./layer-call.js";
import type { Recipe } from "./recipe.js";
import { receiveError, receiveReply } from "./sent-error.js";
import type { SharedModel } from "./shared-model.js";

/** WebAssembly's 32-bit addresses reach no further: a larger matrix gets an approximate spectrum. */
const MAX_EXACT_BYTES = 4 * 2 ** 30;

/** A layer whose weights a worker can read by itself. */
export interface CallableLayer {
  readonly layer: Layer;
  readonly options: ResolvedOptions;
  readonly memory?: RunMemory;
  readonly key?: Digest;
}

/** Whether the pool's workers can read this layer by themselves. */
export function isCallable({ source }: Layer, pool: SpectralPool): boolean {
  return source.recipe !== undefined && pool.call !== undefined;
}

/** The layers of a shared model: workers can read them by themselves. Those whose values come from no file stay. */
export function callableLayers(layers: readonly Layer[], model: SharedModel | undefined): readonly Layer[] {
  if (model === undefined) return layers;
  return layers.map((layer) => {
    const { origin } = layer.source;
    if (origin === undefined) return layer;
    const recipe: Recipe = { kind: "weights", model, origin };
    return { ...layer, source: { ...layer.source, recipe } };
  });
}

/**
 * Has a worker read, solve and measure a layer. Undefined if the pool has no such workers any more. Rejects if the
 * worker stopped or could not open the files, or with the signal's reason.
 */
export async function callLayer(
  { layer, options, memory, key }: CallableLayer,
  pool: SpectralPool,
  signal?: AbortSignal,
): Promise<{ readonly result: LayerResult; readonly key?: Digest } | undefined> {
  const { source, ...description } = layer satisfies LayerDescription;
  const call: LayerCall = {
    kind: "layer",
    layer: description,
    weights: source.recipe as Recipe,
    options,
    ...(memory !== undefined && { memory: { files: memory.files, writes: memory.writes } }),
    ...(key !== undefined && { key }),
  };
  const onAsk = async (question: unknown): Promise<unknown> => {
    const asked = question as StoreQuestion;
    return asked.kind === "get" ? memory?.store.get(asked.key) : memory?.store.put(asked.outcome);
  };
  try {
    const reply = receiveReply<LayerReply>(
      await pool.call?.({ description: call, bytes: bytesOf(layer, options), onAsk }, signal),
    );
    const error = reply.error === undefined ? {} : { error: receiveError(reply.error) };
    return { result: { layer, ...reply.result, ...error }, ...(reply.key !== undefined && { key: reply.key }) };
  } catch (cause) {
    if (cause instanceof CallUnavailable) return undefined;
    throw cause;
  }
}

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
    return receiveReply<Alignment>(await pool.call({ description, bytes, onAsk: async () => {} }, signal));
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
  { layer: { source, ...layer }, spectrum, noise }: Difference,
  { pool, signal }: { readonly pool: SpectralPool; readonly signal?: AbortSignal },
): Promise<MeasuredDifference | undefined> {
  if (pool.call === undefined) return undefined;
  const { count, rows, cols } = source;
  const description: DifferenceCall = { kind: "difference", layer, shape: { count, rows, cols }, spectrum, noise };
  try {
    const bytes = spectrum.eigenvalues.byteLength;
    return receiveReply<MeasuredDifference>(await pool.call({ description, bytes, onAsk: async () => {} }, signal));
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}

/** Bytes while the layer is computed: its matrix in the engine, or the approximate spectrum, or the eigenvectors. */
function bytesOf(layer: Layer, options: ResolvedOptions): number {
  const { source } = layer;
  const exact = engineBytes(source, precisionOf(layer, options.precision));
  const spectrum = exact > MAX_EXACT_BYTES ? approximateBytes(source, {}) : exact;
  const vectors =
    EIGENVECTORS.objection(layer) === null &&
    extrasAsked(options).some((extra) => extra.needs(options).includes(EIGENVECTORS));
  return vectors ? Math.max(spectrum, eigenvectorBytes(source)) : spectrum;
}
