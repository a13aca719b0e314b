import type { Layer } from "../layers/index.js";
import type { EngineName, Precision } from "../spectra/index.js";
import { MAX_MEMORY_BYTES } from "../spectra/past-limit.js";
import { extrasAsked } from "./extras/measure-extras.js";
import { layerWork } from "./layer-task.js";
import { type FileSource, findFiles, openModelOnBase } from "./merged-model.js";
import type { OpenedModel } from "./open-model.js";
import type { OnOpened } from "./opened-inputs.js";
import { type AnalyzeOptions, type ResolvedOptions, resolveOptions } from "./options.js";
import { precisionOf } from "./precision.js";
import type { SkippedRecord } from "./report.js";
import type { AnalysisHost, PlannedPool } from "./solve-layers.js";
import { exactBytes, layerBytes } from "./workers/call-layer.js";

/** What one layer is going to take. */
export interface LayerCost {
  readonly layer_id: number;
  readonly name: string;
  readonly N: number;
  readonly M: number;
  readonly rf: number;
  readonly precision: Precision;
  /** Floating-point operations, optional measurements included. */
  readonly work: number;
  /** Bytes of memory while it is solved. */
  readonly memoryBytes: number;
  /** Bytes of the file that hold its weights. */
  readonly readBytes: number;
  /** Too large for the exact routes: its spectrum will be approximate, and `work` says little of its time. */
  readonly approximate: boolean;
}

/** What an analysis is going to do: known from the directory of the file and the pool, before any weight is read. */
export interface AnalysisPlan {
  readonly label: string;
  readonly format: string;
  /** Number of files that hold the weights. */
  readonly files: number;
  readonly engine: EngineName;
  /** Which of the engine's kernels, if it has several kinds. */
  readonly target: string | null;
  /** Most layers that run at once. */
  readonly workers: number;
  /** In the report's order. */
  readonly layers: readonly LayerCost[];
  readonly skipped: readonly SkippedRecord[];
}

/** The plan of an opened model on a pool. */
export function planOf(
  { file, layers, skipped }: Pick<OpenedModel, "file" | "layers" | "skipped">,
  { engine, target, width }: PlannedPool,
  { label, options }: { readonly label: string; readonly options: ResolvedOptions },
): AnalysisPlan {
  return {
    ...{ label, format: file.format, files: file.files.length },
    ...{ engine, target: target ?? null, workers: width },
    layers: layers.map((layer) => costOf(layer, options)),
    skipped: skipped.map(({ name, shape, dtype, reason }) => ({ name, shape, dtype, reason })),
  };
}

function costOf(layer: Layer, options: ResolvedOptions): LayerCost {
  const { index, name, N, M, rf, source, storedBits } = layer;
  return {
    ...{ layer_id: index, name, N, M, rf, precision: precisionOf(layer, options.precision) },
    work: layerWork(layer, options),
    memoryBytes: layerBytes(layer, options),
    readBytes: Math.ceil((source.count * source.rows * source.cols * storedBits) / 8),
    approximate: exactBytes(layer, options) > MAX_MEMORY_BYTES,
  };
}

/** What opens a model to plan it: the same controls as those of an analysis. */
export interface PlanControls {
  readonly base?: FileSource | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onOpened?: OnOpened;
}

/**
 * Plans an analysis and does none of it: opens the model and the pool, whose workers are not started, and closes both.
 * Rejects as `analyzeFiles` does.
 */
export async function planFiles(
  input: FileSource,
  options: AnalyzeOptions & PlanControls,
  host: AnalysisHost,
): Promise<AnalysisPlan> {
  const resolved = resolveOptions(options);
  const found = await findFiles(input, options.base);
  const model = await openModelOnBase(found, resolved, options.signal);
  try {
    await options.onOpened?.(model);
    const { engine, jobs, memory } = { ...options, engine: resolved.engine };
    const work = model.layers.reduce((sum, layer) => sum + layerWork(layer, resolved), 0);
    const ownThread = extrasAsked(resolved).length === 0;
    const pool = await host.createPool({ engine, jobs, memory, work, ownThread });
    try {
      return planOf(model, pool, { label: found.files.label, options: resolved });
    } finally {
      await pool.close();
    }
  } finally {
    await model.file.close();
  }
}
