import { type FileSet, openWeightFile, type WeightFile } from "../formats/index.js";
import { type Layer, planLayers, type SkippedTensor } from "../layers/index.js";
import { poolSpectrum, type SpectralPool } from "../spectra/index.js";
import type { LayerResult } from "./layer-result.js";
import { failedLayer, measureLayer } from "./measure-layer.js";
import { type AnalyzeOptions, type ResolvedOptions, resolveOptions } from "./options.js";
import { type Report, SCHEMA_VERSION } from "./report.js";
import { summarise } from "./summary.js";
import { VERSION } from "./version.js";
import { DegenerateWeights, watched } from "./weights-state.js";

/** How far an analysis is. `work` counts floating-point operations, so that done/total tells the time left better than layers do. */
export interface Progress {
  readonly layersDone: number;
  readonly layersTotal: number;
  readonly workDone: number;
  readonly workTotal: number;
  /** The layer that was finished last; undefined before the first. */
  readonly last?: LayerResult;
}

export interface AnalyzeControls {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** What the adapter gives: workers. */
export interface AnalysisHost {
  createPool(options: { readonly engine: ResolvedOptions["engine"]; readonly jobs?: number }): Promise<SpectralPool>;
}

/** A running analysis: iterate it for layers as they are finished (largest first, not in file order), or wait for the whole report. */
export interface Analysis extends AsyncIterable<LayerResult> {
  /** Resolves when every layer is done; its layers stand in file order. Rejects where the file cannot be read, or with the signal's reason. */
  report(): Promise<Report>;
  /** Every layer's result with its spectrum and fits, in file order; resolves with `report`. */
  results(): Promise<readonly LayerResult[]>;
}

/**
 * Analyses a weight file layer by layer: opens it, plans the layers, solves their spectra on the host's workers, fits and classifies.
 * It starts at once. A layer that cannot be read or solved becomes a failed result with its reason; the others go on.
 * Throws (synchronously) for unreasonable options.
 */
export function analyzeFiles(input: FileSet | Promise<FileSet>, options: AnalyzeOptions & AnalyzeControls, host: AnalysisHost): Analysis {
  const resolved = resolveOptions(options);
  const finished: LayerResult[] = [];
  let wake = newWake();
  let settled = false;

  const run = async (): Promise<{ report: Report; results: LayerResult[] }> => {
    const files = await input;
    const file = await openWeightFile(files, { signal: options.signal });
    try {
      const { layers, skipped } = planLayers(file, {
        conv: resolved.conv,
        include: resolved.layers,
        exclude: resolved.exclude,
        minEigenvalues: resolved.minEigenvalues,
      });
      await solveAll(layers, {
        host,
        jobs: options.jobs,
        engine: resolved.engine,
        signal: options.signal,
        onProgress: options.onProgress,
        onResult: (result) => {
          finished.push(result);
          wake.resolve();
          wake = newWake();
        },
      });
      const results = finished.slice().sort((a, b) => a.layer.index - b.layer.index);
      return { report: makeReport(files, file, { resolved, results, skipped }), results };
    } finally {
      await file.close();
    }
  };

  const outcome = run().finally(() => {
    settled = true;
    wake.resolve();
  });
  // The failure reaches whoever iterates or asks for the report; nobody asking is not a crash.
  outcome.catch(() => {});

  return {
    report: async () => (await outcome).report,
    results: async () => (await outcome).results,
    async *[Symbol.asyncIterator]() {
      for (let next = 0; ; ) {
        const pending = wake.promise;
        while (next < finished.length) yield finished[next++];
        if (settled) break;
        await pending;
      }
      await outcome;
    },
  };
}

interface SolveAll {
  readonly host: AnalysisHost;
  readonly engine: ResolvedOptions["engine"];
  readonly jobs?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  readonly onResult: (result: LayerResult) => void;
}

/** Floating-point operations of one layer: Gram matrix and reduction to tridiagonal form. */
function workOf({ N, M, rf }: Layer): number {
  return rf * (N * M * M + (4 / 3) * M ** 3);
}

async function solveAll(layers: readonly Layer[], { host, engine, jobs, signal, onProgress, onResult }: SolveAll): Promise<void> {
  const workTotal = layers.reduce((sum, layer) => sum + workOf(layer), 0);
  const progress = { layersDone: 0, layersTotal: layers.length, workDone: 0, workTotal };
  onProgress?.(progress);
  if (layers.length === 0) return;

  // Largest first, so that no worker is left alone with the longest matrix at the end.
  const queue = layers.slice().sort((a, b) => workOf(b) - workOf(a) || a.index - b.index);
  const pool = await host.createPool({ engine, jobs });
  let failure: { readonly reason: unknown } | undefined;
  const lane = async (): Promise<void> => {
    for (let layer = queue.shift(); layer !== undefined && failure === undefined; layer = queue.shift()) {
      signal?.throwIfAborted();
      const result = await solveOne(layer, pool, signal);
      signal?.throwIfAborted();
      progress.layersDone++;
      progress.workDone += workOf(layer);
      onResult(result);
      onProgress?.({ ...progress, last: result });
    }
  };
  try {
    const lanes = Array.from({ length: Math.min(pool.width, layers.length) }, () =>
      lane().catch((reason) => {
        failure ??= { reason };
      }),
    );
    await Promise.all(lanes);
    if (failure !== undefined) throw failure.reason;
  } finally {
    await pool.close();
  }
}

async function solveOne(layer: Layer, pool: SpectralPool, signal?: AbortSignal): Promise<LayerResult> {
  try {
    const solved = await pool.solve(watched(layer.source), signal);
    return measureLayer(layer, poolSpectrum(layer.source, solved, layer.eigenvalueScale));
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof DegenerateWeights) return failedLayer(layer, cause.message);
    return failedLayer(layer, `could not be analysed: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

interface Parts {
  readonly resolved: ResolvedOptions;
  readonly results: readonly LayerResult[];
  readonly skipped: readonly SkippedTensor[];
}

function makeReport(files: FileSet, file: WeightFile, { resolved, results, skipped }: Parts): Report {
  const layers = results.map((result) => result.record);
  const skippedRecords = skipped.map(({ name, shape, dtype, reason }) => ({ name, shape, dtype, reason }));
  return {
    schemaVersion: SCHEMA_VERSION,
    tool: { name: "weightscope", version: VERSION },
    input: { label: files.label, format: file.format, files: file.files, warnings: file.warnings },
    options: { ...resolved },
    conventions: { eigenvalues: "W'W", logarithms: "log10" },
    layers,
    skipped: skippedRecords,
    summary: summarise(layers, skippedRecords),
  };
}

interface Wake {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

function newWake(): Wake {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
