import type { Layer } from "../layers/index.js";
import { isPastLimit, type Precision, type SpectralPool } from "../spectra/index.js";
import { approximateSeed } from "./measure-approximate.js";
import { contentOf } from "./store/content-digest.js";
import type { Digest } from "./store/digest.js";
import type { Outcome } from "./store/outcome.js";
import { KeptFailure, type RunMemory } from "./store/recall.js";
import {
  type ContentJob,
  contentJobsOf,
  type Jobs,
  jobKey,
  jobsOf,
  runSpectrumJob,
  type SpectrumJob,
} from "./store/spectrum-job.js";

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
  const { exact, approximate } = await jobsFor(layer, { ...solving, memory });
  const key = solving.key ?? (await jobKey(exact));
  const kept = await memory.store.get(key);
  if (kept !== undefined && kept.kind !== "failed") return kept;
  const approximateKey = approximable ? await jobKey(approximate) : undefined;
  const keptApproximate = approximateKey === undefined ? undefined : await memory.store.get(approximateKey);
  if (keptApproximate !== undefined) return keptApproximate;
  if (kept !== undefined && !memory.writes) throw new KeptFailure(kept.reason);
  const run = async (job: Pick<SpectrumJob, "solve">, key: Digest): Promise<Outcome> => {
    const digest = memory.files !== null;
    const outcome = await runSpectrumJob(job, layer.source, { key, pool, digest, signal });
    await memory.store.put(outcome);
    return outcome;
  };
  return run(exact, key).catch((cause) => {
    if (!isPastLimit(cause) || approximateKey === undefined) throw cause;
    return run(approximate, approximateKey);
  });
}

/** The key of a layer's exact spectrum in the memory of outcomes: the given one, or computed. */
export async function exactKey(layer: Layer, solving: Solving & { readonly memory: RunMemory }): Promise<Digest> {
  return solving.key ?? (await jobKey((await jobsFor(layer, solving)).exact));
}

/** The jobs of a layer, by its place in the files or by the content of its weights. */
async function jobsFor(
  layer: Layer,
  { pool: { engine }, precision, seed, memory: { files }, signal }: Solving & { readonly memory: RunMemory },
): Promise<Jobs<SpectrumJob | ContentJob>> {
  const context = { engine, precision, seed };
  if (files !== null) return jobsOf(layer, { ...context, files });
  return contentJobsOf(layer, { ...context, content: await contentOf(layer.source, signal) });
}
