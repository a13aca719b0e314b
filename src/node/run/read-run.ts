import { extrasAsked } from "../../analysis/extras/measure-extras.js";
import type { LayerResult } from "../../analysis/index.js";
import type { KeptPlan } from "../../analysis/run/parse-plan.js";
import {
  type MeasuringHost,
  measureKept,
  measuringPool,
  type RunReport,
  reportOfKept,
} from "../../analysis/run/report-of-kept.js";
import type { OutcomeStore } from "../../analysis/store/outcome.js";
import type { Placement } from "../../analysis/store/run-keeper.js";

import { FormatError } from "../../formats/index.js";
import type { SpectralPool } from "../../spectra/index.js";
import { columnWorkers } from "../column-workers.js";
import { MIN_WORKER_WORK, openPool } from "../native/open-pool.js";
import { inRunFolder } from "./folder-error.js";
import type { KeptStore } from "./kept-store.js";
import { readPlan } from "./manifest.js";
import { segmentsOf } from "./run-folder.js";
import { assertSameRun } from "./same-run.js";
import { SegmentStore } from "./segment-store.js";

/** A run as one or several folders hold it, which shards of it were made in; or a bucket, without a folder. */
export interface KeptRun {
  readonly plan: KeptPlan;
  readonly folders: readonly string[];
  readonly stores: readonly KeptStore[];
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

/**
 * Makes the report of a run from what its folders hold: no weight is read and no spectrum is solved. A layer that is
 * not done has a failed row that says so.
 */
export async function reportOfRun({ plan, stores }: KeptRun, options: MeasuringOptions = {}): Promise<RunReport> {
  return withMeasuringHost(plan.placements, plan, options, (host) =>
    reportOfKept({ plan, store: joined(stores) }, host),
  );
}

export interface MeasuringOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Measures some layers of a run from what its folders hold, in the report's order. `isDone` tells which are there. */
export async function measuredLayers(
  { plan, stores }: KeptRun,
  placements: readonly Placement[],
  options: MeasuringOptions = {},
): Promise<LayerResult[]> {
  return withMeasuringHost(placements, plan, options, (host) =>
    measureKept({ plan, store: joined(stores) }, placements, host),
  );
}

async function withMeasuringHost<Result>(
  placements: readonly Placement[],
  { options }: KeptPlan,
  { signal }: MeasuringOptions,
  use: (host: MeasuringHost) => Promise<Result>,
): Promise<Result> {
  const columnWorker = columnWorkers();
  try {
    return await use({ createPool: () => workersFor(placements, options), columnWorker, signal });
  } finally {
    await columnWorker.close();
  }
}

/** Operations of measuring a spectrum, per eigenvalue, roughly: 3 ms for 512 of them. */
const MEASURING_WORK = 6000;

/**
 * The workers that measure kept spectra; they solve nothing. A few spectra are measured in this thread, unless
 * something slow is asked for.
 */
async function workersFor(placements: readonly Placement[], options: KeptPlan["options"]): Promise<SpectralPool> {
  const work = MEASURING_WORK * placements.reduce((sum, { layer }) => sum + layer.M * layer.rf, 0);
  const workers = await openPool({
    engine: "auto",
    work: Math.min(work, MIN_WORKER_WORK),
    ownThread: extrasAsked(options).length === 0,
  });
  return measuringPool(workers, options.engine);
}

/** A store that looks into several. */
export function joined(stores: readonly OutcomeStore[]): OutcomeStore {
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
