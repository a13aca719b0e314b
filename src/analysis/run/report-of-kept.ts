import type { Layer } from "../../layers/index.js";
import type { EngineName, SpectralPool } from "../../spectra/index.js";
import { assembleReport } from "../assemble-report.js";
import type { ColumnWorker } from "../column-work.js";
import type { LayerResult } from "../layer-result.js";
import { layerTasks } from "../layer-task.js";
import type { Report } from "../report.js";
import { solveAll } from "../solve-layers.js";
import { digestOfFiles } from "../store/file-identity.js";
import type { OutcomeStore } from "../store/outcome.js";
import type { Placement } from "../store/run-keeper.js";
import { absentSource, poolWithoutWeights } from "../workers/absent-weights.js";
import type { KeptPlan } from "./parse-plan.js";

/** The report of a run, the results behind it, and the layers that no process has done yet. */
export interface RunReport {
  readonly report: Report;
  readonly results: readonly LayerResult[];
  readonly missing: readonly Placement[];
}

/** A plan with what was kept of it. */
export interface KeptOutcomes {
  readonly plan: KeptPlan;
  readonly store: OutcomeStore;
}

/** What measures kept spectra. */
export interface MeasuringHost {
  /** A pool that solves nothing: it only measures. */
  readonly createPool: () => Promise<SpectralPool>;
  readonly columnWorker: ColumnWorker;
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether results keep their rows only, without spectra, fits and pictures: a model of 100,000 layers takes half the
   * memory. Default: no.
   */
  readonly onlyRows?: boolean;
}

/** Why a layer of a run has no spectrum. */
export const NOT_DONE = "not done yet: no process of the run has measured it";

/**
 * The report of a run from what was kept: no weight is read and no spectrum is solved. A layer that is not done has a
 * failed row that says so.
 */
export async function reportOfKept(kept: KeptOutcomes, host: MeasuringHost): Promise<RunReport> {
  const { options, input, skipped, placements } = kept.plan;
  const results = await measureKept(kept, placements, host);
  const undone = new Set(results.filter((result) => !isDone(result)).map(({ layer }) => layer.index));
  return {
    report: await assembleReport({ input, options, results, skipped }),
    results,
    missing: placements.filter(({ layer }) => undone.has(layer.index)),
  };
}

/** Measures some layers of a run from what was kept, in the report's order. `isDone` tells which are there. */
export async function measureKept(
  { plan: { options, files }, store }: KeptOutcomes,
  placements: readonly Placement[],
  { createPool, columnWorker, signal, onlyRows = false }: MeasuringHost,
): Promise<LayerResult[]> {
  const memory = { store, files: await digestOfFiles(files), writes: false };
  const layers = placements.map((placement) => keptLayer(placement, options.engine));
  const keys = new Map(layers.map((layer, i) => [layer, placements[i].key]));
  const results: LayerResult[] = [];
  await solveAll(
    placements.length,
    ({ call }) =>
      layerTasks(layers, options, {
        columnWorker,
        memory,
        keyOf: (layer) => keys.get(layer),
        spread: false,
        inGroups: call !== undefined,
      }),
    {
      ...{ host: { createPool }, engine: options.engine, signal },
      onResult: (result) => results.push(onlyRows ? rowOf(result) : result),
    },
  );
  return results.sort((a, b) => a.layer.index - b.layer.index);
}

function rowOf({ layer, record }: LayerResult): LayerResult {
  return { layer, record, spectrum: null, bulk: null, edge: null, tail: null, decision: null, picture: null };
}

/** Whether a process of the run has done the layer, with or without success. */
export function isDone({ record }: LayerResult): boolean {
  return record.reason !== NOT_DONE;
}

/** A pool that measures kept spectra on the workers of another one, and solves nothing. */
export function measuringPool(workers: SpectralPool, engine: EngineName): SpectralPool {
  const absent = poolWithoutWeights({ engine, reason: NOT_DONE });
  const call = workers.call?.bind(workers);
  if (call === undefined) return { ...absent, close: () => workers.close() };
  return { ...absent, width: workers.width, call, close: () => workers.close() };
}

/** A layer as the plan has it; its weights are not there. */
export function keptLayer({ layer, stack, origin }: Placement, engine: EngineName): Layer {
  return { ...layer, source: absentSource({ shape: stack, origin, engine, reason: NOT_DONE }) };
}
