import type { FileSet } from "../formats/index.js";
import type { Layer } from "../layers/index.js";
import { type AnalysisPlan, planOf } from "./analysis-plan.js";
import { assembleReport } from "./assemble-report.js";
import { columnWorkInPlace } from "./column-work.js";
import { analysisEvents } from "./events/analysis-events.js";
import type { RunEvent } from "./events/run-event.js";
import { extrasAsked } from "./extras/measure-extras.js";
import { keptTasks } from "./kept-tasks.js";
import type { LayerResult } from "./layer-result.js";
import { layerTasks, layerWork } from "./layer-task.js";
import { type FileSource, findFiles, openModelOnBase } from "./merged-model.js";
import type { OpenedModel } from "./open-model.js";
import type { OnOpened } from "./opened-inputs.js";
import { type AnalyzeOptions, resolveOptions } from "./options.js";
import type { Report } from "./report.js";
import { type AnalysisHost, type LayerTask, type PlannedPool, type Progress, solveAll } from "./solve-layers.js";
import { digestOfFiles } from "./store/file-identity.js";
import type { OutcomeStore } from "./store/outcome.js";
import { type RunKeeper, type RunSession, runPlanOf } from "./store/run-keeper.js";
import { sharedSpectra } from "./store/shared-spectra.js";
import { callableLayers } from "./workers/call-layer.js";
import { shareModel } from "./workers/shared-model.js";
import { stampedFiles } from "./workers/stamped-files.js";

/** From so many layers per worker on, each layer is done by one worker as a whole. */
const LAYERS_PER_WORKER = 4;

export interface AnalyzeControls {
  /** The base model of `input`, a low-rank adapter. The layers that the adapter changes are analysed merged: W + dW. */
  readonly base?: FileSource | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: Progress) => void;
  /**
   * Called for each event of the analysis, as it happens: planned, layer, ended. `reduce` makes a state of them. If it
   * throws, the analysis rejects with that error.
   */
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
  /**
   * Called once, after all inputs are opened and planned and before any work. If it throws, the analysis rejects with
   * that error.
   */
  readonly onOpened?: OnOpened;
  /**
   * Called once, when the engine is chosen and before any work, with what is going to be done. If it throws, the
   * analysis rejects with that error.
   */
  readonly onPlanned?: ((plan: AnalysisPlan) => void | Promise<void>) | undefined;
  /**
   * The `layer_id` of a layer that somebody waits for. Asked whenever a worker is free: that layer then comes before
   * the others, which come largest first. Default: none.
   */
  readonly wanted?: (() => number | undefined) | undefined;
  /** Where what is done is kept, so that a later process goes on from there. Default: nowhere. */
  readonly keeper?: RunKeeper | undefined;
  /**
   * Spectra of other models, by the content of the weights (`spectraInMemory`): a layer that is equal to one of theirs
   * is not solved again. Without effect beside a `keeper`.
   */
  readonly spectra?: OutcomeStore | undefined;
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
export function analyzeFiles(
  input: FileSource,
  options: AnalyzeOptions & AnalyzeControls,
  host: AnalysisHost,
): Analysis {
  const resolved = resolveOptions(options);
  const finished: LayerResult[] = [];
  let wake = newWake();
  let settled = false;

  const run = async (): Promise<{ report: Report; results: LayerResult[] }> => {
    const found = await findFiles(input, options.base);
    const files = stampedFiles(found.files);
    const base = found.base === undefined ? undefined : stampedFiles(found.base);
    const model = await openModelOnBase({ files, base }, resolved, options.signal);
    const columnWorker = host.createColumnWorker?.(options.jobs) ?? columnWorkInPlace();
    let session: RunSession | undefined;
    try {
      await options.onOpened?.(model);
      const shared = await shareModel({ files, base }, model.dependsOn, resolved);
      const layers = callableLayers(model.layers, shared);
      const { skipped } = model;
      const input = inputOf(files, model);
      const work = (layer: Layer): number => layerWork(layer, resolved);
      let events = analysisEvents({ label: files.label, onEvent: options.onEvent });
      const tasksFor = async (pool: PlannedPool): Promise<LayerTask<LayerResult>[]> => {
        const { engine, target, width, call } = pool;
        await options.onPlanned?.(planOf(model, pool, { label: files.label, options: resolved }));
        const context = {
          columnWorker,
          spread: layers.length < LAYERS_PER_WORKER * width,
          inGroups: call !== undefined,
        };
        if (options.keeper === undefined) {
          if (options.spectra === undefined) {
            const tasks = layerTasks(layers, resolved, context);
            events.planned(tasks, skipped);
            return tasks;
          }
          events = analysisEvents({ label: files.label, recalls: true, onEvent: options.onEvent });
          const shared = sharedSpectra(options.spectra, events.onSolved);
          const memory = { store: shared.store, files: null, writes: true };
          const tasks = layerTasks(layers, resolved, { ...context, memory, onKey: shared.onKey });
          events.planned(tasks, skipped);
          return tasks;
        }
        const sets = base === undefined ? [files] : [files, base];
        const plan = await runPlanOf(model, sets, {
          options: { ...resolved, engine, ...(target !== undefined && { engineTarget: target }) },
          input,
          work,
          signal: options.signal,
        });
        session = await options.keeper.begin(plan);
        const digest = await digestOfFiles(plan.files);
        events = analysisEvents({ label: files.label, files: digest, log: session.events, onEvent: options.onEvent });
        const { onSolved } = events;
        const tasks = keptTasks(layers, { resolved, context, plan, session, files: digest, onSolved });
        events.planned(tasks, skipped);
        return tasks;
      };
      const used = await solveAll(
        layers.reduce((sum, layer) => sum + work(layer), 0),
        tasksFor,
        {
          host,
          jobs: options.jobs,
          ownThread: extrasAsked(resolved).length === 0,
          memory: options.memory,
          engine: (await options.keeper?.engine(resolved.engine)) ?? resolved.engine,
          signal: options.signal,
          pause: (signal) => session?.pause(signal) ?? Promise.resolve(),
          onProgress: options.onProgress,
          wanted: options.wanted,
          onResult: (result) => {
            finished.push(result);
            events.layer(result);
            wake.resolve();
            wake = newWake();
          },
        },
      );
      const results = finished.slice().sort((a, b) => a.layer.index - b.layer.index);
      const warnings = [...input.warnings, ...used.warnings, ...(columnWorker.warnings ?? [])];
      const report = await assembleReport({
        input: { ...input, warnings },
        options: { ...resolved, engine: used.engine, ...(used.target && { engineTarget: used.target }) },
        results,
        skipped,
      });
      events.ended(report.summary);
      return { report, results };
    } finally {
      await Promise.all([model.file.close(), columnWorker.close(), session?.close()]);
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

function inputOf({ label }: FileSet, { file, base, order }: OpenedModel): Report["input"] {
  const { format, files, warnings } = file;
  return { label, format, order, files, ...(base === undefined ? {} : { base }), warnings };
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
