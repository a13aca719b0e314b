import type { Layer } from "../../layers/index.js";
import { descriptionOf } from "../../layers/layer.js";
import { approximateBytes, eigenvectorBytes, engineBytes, type SpectralPool } from "../../spectra/index.js";
import { MAX_MEMORY_BYTES } from "../../spectra/past-limit.js";
import { extrasAsked } from "../extras/measure-extras.js";
import { EIGENVECTORS } from "../extras/needs.js";
import type { LayerResult } from "../layer-result.js";
import type { ResolvedOptions } from "../options.js";
import { precisionOf } from "../precision.js";
import type { Digest } from "../store/digest.js";
import type { RunMemory } from "../store/recall.js";
import type { LayerCall, LayerReply, StoreQuestion } from "./layer-call.js";
import type { Recipe } from "./recipe.js";
import { runCall } from "./run-call.js";
import { receiveError } from "./sent-error.js";
import type { SharedModel } from "./shared-model.js";

/** Layers whose weights a worker can read by itself, with the keys of their exact jobs if those are known. */
export interface CallableLayers {
  readonly layers: readonly { readonly layer: Layer; readonly key?: Digest | undefined }[];
  readonly options: ResolvedOptions;
  readonly memory?: RunMemory | undefined;
  /** As in `LayerWork`. */
  readonly onlyKept?: boolean | undefined;
}

export interface CalledLayer {
  readonly result: LayerResult;
  /** The key of the outcome of its spectrum, or of the reason why it has none. */
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
 * Has one worker read, solve and measure layers, one after the other. Undefined if the pool has no such workers any
 * more. Rejects if the worker stopped or could not open the files, or with the signal's reason.
 */
export async function callLayers(
  { layers, options, memory, onlyKept }: CallableLayers,
  pool: SpectralPool,
  signal?: AbortSignal,
): Promise<readonly CalledLayer[] | undefined> {
  const description: LayerCall = {
    kind: "layers",
    layers: layers.map(({ layer, key }) => {
      const weights = layer.source.recipe as Recipe;
      return { layer: descriptionOf(layer), weights, ...(key !== undefined && { key }) };
    }),
    options,
    ...(memory !== undefined && { memory: { files: memory.files, writes: memory.writes } }),
    ...(onlyKept === true && { onlyKept }),
  };
  const onAsk = async (question: unknown): Promise<unknown> => {
    const asked = question as StoreQuestion;
    return asked.kind === "get" ? memory?.store.get(asked.key) : memory?.store.put(asked.outcome);
  };
  const bytes = Math.max(...layers.map(({ layer }) => layerBytes(layer, options)));
  const replies = await runCall<readonly LayerReply[]>({ description, bytes, onAsk }, { pool, signal });
  return replies?.map(({ result, error, key }, i) => ({
    result: { layer: layers[i].layer, ...result, ...(error !== undefined && { error: receiveError(error) }) },
    ...(key !== undefined && { key }),
  }));
}

/**
 * Bytes while the layer is computed: its matrix in the engine, or the approximate spectrum of one that WebAssembly
 * cannot address, or the eigenvectors.
 */
export function layerBytes(layer: Layer, options: ResolvedOptions): number {
  const { source } = layer;
  const exact = exactBytes(layer, options);
  const spectrum = exact > MAX_MEMORY_BYTES ? approximateBytes(source, {}) : exact;
  const vectors =
    EIGENVECTORS.objection(layer) === null &&
    extrasAsked(options).some((extra) => extra.needs(options).includes(EIGENVECTORS));
  return vectors ? Math.max(spectrum, eigenvectorBytes(source)) : spectrum;
}

/** Bytes for the exact spectrum of a layer. Past `MAX_MEMORY_BYTES` the spectrum is approximate. */
export function exactBytes({ source, storedBits, quantised }: Layer, { precision }: ResolvedOptions): number {
  return engineBytes(source, precisionOf({ storedBits, quantised }, precision));
}
