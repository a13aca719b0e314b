import type { ApproximateSpectrum, StackSpectrum } from "../../spectra/index.js";
import type { Digest } from "./digest.js";

/** What became of one job: plain data (numbers, texts, lists and `Float64Array`s), which can be sent and stored. */
export type Outcome = { readonly key: Digest } & (
  | { readonly kind: "exact"; readonly content: Digest; readonly spectrum: StackSpectrum }
  | { readonly kind: "approximate"; readonly content: Digest; readonly spectrum: ApproximateSpectrum }
  /** The weights have no useful spectrum: some are not finite, or all are equal. */
  | { readonly kind: "degenerate"; readonly reason: string; readonly value?: number }
  /** It could not be done; the next attempt may succeed. */
  | { readonly kind: "failed"; readonly reason: string }
  /** What was measured on the weights of a layer, beside its spectrum: the values of an optional measurement. */
  | { readonly kind: "values"; readonly values: unknown }
);

/** Keeps outcomes by their key: in memory, in a folder. */
export interface OutcomeStore {
  /** Undefined if there is none. */
  get(key: Digest): Promise<Outcome | undefined>;
  /** Keeps an outcome. Two of one key are equal, unless one is a failure, which the other takes the place of. */
  put(outcome: Outcome): Promise<void>;
}

/** `store`; `onSolved` gets what became of a spectrum (but not other values of a layer) before the store does. */
export function watchedStore(store: OutcomeStore, onSolved: (outcome: Outcome) => Promise<void>): OutcomeStore {
  return {
    get: (key) => store.get(key),
    put: async (outcome) => {
      if (outcome.kind !== "values") await onSolved(outcome);
      await store.put(outcome);
    },
  };
}
