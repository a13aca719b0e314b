import type { Layer } from "../layers/index.js";
import { isPastLimit, poolSpectrum } from "../spectra/index.js";
import type { AnalyzeControls } from "./analysis.js";
import { type FileSource, findFiles, openModelOnBase } from "./merged-model.js";
import { type AnalyzeOptions, resolveOptions } from "./options.js";
import { permutationObjection, permuted } from "./permuted-source.js";
import { atPrecision, precisionOf } from "./precision.js";
import type { AnalysisHost } from "./solve-layers.js";
import { spectrumWork } from "./spectrum-work.js";
import { callableLayers } from "./workers/call-layer.js";
import { callingPool } from "./workers/calling-pool.js";
import { shareModel } from "./workers/shared-model.js";
import { stampedFiles } from "./workers/stamped-files.js";

/** The spectrum of a layer with its entries shuffled: the same entries without their order. */
export interface ShuffledSpectrum {
  /** The layer's full name. */
  readonly name: string;
  /** Ascending, on the scale of the layer's own eigenvalues. null if the entries were not shuffled. */
  readonly eigenvalues: Float64Array | null;
  /** Why they were not; null if they were. */
  readonly reason: string | null;
}

export interface ShuffleControls extends Pick<AnalyzeControls, "base" | "signal"> {
  /** The number of the permutation, from 0: those of the option `randomize` are 0, 1, ... Default 0. */
  readonly replicate?: number;
}

/**
 * Shuffles the entries of one layer within each of its matrices, as the option `randomize` does, and solves the
 * spectrum. `options` are those of the analysis: the same seed gives the same shuffle. The weights are read again; the
 * matrix is held in memory. Rejects with a `RangeError` if the model has no layer of that number, with a `FormatError`
 * if the file cannot be read, and with the signal's reason.
 */
export async function shuffledSpectrumOf(
  input: FileSource,
  layerId: number,
  { host, replicate = 0, ...options }: AnalyzeOptions & ShuffleControls & { readonly host: AnalysisHost },
): Promise<ShuffledSpectrum> {
  if (!(Number.isSafeInteger(replicate) && replicate >= 0))
    throw new RangeError(`replicate must be a whole number from 0, found ${replicate}`);
  const resolved = resolveOptions(options);
  const { signal } = options;
  const found = await findFiles(input, options.base);
  const files = stampedFiles(found.files);
  const base = found.base === undefined ? undefined : stampedFiles(found.base);
  const model = await openModelOnBase({ files, base }, resolved, signal);
  try {
    const planned = model.layers.find(({ index }) => index === layerId);
    if (planned === undefined) throw new RangeError(`the model has no layer ${layerId}`);
    const refused = permutationObjection(planned.source);
    if (refused !== null) return { name: planned.name, eigenvalues: null, reason: refused };
    const shared = await shareModel({ files, base }, model.dependsOn, resolved);
    const [layer] = callableLayers([planned], shared);
    return await solved(layer, { resolved, host, replicate, jobs: options.jobs, memory: options.memory, signal });
  } finally {
    await model.file.close();
  }
}

interface Solving {
  readonly jobs: number | undefined;
  readonly memory: number | undefined;
  readonly resolved: ReturnType<typeof resolveOptions>;
  readonly host: AnalysisHost;
  readonly replicate: number;
  readonly signal?: AbortSignal | undefined;
}

async function solved(
  layer: Layer,
  { resolved: { engine, seed, precision }, host, replicate, jobs, memory, signal }: Solving,
): Promise<ShuffledSpectrum> {
  const workers = await host.createPool({ engine, jobs, memory, work: spectrumWork(layer), ownThread: true });
  try {
    const pool = atPrecision(callingPool(workers), precisionOf(layer, precision));
    const source = permuted(layer.source, { seed, layer: layer.index, replicate });
    const { eigenvalues } = poolSpectrum(source, await pool.solve(source, signal), layer.eigenvalueScale);
    return { name: layer.name, eigenvalues, reason: null };
  } catch (cause) {
    if (!isPastLimit(cause)) throw cause;
    return { name: layer.name, eigenvalues: null, reason: (cause as Error).message };
  } finally {
    await workers.close();
  }
}
