import type { Layer } from "../layers/index.js";
import { isPastLimit, poolSpectrum, type SpectralPool } from "../spectra/index.js";
import { type ColumnWorker, columnWorkInPlace } from "./column-work.js";
import { extrasWork, measureExtras, withExtras } from "./extras/measure-extras.js";
import type { LayerResult } from "./layer-result.js";
import { approximateLayer, measureApproximate } from "./measure-approximate.js";
import { failedLayer, measureLayer } from "./measure-layer.js";
import type { ResolvedOptions } from "./options.js";
import { permutedNull } from "./permuted-null.js";
import { atPrecision, precisionOf } from "./precision.js";
import { spectrumWork } from "./spectrum-work.js";
import { DegenerateWeights, withDegeneracyCheck } from "./weights-state.js";

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
  /** Resolves to a result even if the layer fails. Rejects only when aborted. */
  run(pool: SpectralPool, signal?: AbortSignal): Promise<Result>;
}

interface SolveAll<Result> extends Omit<PoolRequest, "work"> {
  readonly host: AnalysisHost;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress<Result>) => void;
  readonly onResult: (result: Result, layer: Layer) => void;
}

/** The engine that computed the spectra, and its warnings. */
export interface UsedEngine {
  readonly engine: ResolvedOptions["engine"];
  readonly warnings: readonly string[];
}

/**
 * Runs all tasks on the host's workers, largest first. When aborted, it rejects with the signal's reason after all
 * tasks have stopped.
 */
export async function solveAll<Result>(
  tasks: readonly LayerTask<Result>[],
  { host, engine, jobs, memory, signal, onProgress, onResult }: SolveAll<Result>,
): Promise<UsedEngine> {
  const workTotal = tasks.reduce((sum, { work }) => sum + work, 0);
  const progress = { layersDone: 0, layersTotal: tasks.length, workDone: 0, workTotal };
  onProgress?.(progress);
  if (tasks.length === 0) return { engine, warnings: [] };

  // Largest first, so that the largest matrix does not run alone at the end.
  const queue = tasks.slice().sort((a, b) => b.work - a.work || a.layer.index - b.layer.index);
  const pool = await host.createPool({ engine, jobs, memory, work: workTotal });
  let failure: { readonly reason: unknown } | undefined;
  const runQueue = async (): Promise<void> => {
    for (let task = queue.shift(); task !== undefined && failure === undefined; task = queue.shift()) {
      signal?.throwIfAborted();
      const result = await task.run(pool, signal);
      signal?.throwIfAborted();
      progress.layersDone++;
      progress.workDone += task.work;
      onResult(result, task.layer);
      onProgress?.({ ...progress, last: result });
    }
  };
  try {
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

/** The task of analysing a layer: its spectrum, the columns computed from it, and the optional columns. */
export function layerTask(
  layer: Layer,
  options: ResolvedOptions,
  columnWorker: ColumnWorker = columnWorkInPlace(),
): LayerTask<LayerResult> {
  return {
    layer,
    work: spectrumWork(layer) + extrasWork(layer, options),
    async run(workers, signal) {
      const pool = atPrecision(workers, precisionOf(layer, options.precision));
      try {
        const result = await solveAndMeasure(layer, { pool, seed: options.seed, signal });
        return await measureExtras(result, { request: options, pool, columnWorker, signal });
      } catch (cause) {
        signal?.throwIfAborted();
        const failed = failedLayer(layer, failureOf(cause), cause instanceof DegenerateWeights ? undefined : cause);
        return withExtras(failed, options, []);
      }
    },
  };
}

interface Measuring {
  readonly pool: SpectralPool;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

/**
 * Measures the layer from its exact spectrum, or from an approximate one if the engine rejects a single matrix as too
 * large.
 */
async function solveAndMeasure(layer: Layer, { pool, seed, signal }: Measuring): Promise<LayerResult> {
  try {
    const solved = await pool.solve(withDegeneracyCheck(layer.source), signal);
    const spectrum = poolSpectrum(layer.source, solved, layer.eigenvalueScale);
    return measureLayer(layer, spectrum, { permuted: await permutedNull(layer, spectrum, { pool, seed, signal }) });
  } catch (cause) {
    if (!isPastLimit(cause) || layer.rf > 1) throw cause;
    return measureApproximate(layer, await approximateLayer(layer, { pool, seed, signal }));
  }
}

/** Why a layer has no spectrum, in a sentence. */
export function failureOf(cause: unknown): string {
  if (cause instanceof DegenerateWeights) return cause.message;
  return `could not be analysed: ${cause instanceof Error ? cause.message : String(cause)}`;
}
