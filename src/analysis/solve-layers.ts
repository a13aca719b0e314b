import type { Layer } from "../layers/index.js";
import type { EngineName, SpectralPool } from "../spectra/index.js";
import type { ColumnWorker } from "./column-work.js";
import type { LayerResult } from "./layer-result.js";
import type { ResolvedOptions } from "./options.js";

/**
 * The progress of an analysis. `work` counts floating-point operations: done/total predicts the time left better than
 * the number of layers.
 */
export interface Progress<Result = LayerResult> {
  readonly layersDone: number;
  readonly layersTotal: number;
  readonly workDone: number;
  readonly workTotal: number;
  /** The layer that finished last. Undefined before the first. */
  readonly last?: Result;
}

/** The options of a pool of workers. */
export interface PoolRequest {
  readonly engine: ResolvedOptions["engine"];
  /** Most layers that run at once. Default: the pool's own width. */
  readonly jobs?: number;
  /** Most bytes that the running matrices may take together. Default: the host's own. */
  readonly memory?: number;
  /** All floating-point operations to come. The engine "auto" chooses by them. */
  readonly work?: number;
}

/** What a host (Node or a browser) provides: workers. */
export interface AnalysisHost {
  /** Rejects if the engine is not available. */
  createPool(request: PoolRequest): Promise<SpectralPool>;
  /** Workers for the fits and measures of optional columns, at most `jobs` at once. Default: the caller's thread. */
  createColumnWorker?(jobs?: number): ColumnWorker;
}

/** One layer to solve and measure. */
export interface LayerTask<Result> {
  readonly layer: Layer;
  /** Floating-point operations. */
  readonly work: number;
  /** False while another process is at it; it is then asked again later. */
  claim?(): Promise<boolean>;
  release?(): Promise<void>;
  /** Resolves to a result even if the layer fails. Rejects only when aborted. */
  run(pool: SpectralPool, signal?: AbortSignal): Promise<Result>;
}

interface SolveAll<Result> extends Omit<PoolRequest, "work"> {
  readonly host: AnalysisHost;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress<Result>) => void;
  readonly onResult: (result: Result, layer: Layer) => void;
  /** Waits before tasks that other processes are at are asked again. */
  readonly pause?: (signal?: AbortSignal) => Promise<void>;
}

/** The engine that computed the spectra, and its warnings. */
export interface UsedEngine {
  readonly engine: ResolvedOptions["engine"];
  readonly warnings: readonly string[];
}

/** Makes the tasks, once it is known which engine will run them. */
export type TasksFor<Result> = (
  engine: EngineName,
) => readonly LayerTask<Result>[] | Promise<readonly LayerTask<Result>[]>;

/**
 * Runs all tasks on the host's workers, largest first. `work`: an estimate of all of it, by which the engine "auto" is
 * chosen; for 0 no pool is made, and "auto" is "wasm", as for any small model. When aborted, it rejects with the
 * signal's reason after all tasks have stopped.
 */
export async function solveAll<Result>(
  work: number,
  tasksFor: TasksFor<Result>,
  { host, engine, jobs, memory, signal, onProgress, onResult, pause }: SolveAll<Result>,
): Promise<UsedEngine> {
  const progress = { layersDone: 0, layersTotal: 0, workDone: 0, workTotal: 0 };
  if (work === 0) {
    const used = engine === "auto" ? "wasm" : engine;
    await tasksFor(used);
    onProgress?.(progress);
    return { engine: used, warnings: [] };
  }
  const pool = await host.createPool({ engine, jobs, memory, work });
  try {
    const tasks = await tasksFor(pool.engine);
    progress.layersTotal = tasks.length;
    progress.workTotal = tasks.reduce((sum, task) => sum + task.work, 0);
    onProgress?.({ ...progress });
    const queue = taskQueue(tasks, { pause, signal });
    let failure: { readonly reason: unknown } | undefined;
    const runQueue = async (): Promise<void> => {
      for (let task = await queue.next(); task !== undefined && failure === undefined; task = await queue.next()) {
        signal?.throwIfAborted();
        const result = await task.run(pool, signal);
        await task.release?.();
        signal?.throwIfAborted();
        progress.layersDone++;
        progress.workDone += task.work;
        onResult(result, task.layer);
        onProgress?.({ ...progress, last: result });
      }
    };
    const runners = Array.from({ length: Math.min(pool.width, tasks.length) }, () =>
      runQueue().catch((reason) => {
        failure ??= { reason };
      }),
    );
    await Promise.all(runners);
    if (failure !== undefined) throw failure.reason;
    return { engine: pool.engine, warnings: pool.warnings ?? [] };
  } finally {
    await pool.close();
  }
}

interface Queue<Result> {
  /** The next task that no other process is at. Undefined when none is left. */
  next(): Promise<LayerTask<Result> | undefined>;
}

/** Largest first, so that the largest matrix does not run alone at the end. What others are at comes last. */
function taskQueue<Result>(
  tasks: readonly LayerTask<Result>[],
  { pause, signal }: Pick<SolveAll<Result>, "pause" | "signal">,
): Queue<Result> {
  let waiting = tasks.slice().sort((a, b) => b.work - a.work || a.layer.index - b.layer.index);
  let first = 0;
  let elsewhere: LayerTask<Result>[] = [];
  return {
    async next() {
      for (;;) {
        while (first < waiting.length) {
          const task = waiting[first++];
          if (task.claim === undefined || (await task.claim())) return task;
          elsewhere.push(task);
        }
        if (elsewhere.length === 0) return undefined;
        await pause?.(signal);
        // Another runner may have begun with them meanwhile.
        if (first < waiting.length) continue;
        [waiting, first, elsewhere] = [elsewhere, 0, []];
      }
    },
  };
}
