import { availableParallelism } from "node:os";
import {
  type DataSettings,
  type Experiment,
  type PlannedRun,
  type PreparedData,
  preprocess,
  type RunProgress,
  readDataSet,
} from "../../lab/index.js";
import { dataFolder } from "./data-folder.js";
import { isFinished, openRunFolder } from "./run-folder.js";
import { holdSweepFolder, readSweep, runFolderOf, type Sweep } from "./sweep-folder.js";
import { type TrainEngineName, trainEngine } from "./train-engine.js";
import { trainInWorker } from "./training-lane.js";

export interface SweepOptions {
  readonly folder: string;
  /** The folder of the data set; default: the cache of fetched ones. */
  readonly data?: string | undefined;
  /**
   * Maximum number of parallel trainings. Default: the processor's cores, or one if a graphics processor trains,
   * because they would share it.
   */
  readonly jobs?: number | undefined;
  readonly engine?: TrainEngineName;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: SweepEvent) => void;
}

export type SweepEvent =
  /** Before the first training: the planned runs, and those finished earlier. */
  | { readonly type: "planned"; readonly runs: readonly PlannedRun[]; readonly finished: ReadonlySet<string> }
  | { readonly type: "progress"; readonly id: string; readonly progress: RunProgress }
  | { readonly type: "finished"; readonly id: string };

/**
 * Trains the runs of an experiment, one per worker, in the given order, and resolves to all runs that the folder holds.
 * Finished runs are not repeated; an interrupted one continues from its last saved state, to the same bits. Rejects
 * with the first training's error once no training is running.
 */
export async function runSweep(
  experiment: Experiment,
  runs: readonly PlannedRun[],
  options: SweepOptions,
): Promise<Sweep> {
  const {
    folder,
    engine = "wasm",
    jobs = engine === "webgpu" ? 1 : availableParallelism(),
    signal,
    onEvent = () => {},
  } = options;
  const { name, adapter } = await trainEngine(engine);
  const hold = await holdSweepFolder(folder, experiment);
  try {
    const finished = new Set<string>();
    for (const { id, settings } of runs) {
      await openRunFolder(runFolderOf(folder, id), { id, engine: name, adapter, settings });
      if (await isFinished(runFolderOf(folder, id))) finished.add(id);
    }
    const queue = runs.filter(({ id }) => !finished.has(id));
    const data = queue.length > 0 ? await prepareData(experiment.base.data, options.data) : undefined;
    onEvent({ type: "planned", runs, finished });
    const failing = new AbortController();
    const stop = signal === undefined ? failing.signal : AbortSignal.any([signal, failing.signal]);
    const lane = async (): Promise<void> => {
      for (let run = queue.shift(); run !== undefined; run = queue.shift()) {
        const { id, settings } = run;
        const task = { run: { id, settings }, folder: runFolderOf(folder, id), data: data!, engine };
        await trainInWorker(task, {
          signal: stop,
          onProgress: (progress) => onEvent({ type: "progress", id, progress }),
        });
        onEvent({ type: "finished", id });
      }
    };
    const lanes = Array.from({ length: Math.min(jobs, queue.length) }, () =>
      lane().catch((cause) => {
        failing.abort(cause);
        throw cause;
      }),
    );
    const failure = (await Promise.allSettled(lanes)).find((lane) => lane.status === "rejected");
    if (failure !== undefined) throw failing.signal.reason;
    return await readSweep(folder);
  } finally {
    await hold.release();
  }
}

/** The data set as examples, prepared once for all workers: they share its memory. */
async function prepareData(settings: DataSettings, named: string | undefined): Promise<PreparedData> {
  const images = await readDataSet(settings, await dataFolder(settings.set, named));
  const shared = (values: number): Float32Array => new Float32Array(new SharedArrayBuffer(4 * values));
  return preprocess(images, settings.preprocessing, shared);
}
