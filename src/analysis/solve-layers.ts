import { Pace } from "../formats/pace.js";
import type { Layer } from "../layers/index.js";
import { edgeLawInSteps } from "../rmt/edge-null.js";
import { isPastLimit, poolSpectrum, type SpectralPool } from "../spectra/index.js";
import { squareWindows } from "./aspect-windows.js";
import { type ColumnWorker, columnWorkInPlace } from "./column-work.js";
import type { LayerResult } from "./layer-result.js";
import { approximateLayer, measureApproximate } from "./measure-approximate.js";
import { failedLayer, measureLayer } from "./measure-layer.js";
import { measureOptional, replicatesOf, unknownOptional } from "./measure-optional.js";
import type { ResolvedOptions } from "./options.js";
import { permutedNull } from "./permuted-null.js";
import { atPrecision, precisionOf } from "./precision.js";
import { layerVerdict } from "./verdict.js";
import { DegenerateWeights, watched } from "./weights-state.js";

/**
 * How far an analysis is. `work` counts floating-point operations, so that done/total tells the time left better than
 * layers do.
 */
export interface Progress<Result = LayerResult> {
  readonly layersDone: number;
  readonly layersTotal: number;
  readonly workDone: number;
  readonly workTotal: number;
  /** The layer that was finished last; undefined before the first. */
  readonly last?: Result;
}

/** What is asked of a host's workers. */
export interface PoolRequest {
  readonly engine: ResolvedOptions["engine"];
  /** Layers worked on at once. Default: the pool's own width. */
  readonly jobs?: number;
  /** Bytes that the matrices under way may take together. Default: the host's own. */
  readonly memory?: number;
  /** Floating-point operations to be done in all, from which "auto" may choose. */
  readonly work?: number;
}

/** What the adapter gives: workers. */
export interface AnalysisHost {
  /** Rejects where the engine is not to be had. */
  createPool(request: PoolRequest): Promise<SpectralPool>;
  /** Workers for the fits and measures of optional columns, so many at once. Default: the caller's thread. */
  createColumnWorker?(jobs?: number): ColumnWorker;
}

/** One spectrum to solve, and all that is read off it. */
export interface LayerTask<Result> {
  readonly layer: Layer;
  /** Floating-point operations. */
  readonly work: number;
  /** Resolves to a result whatever the layer holds; rejects only when aborted. */
  run(pool: SpectralPool, signal?: AbortSignal): Promise<Result>;
}

interface SolveAll<Result> extends Omit<PoolRequest, "work"> {
  readonly host: AnalysisHost;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress<Result>) => void;
  readonly onResult: (result: Result, layer: Layer) => void;
}

/** What computed the spectra, and what there is to say about that. */
export interface UsedEngine {
  readonly engine: ResolvedOptions["engine"];
  readonly warnings: readonly string[];
}

/**
 * Runs all tasks on the host's workers, the largest first. Rejects with the signal's reason when aborted, once nothing
 * runs any more.
 */
export async function solveAll<Result>(
  tasks: readonly LayerTask<Result>[],
  { host, engine, jobs, memory, signal, onProgress, onResult }: SolveAll<Result>,
): Promise<UsedEngine> {
  const workTotal = tasks.reduce((sum, { work }) => sum + work, 0);
  const progress = { layersDone: 0, layersTotal: tasks.length, workDone: 0, workTotal };
  onProgress?.(progress);
  if (tasks.length === 0) return { engine, warnings: [] };

  // Largest first, so that no worker is left alone with the longest matrix at the end.
  const queue = tasks.slice().sort((a, b) => b.work - a.work || a.layer.index - b.layer.index);
  const pool = await host.createPool({ engine, jobs, memory, work: workTotal });
  let failure: { readonly reason: unknown } | undefined;
  const lane = async (): Promise<void> => {
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
    const lanes = Array.from({ length: Math.min(pool.width, tasks.length) }, () =>
      lane().catch((reason) => {
        failure ??= { reason };
      }),
    );
    await Promise.all(lanes);
    if (failure !== undefined) throw failure.reason;
    return { engine: pool.engine, warnings: pool.warnings ?? [] };
  } finally {
    await pool.close();
  }
}

/**
 * A layer to analyse as the options say: its spectrum, everything that is read off it, and what was asked for besides.
 */
export function layerTask(
  layer: Layer,
  options: ResolvedOptions,
  columnWorker: ColumnWorker = columnWorkInPlace(),
): LayerTask<LayerResult> {
  return {
    layer,
    work: spectrumWork(layer) * (1 + replicatesOf(layer, options)) + (options.farms ? windowsWork(layer) : 0),
    async run(workers, signal) {
      const pool = atPrecision(workers, precisionOf(layer, options.precision));
      try {
        const result = await measured(layer, { pool, seed: options.seed, signal });
        if (!asksForMore(options)) return result;
        const more = await measureOptional(result, { request: options, pool, columnWorker, signal });
        // Correlation traps speak to the verdict.
        return { ...more, record: { ...more.record, ...layerVerdict(more.record) } };
      } catch (cause) {
        signal?.throwIfAborted();
        const failed = failedLayer(layer, failureOf(cause), cause instanceof DegenerateWeights ? undefined : cause);
        return { ...failed, record: { ...failed.record, ...unknownOptional(options) } };
      }
    },
  };
}

interface Measuring {
  readonly pool: SpectralPool;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

/** The layer by its exact spectrum; by an approximate one where the engine refuses a single matrix for its size. */
async function measured(layer: Layer, { pool, seed, signal }: Measuring): Promise<LayerResult> {
  try {
    const solved = await pool.solve(watched(layer.source), signal);
    const spectrum = poolSpectrum(layer.source, solved, layer.eigenvalueScale);
    // Once for each number of slices; the event loop has its turns meanwhile.
    await new Pace({ limited: false, signal }).run(edgeLawInSteps(layer.rf));
    return measureLayer(layer, spectrum, { permuted: await permutedNull(layer, spectrum, { pool, seed, signal }) });
  } catch (cause) {
    if (!isPastLimit(cause) || layer.rf > 1) throw cause;
    return measureApproximate(layer, await approximateLayer(layer, { pool, seed, signal }));
  }
}

/** Floating-point operations of one layer: Gram matrix and reduction to tridiagonal form. */
export function spectrumWork({ N, M, rf }: Pick<Layer, "N" | "M" | "rf">): number {
  return rf * (N * M * M + (4 / 3) * M ** 3);
}

/** Why a layer has no spectrum, in a sentence. */
export function failureOf(cause: unknown): string {
  if (cause instanceof DegenerateWeights) return cause.message;
  return `could not be analysed: ${cause instanceof Error ? cause.message : String(cause)}`;
}

/** Floating-point operations of a layer's square windows; a square matrix is its own, and solved already. */
function windowsWork({ source, rf, M }: Layer): number {
  const { windows } = squareWindows(source);
  return windows === 1 ? 0 : spectrumWork({ N: M, M, rf: rf * windows });
}

function asksForMore({ randomize, weightwatcher, vectors, tails, bootstrap, farms }: ResolvedOptions): boolean {
  return randomize > 0 || weightwatcher !== false || vectors || tails || bootstrap > 0 || farms;
}
