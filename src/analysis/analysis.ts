import type { FileSet } from "../formats/index.js";
import { columnWorkInPlace } from "./column-work.js";
import type { LayerResult } from "./layer-result.js";
import { openModelOnBase } from "./merged-model.js";
import type { OpenedModel } from "./open-model.js";
import type { OnOpened } from "./opened-inputs.js";
import { type AnalyzeOptions, type ResolvedOptions, resolveOptions } from "./options.js";
import { type Report, SCHEMA_VERSION } from "./report.js";
import { type AnalysisHost, layerTask, type Progress, solveAll, type UsedEngine } from "./solve-layers.js";
import { summarise } from "./summary.js";
import { VERSION } from "./version.js";

export interface AnalyzeControls {
  /** The base model of `input`, a low-rank adapter. The layers that the adapter changes are analysed merged: W + dW. */
  readonly base?: FileSet | Promise<FileSet>;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /**
   * Called once, after all inputs are opened and planned and before any work. If it throws, the analysis rejects with
   * that error.
   */
  readonly onOpened?: OnOpened;
}

/**
 * A running analysis. Iterate it to get each layer as it finishes (largest first, not in the report's order), or await
 * the whole report.
 */
export interface Analysis extends AsyncIterable<LayerResult> {
  /**
   * Resolves when every layer is done. The layers are in the order that `input.order` names. Rejects if the file cannot
   * be read, or with the signal's reason.
   */
  report(): Promise<Report>;
  /** The result of every layer with its spectrum and fits, in the report's order. Resolves when `report` does. */
  results(): Promise<readonly LayerResult[]>;
}

/**
 * Analyses a weight file layer by layer: opens it, plans the layers, solves their spectra on the host's workers, fits
 * and classifies. It starts at once. A layer that cannot be read or solved gives a failed result with a reason; the
 * other layers continue. Throws synchronously for invalid options.
 */
export function analyzeFiles(input: FileSet | Promise<FileSet>, options: AnalyzeOptions & AnalyzeControls, host: AnalysisHost): Analysis {
  const resolved = resolveOptions(options);
  const finished: LayerResult[] = [];
  let wake = newWake();
  let settled = false;

  const run = async (): Promise<{ report: Report; results: LayerResult[] }> => {
    const files = await input;
    const model = await openModelOnBase({ files, base: options.base }, resolved, options.signal);
    const columnWorker = host.createColumnWorker?.(options.jobs) ?? columnWorkInPlace();
    try {
      await options.onOpened?.(model);
      const tasks = model.layers.map((layer) => layerTask(layer, resolved, columnWorker));
      const { engine, warnings } = await solveAll(tasks, {
        host,
        jobs: options.jobs,
        memory: options.memory,
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
      const used = { engine, warnings: [...warnings, ...(columnWorker.warnings ?? [])] };
      return { report: makeReport(files, model, { resolved, results, used }), results };
    } finally {
      await Promise.all([model.file.close(), columnWorker.close()]);
    }
  };

  const outcome = run().finally(() => {
    settled = true;
    wake.resolve();
  });
  // Iterating or asking for the report rejects. Without a consumer, the rejection must not crash the process.
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

interface Parts {
  readonly resolved: ResolvedOptions;
  readonly results: readonly LayerResult[];
  readonly used: UsedEngine;
}

function makeReport(files: FileSet, { file, base, skipped, order }: OpenedModel, { resolved, results, used }: Parts): Report {
  const layers = results.map((result) => result.record);
  return {
    schemaVersion: SCHEMA_VERSION,
    tool: { name: "weightscope", version: VERSION },
    input: {
      label: files.label,
      format: file.format,
      order,
      files: file.files,
      ...(base === undefined ? {} : { base }),
      warnings: [...file.warnings, ...used.warnings],
    },
    options: { ...resolved, engine: used.engine },
    conventions: { eigenvalues: "W'W", logarithms: "log10" },
    layers,
    skipped,
    summary: summarise(layers, skipped),
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
