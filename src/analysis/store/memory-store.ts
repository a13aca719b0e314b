import type { Digest } from "./digest.js";
import type { Outcome, OutcomeStore } from "./outcome.js";
import { encodeOutcome } from "./outcome-codec.js";

/** 4096 eigenvalues take 32 KiB: this is room for 8000 such layers, some forty models of 7 billion weights. */
const MAX_BYTES = 256 * 2 ** 20;

/** Outcomes that the analyses of several models share. */
export interface SharedSpectra extends OutcomeStore {
  /** Call before each model: what is kept by then counts as reused from now on. */
  nextModel(): void;
  /** Layers of the current model whose spectrum was solved for an earlier one. */
  readonly reused: number;
}

interface Kept {
  readonly outcome: Outcome;
  readonly bytes: number;
  /** The number of the model that it was solved for. */
  readonly model: number;
}

/** Keeps outcomes in at most `maxBytes` of memory; those that were not used for the longest time go first. */
export function spectraInMemory({ maxBytes = MAX_BYTES }: { readonly maxBytes?: number } = {}): SharedSpectra {
  // In the order of their last use.
  const kept = new Map<Digest, Kept>();
  let bytes = 0;
  let model = 0;
  let reused = 0;
  const forget = (key: Digest): void => {
    bytes -= kept.get(key)?.bytes ?? 0;
    kept.delete(key);
  };
  return {
    get reused() {
      return reused;
    },
    nextModel() {
      model++;
      reused = 0;
    },
    async get(key) {
      const found = kept.get(key);
      if (found === undefined) return undefined;
      kept.delete(key);
      kept.set(key, found);
      if (found.outcome.kind !== "values" && found.model < model) reused++;
      return found.outcome;
    },
    async put(outcome) {
      forget(outcome.key);
      const size = encodeOutcome(outcome).length;
      kept.set(outcome.key, { outcome, bytes: size, model });
      bytes += size;
      for (const key of kept.keys()) {
        if (bytes <= maxBytes) break;
        forget(key);
      }
    },
  };
}
