import type { Layer } from "../layers/index.js";
import type { SpectralPool } from "../spectra/index.js";
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
  readonly last?: Result | undefined;
  /**
   * Milliseconds from when a worker was free for the last layer to its result; of layers that ran in one go, an equal
   * share. Absent before the first, and where the host has no clock.
   */
  readonly lastMs?: number | undefined;
}

/** The options of a pool of workers. */
export interface PoolRequest {
  readonly engine: ResolvedOptions["engine"];
  /** Most layers that run at once. Default: the pool's own width. */
  readonly jobs?: number | undefined;
  /** Most bytes that the running matrices may take together. Default: the host's own. */
  readonly memory?: number | undefined;
  /** All floating-point operations to come. The engine "auto" chooses by them. */
  readonly work?: number;
  /** Whether the caller's thread may do very little work by itself: `work` then counts all of it. Default: no. */
  readonly ownThread?: boolean | undefined;
}

/** What a host (Node or a browser) provides: workers. */
export interface AnalysisHost {
  /** Rejects if the engine is not available. */
  createPool(request: PoolRequest): Promise<SpectralPool>;
  /** Workers for the fits and measures of optional columns, at most `jobs` at once. Default: the caller's thread. */
  createColumnWorker?(jobs?: number): ColumnWorker;
  /** Milliseconds of a clock that never goes back. Absent: layers are not timed. */
  now?(): number;
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
  /**
   * Runs several tasks that have this same function in one go, because a message to a worker costs more than a small
   * matrix. Results in the order of the tasks; undefined if it cannot, or if something happened that is not the fault
   * of all: each is then run alone. Rejects only when aborted.
   */
  readonly together?: RunTogether<Result>;
}

export type RunTogether<Result> = (
  tasks: readonly LayerTask<Result>[],
  pool: SpectralPool,
  signal?: AbortSignal,
) => Promise<readonly Result[] | undefined>;

/**
 * Limits on the tasks that run in one go: they take about 20 ms. Towards the end there are fewer, so that every worker
 * has some.
 */
const MAX_TOGETHER = 16;
const MAX_WORK_TOGETHER = 2e7;

interface SolveAll<Result> extends Omit<PoolRequest, "work"> {
  readonly host: AnalysisHost;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress<Result>) => void) | undefined;
  readonly onResult: (result: Result, layer: Layer) => void;
  /** The index of a layer that somebody waits for. Asked whenever a worker is free: it then comes before the others. */
  readonly wanted?: (() => number | undefined) | undefined;
  /** Waits before tasks that other processes are at are asked again. */
  readonly pause?: ((signal?: AbortSignal) => Promise<void>) | undefined;
}

/** The engine that computed the spectra, and its warnings. */
export interface UsedEngine {
  readonly engine: ResolvedOptions["engine"];
  /** Which of its kernels, if it has several kinds (`SpectralPool.target`). */
  readonly target?: string | undefined;
  readonly warnings: readonly string[];
}

/** What tasks are planned by: the engine, how many run at once, and whether workers read layers by themselves. */
export type PlannedPool = Pick<SpectralPool, "engine" | "target" | "width" | "call">;

/** Makes the tasks, once it is known which pool will run them. */
export type TasksFor<Result> = (
  pool: PlannedPool,
) => readonly LayerTask<Result>[] | Promise<readonly LayerTask<Result>[]>;

/**
 * Runs all tasks on the host's workers, largest first. `work`: an estimate of all of it, by which the engine "auto" is
 * chosen; for 0 no pool is made, and "auto" is "wasm", as for any small model. When aborted, it rejects with the
 * signal's reason after all tasks have stopped.
 */
