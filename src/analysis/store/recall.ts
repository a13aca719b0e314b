import { type Digest, digestOfData } from "./digest.js";
import type { OutcomeStore } from "./outcome.js";

/** The memory of a run: what was computed before, by this process or another. */
export interface RunMemory {
  readonly store: OutcomeStore;
  /**
   * Identity of the files that hold the weights. null: spectra are kept by the content of the weights, so that equal
   * layers of several models have one key. Costs one more reading of every layer.
   */
  readonly files: Digest | null;
  /** Whether new outcomes are kept, and what failed before is tried again; false where a report is only read. */
  readonly writes: boolean;
}

/** A layer failed when it was tried; the message is the reason that was kept. */
export class KeptFailure extends Error {
  override readonly name = "KeptFailure";
}

/** What values measured on a layer's weights depend on, as plain data. */
export interface ValuesJob {
  /** The key of the layer's spectrum: it stands for weights, view and engine. */
  readonly spectrum: Digest;
  readonly name: string;
  /** Raised whenever the same spectrum, weights and parameters give other values. */
  readonly version: number;
  readonly parameters: unknown;
}

export function valuesKey(job: ValuesJob): Promise<Digest> {
  return digestOfData(job);
}

/** Values measured on the weights of a layer, kept like spectra. `Values` must be plain data. */
export async function recalledValues<Values>(
  memory: RunMemory | undefined,
  job: ValuesJob,
  compute: () => Promise<Values>,
): Promise<Values> {
  if (memory === undefined) return compute();
  const key = await valuesKey(job);
  const kept = await memory.store.get(key);
  if (kept?.kind === "values") return kept.values as Values;
  const values = await compute();
  if (memory.writes) await memory.store.put({ key, kind: "values", values });
  return values;
}
