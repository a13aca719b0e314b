import { assembleReport } from "../../analysis/assemble-report.js";
import { extrasAsked } from "../../analysis/extras/measure-extras.js";
import type { AnalysisHost, LayerResult, Report } from "../../analysis/index.js";
import { layerTasks } from "../../analysis/layer-task.js";
import { solveAll } from "../../analysis/solve-layers.js";
import { digestOfFiles } from "../../analysis/store/file-identity.js";
import type { OutcomeStore } from "../../analysis/store/outcome.js";
import type { Placement } from "../../analysis/store/run-keeper.js";
import { absentSource, poolWithoutWeights } from "../../analysis/workers/absent-weights.js";
import { FormatError } from "../../formats/index.js";
import type { Layer } from "../../layers/index.js";
import type { EngineName, SpectralPool } from "../../spectra/index.js";
import { columnWorkers } from "../column-workers.js";
import { MIN_WORKER_WORK, openPool } from "../native/open-pool.js";
import { inRunFolder } from "./folder-error.js";
import { type KeptPlan, readPlan } from "./manifest.js";
import { segmentsOf } from "./run-folder.js";
import { assertSameRun } from "./same-run.js";
import { SegmentStore } from "./segment-store.js";

/** A run as one or several folders hold it: shards of one run may have been made in several. */
export interface KeptRun {
  readonly plan: KeptPlan;
  readonly folders: readonly string[];
  readonly stores: readonly SegmentStore[];
}

/**
 * Reads a run from its folders. Rejects with a `FormatError` if one holds none, or that of another model, and with an
 * `OptionError` for one that was made with other options.
 */
export async function readRun(folders: readonly string[]): Promise<KeptRun> {
  if (folders.length === 0) throw new RangeError("readRun: found no folder, expected at least one");
  const plans: KeptPlan[] = [];
  for (const folder of folders) {
    const plan = await inRunFolder(folder, () => readPlan(folder));
    if (plan === undefined) {
      throw new FormatError("there is no run here", {
        kind: "missing",
        file: folder,
        remedy: "Name a folder that was given to analyze with --run.",
      });
    }
    if (plans.length > 0) assertSameRun(plan, plans[0], { folder: folders[0], here: false });
    plans.push(plan);
  }
  const stores = folders.map((folder) => new SegmentStore(segmentsOf(folder), { live: false }));
  for (const [i, store] of stores.entries()) await inRunFolder(folders[i], () => store.refresh());
  return { plan: plans[0], folders, stores };
}

/** The report of a run, the results behind it, and the layers that no process has done yet. */
export interface RunReport {
  readonly report: Report;
  readonly results: readonly LayerResult[];
  readonly missing: readonly Placement[];
}

/**
 * Makes the report of a run from what its folders hold: no weight is read and no spectrum is solved. A layer that is
 * not done has a failed row that says so.
 */
export async function reportOfRun(run: KeptRun, { signal }: MeasuringOptions = {}): Promise<RunReport> {
  const { options, input, skipped, placements } = run.plan;
  const results = await measuredLayers(run, placements, { signal });
  const undone = new Set(results.filter((result) => !isDone(result)).map(({ layer }) => layer.index));
  return {
    report: await assembleReport({ input, options, results, skipped }),
    results,
    missing: placements.filter(({ layer }) => undone.has(layer.index)),
  };
}

export interface MeasuringOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Measures some layers of a run from what its folders hold, in the report's order. `isDone` tells which are there. */
export async function measuredLayers(
  { plan, stores }: KeptRun,
  placements: readonly Placement[],
  { signal }: MeasuringOptions = {},
): Promise<LayerResult[]> {
  const { options } = plan;
  const memory = { store: joined(stores), files: await digestOfFiles(plan.files), writes: false };
  const columnWorker = columnWorkers();
  const host: AnalysisHost = { createPool: () => measuringPool(placements, options) };
  const layers = placements.map((placement) => keptLayer(placement, options.engine));
  const keys = new Map(layers.map((layer, i) => [layer, placements[i].key]));
  const results: LayerResult[] = [];
  try {
    await solveAll(
      placements.length,
      ({ call }) =>
        layerTasks(layers, options, {
          columnWorker,
          memory,
          keyOf: (layer) => keys.get(layer),
          spread: false,
          inGroups: call !== undefined,
        }),
      { host, engine: options.engine, signal, onResult: (result) => results.push(result) },
    );
  } finally {
    await columnWorker.close();
  }
  return results.sort((a, b) => a.layer.index - b.layer.index);
}

/** Whether a process of the run has done the layer, with or without success. */
export function isDone({ record }: LayerResult): boolean {
  return record.reason !== NOT_DONE;
}

const NOT_DONE = "not done yet: no process of the run has measured it";

/** A layer as the plan has it; its weights are not there. */
export function keptLayer({ layer, stack, origin }: Placement, engine: EngineName): Layer {
  return {
    ...layer,
    source: absentSource({ shape: stack, origin, engine, reason: NOT_DONE }),
  };
}

/** Operations of measuring a spectrum, per eigenvalue, roughly: 3 ms for 512 of them. */
const MEASURING_WORK = 6000;

/**
 * The workers that measure kept spectra; they solve nothing. A few spectra are measured in this thread, unless
 * something slow is asked for.
 */
async function measuringPool(placements: readonly Placement[], options: KeptPlan["options"]): Promise<SpectralPool> {
  const absent = poolWithoutWeights({ engine: options.engine, reason: NOT_DONE });
  const work = MEASURING_WORK * placements.reduce((sum, { layer }) => sum + layer.M * layer.rf, 0);
  const workers = await openPool({
    engine: "auto",
    work: Math.min(work, MIN_WORKER_WORK),
    ownThread: extrasAsked(options).length === 0,
  });
  const call = workers.call?.bind(workers);
  if (call === undefined) {
    await workers.close();
    return absent;
  }
  return { ...absent, width: workers.width, call, close: () => workers.close() };
}

/** A store that looks into several. */
export function joined(stores: readonly SegmentStore[]): OutcomeStore {
  return {
    async get(key) {
      for (const store of stores) {
        const outcome = await store.get(key);
        if (outcome !== undefined && outcome.kind !== "failed") return outcome;
      }
      for (const store of stores) {
        const outcome = await store.get(key);
        if (outcome !== undefined) return outcome;
      }
      return undefined;
    },
    put: async () => {
      throw new RangeError("a report keeps nothing");
    },
  };
}