export async function solveAll<Result>(
  work: number,
  tasksFor: TasksFor<Result>,
  { host, engine, jobs, memory, ownThread, signal, onProgress, onResult, wanted, pause }: SolveAll<Result>,
): Promise<UsedEngine> {
  const progress = { layersDone: 0, layersTotal: 0, workDone: 0, workTotal: 0 };
  if (work === 0) {
    const used = engine === "auto" ? "wasm" : engine;
    await tasksFor({ engine: used, width: 1 });
    onProgress?.(progress);
    return { engine: used, warnings: [] };
  }
  const pool = await host.createPool({ engine, jobs, memory, work, ownThread });
  try {
    const tasks = await tasksFor(pool);
    progress.layersTotal = tasks.length;
    progress.workTotal = tasks.reduce((sum, task) => sum + task.work, 0);
    onProgress?.({ ...progress });
    const queue = taskQueue(tasks, { pause, signal, wanted, width: pool.width });
    let failure: { readonly reason: unknown } | undefined;
    const runQueue = async (): Promise<void> => {
      for (let batch = await queue.next(); batch.length > 0 && failure === undefined; batch = await queue.next()) {
        signal?.throwIfAborted();
        for await (const [task, result, ms] of runBatch(batch, { pool, signal, now: host.now })) {
          await task.release?.();
          signal?.throwIfAborted();
          progress.layersDone++;
          progress.workDone += task.work;
          onResult(result, task.layer);
          onProgress?.({ ...progress, last: result, ...(ms !== undefined && { lastMs: ms }) });
        }
      }
    };
    const runners = Array.from({ length: Math.min(pool.width, tasks.length) }, () =>
      runQueue().catch((reason) => {
        failure ??= { reason };
      }),
    );
    await Promise.all(runners);
    if (failure !== undefined) throw failure.reason;
    return { engine: pool.engine, target: pool.target, warnings: pool.warnings ?? [] };
  } finally {
    await pool.close();
  }
}

interface RunBatch {
  readonly pool: SpectralPool;
  readonly signal: AbortSignal | undefined;
  readonly now: AnalysisHost["now"];
}

/** Runs the tasks in one go if they can be, else one after the other. Results with their milliseconds. */
async function* runBatch<Result>(
  batch: readonly LayerTask<Result>[],
  { pool, signal, now }: RunBatch,
): AsyncGenerator<readonly [LayerTask<Result>, Result, number | undefined]> {
  const sinceMs = (start: number | undefined): number | undefined =>
    now === undefined || start === undefined ? undefined : now() - start;
  const start = now?.();
  const results = batch.length === 1 ? undefined : await batch[0].together?.(batch, pool, signal);
  const all = sinceMs(start);
  const share = all === undefined ? undefined : all / batch.length;
  for (const [i, task] of batch.entries()) {
    signal?.throwIfAborted();
    if (results !== undefined) yield [task, results[i], share];
    else {
      const own = now?.();
      const result = await task.run(pool, signal);
      yield [task, result, sinceMs(own)];
    }
  }
}

interface Queue<Result> {
  /** The next tasks that no other process is at: one, or several that run together. Empty when none is left. */
  next(): Promise<readonly LayerTask<Result>[]>;
}

/**
 * Largest first, so that the largest matrix does not run alone at the end; before them the layer that is wanted. What
 * others are at comes last.
 */
function taskQueue<Result>(
  tasks: readonly LayerTask<Result>[],
  { pause, signal, wanted, width }: Pick<SolveAll<Result>, "pause" | "signal" | "wanted"> & { readonly width: number },
): Queue<Result> {
  let waiting = tasks.slice().sort((a, b) => b.work - a.work || a.layer.index - b.layer.index);
  let first = 0;
  let elsewhere: LayerTask<Result>[] = [];
  const bringForward = (index: number | undefined): void => {
    const at = waiting.findIndex(({ layer }, k) => k >= first && layer.index === index);
    if (at > first) waiting.splice(first, 0, ...waiting.splice(at, 1));
  };
  /** The next one that could be claimed of those that fit to the batch. */
  const claimNext = async (batch: readonly LayerTask<Result>[]): Promise<LayerTask<Result> | undefined> => {
    while (first < waiting.length && fits(waiting[first], batch, (waiting.length - first + batch.length) / width)) {
      const task = waiting[first++];
      if (task.claim === undefined || (await task.claim())) return task;
      elsewhere.push(task);
    }
    return undefined;
  };
  return {
    async next() {
      for (;;) {
        const batch: LayerTask<Result>[] = [];
        bringForward(wanted?.());
        for (let task = await claimNext(batch); task !== undefined; task = await claimNext(batch)) batch.push(task);
        if (batch.length > 0) return batch;
        if (elsewhere.length === 0) return [];
        await pause?.(signal);
        // Another runner may have begun with them meanwhile.
        if (first < waiting.length) continue;
        [waiting, first, elsewhere] = [elsewhere, 0, []];
      }
    },
  };
}

/** `share`: how many there are for each worker, of the tasks that wait and those of the batch. */
function fits<Result>(task: LayerTask<Result>, batch: readonly LayerTask<Result>[], share: number): boolean {
  if (batch.length === 0) return true;
  const work = batch.reduce((sum, other) => sum + other.work, task.work);
  const alike = task.together !== undefined && task.together === batch[0].together;
  return alike && batch.length < Math.min(MAX_TOGETHER, share) && work <= MAX_WORK_TOGETHER;
}
