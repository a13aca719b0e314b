import type { Digest } from "../../analysis/store/digest.js";
import type { OutcomeStore } from "../../analysis/store/outcome.js";

/** The outcomes of a run, wherever they are kept. */
export interface KeptStore extends OutcomeStore {
  /** Whether an outcome was found: by the last `refresh`, or since. */
  has(key: Digest): boolean;
  /** Bytes that belong to no whole record. */
  readonly droppedBytes: number;
  /** Looks what is there now. */
  refresh(): Promise<void>;
  /** Resolves when everything that was put is kept. */
  close(): Promise<void>;
}

/** `live`: whether other processes may add outcomes while this one looks for them; a missing one is then asked for. */
export interface HowRead {
  readonly live: boolean;
}
