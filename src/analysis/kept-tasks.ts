import type { Layer } from "../layers/index.js";
import type { LayerResult } from "./layer-result.js";
import { layerTasks, type TaskContext } from "./layer-task.js";
import type { ResolvedOptions } from "./options.js";
import { precisionOf } from "./precision.js";
import type { LayerTask } from "./solve-layers.js";
import type { Digest } from "./store/digest.js";
import { type Outcome, watchedStore } from "./store/outcome.js";
import type { RunPlan, RunSession } from "./store/run-keeper.js";
import { jobKey, jobsOf } from "./store/spectrum-job.js";

interface KeptRun {
  readonly resolved: ResolvedOptions;
  readonly context: TaskContext;
  readonly plan: RunPlan;
  readonly session: RunSession;
  readonly files: Digest;
  /** Called when the spectrum of a layer was not in the store. */
  readonly onSolved: (layer: Layer) => void;
}

/** The tasks of this process's share of a kept run: each is claimed, and recalls what is done. */
export function keptTasks(
  layers: readonly Layer[],
  { resolved, context, plan, session, files, onSolved }: KeptRun,
): LayerTask<LayerResult>[] {
  const { store, share } = session;
  const keys = new Map(layers.map((layer, i) => [layer, plan.placements[i].key]));
  const keyOf = (layer: Layer): Digest => keys.get(layer) as Digest;
  const own = share === undefined ? layers : layers.filter(({ index }) => share.has(index));
  const solvedBy = layerOfOutcome(own, keyOf, { files, options: plan.options });
  const watched = watchedStore(store, async (outcome) => {
    const layer = await solvedBy(outcome);
    if (layer !== undefined) onSolved(layer);
  });
  const tasks = layerTasks(own, resolved, { ...context, memory: { store: watched, files, writes: true }, keyOf });
  return tasks.map((task) => ({
    ...task,
    claim: () => session.claim(keyOf(task.layer)),
    release: () => session.release(keyOf(task.layer)),
  }));
}

/**
 * Finds the layer that the outcome of a spectrum belongs to. `keyOf`: that of the exact job. The keys of approximate
 * spectra, which are rare, are made when the first one comes.
 */
function layerOfOutcome(
  layers: readonly Layer[],
  keyOf: (layer: Layer) => Digest,
  { files, options }: { readonly files: Digest; readonly options: RunPlan["options"] },
): (outcome: Outcome) => Promise<Layer | undefined> {
  const exact = new Map(layers.map((layer) => [keyOf(layer), layer]));
  let approximate: Promise<ReadonlyMap<Digest, Layer>> | undefined;
  const approximateKeys = async (): Promise<ReadonlyMap<Digest, Layer>> => {
    const { engine, seed } = options;
    const entries = layers.map(async (layer): Promise<[Digest, Layer]> => {
      const precision = precisionOf(layer, options.precision);
      return [await jobKey(jobsOf(layer, { files, engine, precision, seed }).approximate), layer];
    });
    return new Map(await Promise.all(entries));
  };
  return async ({ key, kind }) => {
    if (kind !== "approximate") return exact.get(key);
    approximate ??= approximateKeys();
    return (await approximate).get(key);
  };
}
