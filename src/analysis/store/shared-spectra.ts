import type { Layer } from "../../layers/index.js";
import type { Digest } from "./digest.js";
import { type OutcomeStore, watchedStore } from "./outcome.js";

/** A store of spectra by content, and what tells which layers of a model were solved for it. */
export interface SharedByContent {
  readonly store: OutcomeStore;
  /** To be called for each layer with the key of its outcome, before its result is passed on. */
  readonly onKey: (layer: Pick<Layer, "index">, key: Digest) => void;
}

/**
 * `store`; `onSolved` is called for each layer of a model whose spectrum was not there. Of layers with equal weights,
 * as many count as solved as outcomes were put: the others were recalled.
 */
export function sharedSpectra(store: OutcomeStore, onSolved: (layer: Pick<Layer, "index">) => void): SharedByContent {
  const put = new Map<Digest, number>();
  return {
    store: watchedStore(store, async ({ key }) => {
      put.set(key, (put.get(key) ?? 0) + 1);
    }),
    onKey(layer, key) {
      const left = put.get(key) ?? 0;
      if (left === 0) return;
      put.set(key, left - 1);
      onSolved(layer);
    },
  };
}
