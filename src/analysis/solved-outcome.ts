import type { Layer } from "../layers/index.js";
import { isPastLimit, type Precision, type SpectralPool } from "../spectra/index.js";
import { approximateSeed } from "./measure-approximate.js";
import type { Digest } from "./store/digest.js";
import type { Outcome } from "./store/outcome.js";
import { KeptFailure, type RunMemory } from "./store/recall.js";
import { jobKey, jobsOf, runSpectrumJob, type SpectrumJob } from "./store/spectrum-job.js";

/** What solving one layer needs: the pool, the rules, and the memory of outcomes if there is one. */
export interface Solving {
  readonly pool: SpectralPool;
  readonly precision: Precision;
  readonly seed: number;
  readonly memory?: RunMemory | undefined;
  readonly key?: Digest | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The outcome of the layer's spectrum: a kept one, or a new one, which is kept. An approximate one if the engine
 * rejects a single matrix as too large.
 */
export async function solvedOutcome(layer: Layer, solving: Solving): Promise<Outcome> {
  const { pool, precision, seed, memory, signal } = solving;
  const approximable = layer.rf === 1;
  if (memory === undefined) {
    const host = { key: "", pool, digest: false, signal };
    const solve = { engine: pool.engine, precision, version: 0, seed: approximateSeed(seed, layer.index) };
    return runSpectrumJob({ solve: { kind: "exact", ...solve } }, layer.source, host).catch((cause) => {
      if (!isPastLimit(cause) || !approximable) throw cause;
      return runSpectrumJob({ solve: { kind: "approximate", ...solve } }, layer.source, host);
    });
  }
  const { exact, approximate } = jobsOf(layer, { files: memory.files, engine: pool.engine, precision, seed });
  const key = await exactKey(layer, solving);
  const kept = await memory.store.get(key);
  if (kept !== undefined && kept.kind !== "failed") return kept;
  const approximateKey = approximable ? await jobKey(approximate) : undefined;
  const keptApproximate = approximateKey === undefined ? undefined : await memory.store.get(approximateKey);
  if (keptApproximate !== undefined) return keptApproximate;
  if (kept !== undefined && !memory.writes) throw new KeptFailure(kept.reason);
  const run = async (job: SpectrumJob, key: Digest): Promise<Outcome> => {
    const outcome = await runSpectrumJob(job, layer.source, { key, pool, digest: true, signal });
    await memory.store.put(outcome);
    return outcome;
  };
  return run(exact, key).catch((cause) => {
    if (!isPastLimit(cause) || approximateKey === undefined) throw cause;
    return run(approximate, approximateKey);
  });
}

/** The key of a layer's exact spectrum in the memory of outcomes: the given one, or computed. */
export async function exactKey(layer: Layer, { pool, precision, seed, memory, key }: Solving): Promise<Digest> {
  if (key !== undefined) return key;
  return jobKey(jobsOf(layer, { files: (memory as RunMemory).files, engine: pool.engine, precision, seed }).exact);
}
