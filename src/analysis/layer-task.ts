import type { Layer } from "../layers/index.js";
import { poolSpectrum, type SpectralPool } from "../spectra/index.js";
import { type ColumnWorker, columnWorkInPlace } from "./column-work.js";
import { type ExtrasRecall, extrasAsked, extrasWork, measureExtras, withExtras } from "./extras/measure-extras.js";
import type { LayerResult } from "./layer-result.js";
import { measureApproximate } from "./measure-approximate.js";
import { failedLayer, measureLayer } from "./measure-layer.js";
import { NOTHING_OPTIONAL, type ResolvedOptions } from "./options.js";
import { permutationsFor, permutedNull } from "./permuted-null.js";
import { atPrecision, precisionOf } from "./precision.js";
import type { LayerTask, RunTogether } from "./solve-layers.js";
import { exactKey, type Solving, solvedOutcome } from "./solved-outcome.js";
import { spectrumWork } from "./spectrum-work.js";
import type { Digest } from "./store/digest.js";
import type { Outcome } from "./store/outcome.js";
import { KeptFailure, type RunMemory, recalledValues } from "./store/recall.js";
import { extraJob, permutedNullJob } from "./values-jobs.js";
import { DegenerateWeights } from "./weights-state.js";
import { callLayers, isCallable } from "./workers/call-layer.js";
import { callingPool } from "./workers/calling-pool.js";

/** What a layer's task uses besides the pool. */
export interface TaskContext {
  readonly columnWorker?: ColumnWorker;
  /** What was computed before, and where new results are kept. */
  readonly memory?: RunMemory;
  /** The key of a layer's exact job, if it is known already. */
  readonly keyOf?: (layer: Layer) => Digest | undefined;
  /**
   * Whether a layer's optional measurements are spread over all workers, because there are few layers. If not, the
   * layer is done by one worker as a whole.
   */
  readonly spread?: boolean;
  /** Whether the pool's workers take several small layers in one go (`SpectralPool.call`). Default: no. */
  readonly inGroups?: boolean | undefined;
  /** Called before a layer's result is given, with the key of the outcome of its spectrum. */
  readonly onKey?: (layer: Pick<Layer, "index">, key: Digest) => void;
}

/** Floating-point operations of a layer with what the options ask for. */
export function layerWork(layer: Layer, options: ResolvedOptions): number {
  return spectrumWork(layer) + extrasWork(layer, options);
}

/** The tasks of analysing layers: spectra, the columns computed from them, and the optional columns. */
export function layerTasks(
  layers: readonly Layer[],
  options: ResolvedOptions,
  { columnWorker, memory, keyOf, spread = true, inGroups = false, onKey }: TaskContext = {},
): LayerTask<LayerResult>[] {
  const resultOf = ({ result, key }: SolvedLayer): LayerResult => {
    if (key !== undefined) onKey?.(result.layer, key);
    return result;
  };
  const whole = !spread || extrasAsked(options).length === 0;
  const together: RunTogether<LayerResult> = async (tasks, pool, signal) => {
    if (!tasks.every(({ layer }) => isCallable(layer, pool))) return undefined;
    const called = tasks.map(({ layer }) => ({ layer, key: keyOf?.(layer) }));
    try {
      const solved = await callLayers({ layers: called, options, memory }, pool, signal);
      return solved?.map(resultOf);
    } catch {
      signal?.throwIfAborted();
      return undefined;
    }
  };
  return layers.map((layer) => ({
    layer,
    work: layerWork(layer, options),
    async run(pool, signal) {
      const worker = isCallable(layer, pool) ? { whole } : undefined;
      const key = keyOf?.(layer);
      return resultOf(await solveLayer(layer, options, { pool, columnWorker, memory, key, signal, worker }));
    },
    ...(whole && inGroups && { together }),
  }));
}

/** The task of analysing one layer. */
export function layerTask(layer: Layer, options: ResolvedOptions, context: TaskContext = {}): LayerTask<LayerResult> {
  return layerTasks([layer], options, context)[0];
}

/** What a layer is computed with. */
export interface LayerWork {
  readonly pool: SpectralPool;
  readonly columnWorker?: ColumnWorker | undefined;
  readonly memory?: RunMemory | undefined;
  readonly key?: Digest | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * Set if a worker of the pool reads, solves and measures the layer by itself: with its optional measurements
   * (`whole`), or without them; this thread then spreads those over all workers.
   */
  readonly worker?: { readonly whole: boolean } | undefined;
  /** Errors that are not the layer's own: they reject. Default: none. */
  readonly rejects?: (cause: unknown) => boolean;
  /**
   * Whether only what `memory` keeps is wanted, because others measure it: the row then has no numbers. A layer of
   * which optional columns are asked for is measured all the same: they begin with its row. Default: no.
   */
  readonly onlyKept?: boolean | undefined;
}

