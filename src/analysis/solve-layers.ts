import type { Layer } from "../layers/index.js";
import { type EngineName, isPastLimit, type Precision, poolSpectrum, type SpectralPool } from "../spectra/index.js";
import { squareWindows } from "./aspect-windows.js";
import { type ColumnWorker, columnWorkInPlace } from "./column-work.js";
import type { LayerResult } from "./layer-result.js";
import { approximateSeed, measureApproximate } from "./measure-approximate.js";
import { failedLayer, measureLayer } from "./measure-layer.js";
import { measureOptional, nullOptionalColumns, replicatesOf } from "./measure-optional.js";
import type { ResolvedOptions } from "./options.js";
import { PERMUTED_NULL_VERSION, permutationsFor, permutedNull } from "./permuted-null.js";
import { atPrecision, precisionOf } from "./precision.js";
import type { Digest } from "./store/digest.js";
import type { Outcome } from "./store/outcome.js";
import { KeptFailure, keptOutcome, type RunMemory, recalledValues } from "./store/recall.js";
import { jobKey, jobsOf, runSpectrumJob, type SpectrumJob } from "./store/spectrum-job.js";
import { layerVerdict } from "./verdict.js";
import { DegenerateWeights } from "./weights-state.js";

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
export type TasksFor<Result> = (engine: EngineName) => readonly LayerTask<Result>[] | Promise<readonly LayerTask<Result>[]>;

/**
 * Runs all tasks on the host's workers, largest first. `work`: an estimate of all of it, by which the engine "auto" is
 * chosen; no pool is made for 0. When aborted, it rejects with the signal's reason after all tasks have stopped.
 */
export async function solveAll<Result>(
  work: number,
  tasksFor: TasksFor<Result>,
  { host, engine, jobs, memory, signal, onProgress, onResult, pause }: SolveAll<Result>,
): Promise<UsedEngine> {
  const progress = { layersDone: 0, layersTotal: 0, workDone: 0, workTotal: 0 };
  if (work === 0) {
    onProgress?.(progress);
    return { engine, warnings: [] };
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
  let elsewhere: LayerTask<Result>[] = [];
  return {
    async next() {
      for (;;) {
        for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
          if (task.claim === undefined || (await task.claim())) return task;
          elsewhere.push(task);
        }
        if (elsewhere.length === 0) return undefined;
        await pause?.(signal);
        [waiting, elsewhere] = [elsewhere, waiting];
      }
    },
  };
}

/** Work of a layer with what the options ask for. */
export function layerWork(layer: Layer, options: ResolvedOptions): number {
  return spectrumWork(layer) * (1 + replicatesOf(layer, options)) + (options.farms ? windowsWork(layer) : 0);
}

/** What a layer's task uses besides the pool. */
export interface TaskContext {
  readonly columnWorker?: ColumnWorker;
  /** What was computed before, and where new results are kept. */
  readonly memory?: RunMemory;
}

/** The task of analysing a layer: its spectrum, the columns computed from it, and the optional columns. */
export function layerTask(
  layer: Layer,
  options: ResolvedOptions,
  { columnWorker = columnWorkInPlace(), memory }: TaskContext = {},
): LayerTask<LayerResult> {
  return {
    layer,
    work: layerWork(layer, options),
    async run(workers, signal) {
      const precision = precisionOf(layer, options.precision);
      const pool = atPrecision(workers, precision);
      const solving: Solving = { pool, precision, seed: options.seed, memory, signal };
      try {
        const result = await solveAndMeasure(layer, solving);
        if (!wantsOptionalColumns(options)) return result;
        const more = await measureOptional(result, { request: options, pool, columnWorker, signal });
        // Correlation traps can change the verdict.
        return { ...more, record: { ...more.record, ...layerVerdict(more.record) } };
      } catch (cause) {
        signal?.throwIfAborted();
        const reason = failureOf(cause);
        if (memory?.retry === true && !isExpected(cause))
          await memory.store.put({ key: await exactKey(layer, solving), kind: "failed", reason });
        const failed = failedLayer(layer, reason, isExpected(cause) ? undefined : cause);
        return { ...failed, record: { ...failed.record, ...nullOptionalColumns(options) } };
      }
    },
  };
}

interface Solving {
  readonly pool: SpectralPool;
  readonly precision: Precision;
  readonly seed: number;
  readonly memory?: RunMemory;
  readonly signal?: AbortSignal;
}

/**
 * Measures the layer from its exact spectrum, or from an approximate one if the engine rejects a single matrix as too
 * large.
 */
async function solveAndMeasure(layer: Layer, solving: Solving): Promise<LayerResult> {
  const outcome = await solvedOutcome(layer, solving);
  if (outcome.kind === "degenerate") throw new DegenerateWeights(outcome.reason, outcome.value);
  if (outcome.kind === "approximate") return measureApproximate(layer, outcome.spectrum);
  if (outcome.kind !== "exact") throw new RangeError(`the spectrum of ${layer.name} has an outcome of kind ${outcome.kind}`);
  const spectrum = poolSpectrum(layer.source, outcome.spectrum, layer.eigenvalueScale);
  const { pool, seed, memory, signal } = solving;
  const permuted =
    permutationsFor(layer, spectrum) === 0
      ? null
      : await recalledValues(
          memory,
          { spectrum: outcome.key, name: "permuted-null", version: PERMUTED_NULL_VERSION, parameters: { seed, layer: layer.index } },
          () => permutedNull(layer, spectrum, { pool, seed, signal }),
        );
  return measureLayer(layer, spectrum, { permuted });
}

/** The outcome of the layer's spectrum: a kept one, or a new one, which is kept. */
async function solvedOutcome(layer: Layer, { pool, precision, seed, memory, signal }: Solving): Promise<Outcome> {
  const approximable = layer.rf === 1;
  if (memory === undefined) {
    const job = (kind: "exact" | "approximate") => ({
      solve: { kind, engine: pool.engine, precision, version: 0, seed: approximateSeed(seed, layer.index) },
    });
    const host = { key: "", pool, digest: false, signal };
    return runSpectrumJob(job("exact"), layer.source, host).catch((cause) => {
      if (!isPastLimit(cause) || !approximable) throw cause;
      return runSpectrumJob(job("approximate"), layer.source, host);
    });
  }
  const { exact, approximate } = jobsOf(layer, { files: memory.files, engine: pool.engine, precision, seed });
  const keys = { exact: await jobKey(exact), approximate: await jobKey(approximate) };
  const kept = (await keptOutcome(memory, keys.exact)) ?? (approximable ? await keptOutcome(memory, keys.approximate) : undefined);
  if (kept !== undefined) return kept;
  const run = async (job: SpectrumJob, key: Digest): Promise<Outcome> => {
    const outcome = await runSpectrumJob(job, layer.source, { key, pool, digest: true, signal });
    await memory.store.put(outcome);
    return outcome;
  };
  return run(exact, keys.exact).catch((cause) => {
    if (!isPastLimit(cause) || !approximable) throw cause;
    return run(approximate, keys.approximate);
  });
}

function exactKey(layer: Layer, { pool, precision, seed, memory }: Solving): Promise<Digest> {
  return jobKey(jobsOf(layer, { files: (memory as RunMemory).files, engine: pool.engine, precision, seed }).exact);
}

/** Floating-point operations of one layer: Gram matrix and reduction to tridiagonal form. */
export function spectrumWork({ N, M, rf }: Pick<Layer, "N" | "M" | "rf">): number {
  return rf * (N * M * M + (4 / 3) * M ** 3);
}

/** Why a layer has no spectrum, in a sentence. */
export function failureOf(cause: unknown): string {
  if (isExpected(cause)) return cause.message;
  return `could not be analysed: ${cause instanceof Error ? cause.message : String(cause)}`;
}

/** Reasons that are no error of reading or computing. */
function isExpected(cause: unknown): cause is Error {
  return cause instanceof DegenerateWeights || cause instanceof KeptFailure;
}

/** Floating-point operations of a layer's square windows. A square matrix is its own window and is solved already. */
function windowsWork({ source, rf, M }: Layer): number {
  const { windows } = squareWindows(source);
  return windows === 1 ? 0 : spectrumWork({ N: M, M, rf: rf * windows });
}

function wantsOptionalColumns({ randomize, weightwatcher, vectors, tails, bootstrap, farms }: ResolvedOptions): boolean {
  return randomize > 0 || weightwatcher !== false || vectors || tails || bootstrap > 0 || farms;
}