/** Why the row of a layer that was solved with `onlyKept` has no numbers. */
export const NOT_MEASURED = "not measured: only what is kept of it was computed";

/** A layer's result, and the key of the outcome of its spectrum, or of the reason why it has none. */
export interface SolvedLayer {
  readonly result: LayerResult;
  readonly key?: Digest;
}

/**
 * Computes a layer. A layer that fails gives a row with the reason. Rejects when aborted, with the signal's reason, and
 * with the errors that `rejects` names.
 */
export async function solveLayer(layer: Layer, options: ResolvedOptions, work: LayerWork): Promise<SolvedLayer> {
  const { pool: workers, columnWorker = columnWorkInPlace(), memory, key, signal, worker, rejects } = work;
  const onlyKept = work.onlyKept === true && extrasAsked(options).length === 0;
  const precision = precisionOf(layer, options.precision);
  const pool = atPrecision(callingPool(workers), precision);
  const solving: Solving = { pool, precision, seed: options.seed, memory, key, signal };
  let outcome: Outcome | undefined;
  try {
    const called = worker === undefined ? undefined : await callWorker(layer, options, { ...work, worker, onlyKept });
    if (called !== undefined && worker?.whole) return called;
    if (called === undefined) outcome = await solvedOutcome(layer, solving);
    const solved = called ?? (await measuredHere(layer, outcome as Outcome, { ...solving, onlyKept }));
    const recall =
      memory === undefined || solved.key === undefined ? undefined : recallOf(layer, solved.key, { memory, options });
    const request = { request: options, pool, columnWorker, signal, recall };
    return { ...solved, result: await measureExtras(solved.result, request) };
  } catch (cause) {
    signal?.throwIfAborted();
    if (rejects?.(cause)) throw cause;
    const reason = failureOf(cause);
    // By content a failure has no key: the weights could not be read.
    if (memory?.writes === true && memory.files !== null && !isExpected(cause))
      await memory.store.put({ key: await exactKey(layer, { ...solving, memory }), kind: "failed", reason });
    const failed = failedLayer(layer, reason, isExpected(cause) ? undefined : cause);
    return { result: withExtras(failed, options, []), ...(outcome !== undefined && { key: outcome.key }) };
  }
}

async function callWorker(
  layer: Layer,
  options: ResolvedOptions,
  { pool, memory, key, signal, worker, onlyKept }: LayerWork & { readonly worker: NonNullable<LayerWork["worker"]> },
): Promise<SolvedLayer | undefined> {
  const asked = worker.whole ? options : { ...options, ...NOTHING_OPTIONAL };
  const solved = await callLayers({ layers: [{ layer, key }], options: asked, memory, onlyKept }, pool, signal);
  return solved?.[0];
}

interface Measuring extends Solving {
  readonly onlyKept: boolean;
}

async function measuredHere(layer: Layer, outcome: Outcome, solving: Measuring): Promise<Required<SolvedLayer>> {
  return { result: await measured(layer, outcome, solving), key: outcome.key };
}

/** The layer measured from its spectrum. Throws `DegenerateWeights` if there is none. */
async function measured(
  layer: Layer,
  outcome: Outcome,
  { pool, seed, memory, signal, onlyKept }: Measuring,
): Promise<LayerResult> {
  if (outcome.kind === "degenerate") throw new DegenerateWeights(outcome.reason, outcome.value);
  if (outcome.kind === "approximate")
    return onlyKept ? failedLayer(layer, NOT_MEASURED) : measureApproximate(layer, outcome.spectrum);
  if (outcome.kind !== "exact")
    throw new RangeError(`the spectrum of ${layer.name} has an outcome of kind ${outcome.kind}`);
  const spectrum = poolSpectrum(layer.source, outcome.spectrum, layer.eigenvalueScale);
  const job = permutedNullJob({ spectrum: outcome.key, index: layer.index }, { seed });
  const permuted =
    permutationsFor(layer, spectrum) === 0
      ? null
      : await recalledValues(memory, job, () => permutedNull(layer, spectrum, { pool, seed, signal }));
  return onlyKept ? failedLayer(layer, NOT_MEASURED) : measureLayer(layer, spectrum, { permuted });
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

/** Optional measurements are kept like spectra: those on permuted weights depend on the layer's number too. */
function recallOf(
  layer: Layer,
  spectrum: Digest,
  { memory, options }: { readonly memory: RunMemory; readonly options: ResolvedOptions },
): ExtrasRecall {
  return (extra, compute) =>
    recalledValues(memory, extraJob({ spectrum, index: layer.index, heads: layer.heads }, extra, options), compute);
}
