import type { Layer } from "../layers/index.js";
import { weightWatcherReplicates, weightWatcherTraceLog } from "../metrics/index.js";
import { poolSpectrum, type SpectralPool, type Spectrum } from "../spectra/index.js";
import { squareWindows } from "./aspect-windows.js";
import { bootstrapColumns } from "./bootstrap-columns.js";
import type { ColumnWorker } from "./column-work.js";
import { gramObjection } from "./gram-matrices.js";
import type { LayerResult } from "./layer-result.js";
import { zeroFloorOf } from "./measure-layer.js";
import {
  BOOTSTRAP_COLUMNS,
  FARMS_COLUMNS,
  type FarmsColumns,
  LOCALISATION_COLUMNS,
  nullColumns,
  type OptionalColumns,
  RANDOMISATION_COLUMNS,
  TAIL_COLUMNS,
  WEIGHTWATCHER_GROUPS,
  type WeightWatcherColumns,
  weightWatcherColumnsOf,
} from "./optional-columns.js";
import type { ResolvedOptions } from "./options.js";
import { permutationObjection, permuted } from "./permuted-source.js";
import type { LayerRecord } from "./report.js";
import { farmsColumns, type tailColumns } from "./tail-columns.js";
import { localisationColumns, weightWatcherVectorColumns } from "./vector-columns.js";

/** The options that ask for optional columns. */
export type OptionalRequest = Pick<ResolvedOptions, "randomize" | "weightwatcher" | "vectors" | "tails" | "bootstrap" | "farms" | "seed">;

/** Whether the options ask for a column of the group. */
function wantsWeightWatcher({ weightwatcher }: OptionalRequest, group: keyof typeof WEIGHTWATCHER_GROUPS): boolean {
  const wanted = weightWatcherColumnsOf(weightwatcher);
  return WEIGHTWATCHER_GROUPS[group].some((column) => wanted.includes(column));
}

/** How many times a layer's weights are permuted. WeightWatcher's columns need one randomisation more than it pools. */
export function replicatesOf({ M, rf }: Pick<Layer, "M" | "rf">, request: OptionalRequest): number {
  return Math.max(request.randomize, wantsWeightWatcher(request, "randomize") ? weightWatcherReplicates(M * rf) + 1 : 0);
}

/** Every requested optional column as null, for a layer without a spectrum. */
export function nullOptionalColumns({
  randomize,
  weightwatcher,
  vectors,
  tails,
  bootstrap,
  farms,
}: OptionalRequest): Partial<OptionalColumns> {
  return {
    ...nullColumns(weightWatcherColumnsOf(weightwatcher)),
    ...(randomize > 0 && nullColumns(RANDOMISATION_COLUMNS)),
    ...(vectors && nullColumns(LOCALISATION_COLUMNS)),
    ...(tails && nullColumns(TAIL_COLUMNS)),
    ...(bootstrap > 0 && nullColumns(BOOTSTRAP_COLUMNS)),
    ...(farms && nullColumns(FARMS_COLUMNS)),
  };
}

export interface OptionalContext {
  readonly request: OptionalRequest;
  readonly pool: SpectralPool;
  /** Computes the slow fits and measures. */
  readonly columnWorker: ColumnWorker;
  readonly signal?: AbortSignal;
}

/**
 * Adds the requested optional columns to a measured layer. Spectra and eigenvectors run on the pool, slow fits and
 * measures on the column worker. Columns of a layer that is too large are null, and a note says why. Rejects if the
 * weights cannot be read again, or with the signal's reason.
 */
export async function measureOptional(result: LayerResult, { request, pool, columnWorker, signal }: OptionalContext): Promise<LayerResult> {
  const { layer, spectrum, record } = result;
  if (spectrum === null) return { ...result, record: { ...record, ...nullOptionalColumns(request) } };
  const notes: string[] = [];

  const wanted = replicatesOf(layer, request);
  const randomiseObjection = wanted > 0 ? permutationObjection(layer.source) : null;
  if (randomiseObjection !== null) notes.push(`its weights were not randomised: ${randomiseObjection}`);
  const replicates = randomiseObjection === null ? await randomSpectra(layer, wanted, { request, pool, signal }) : [];

  const vectorObjection = request.vectors || wantsWeightWatcher(request, "vectors") ? gramObjection(layer.source) : null;
  if (vectorObjection !== null) notes.push(`its eigenvectors were not computed: ${vectorObjection}`);
  const context = { pool, columnWorker, signal };
  const weightWatcherValues: Partial<WeightWatcherColumns> = {
    ...(wantsWeightWatcher(request, "mp_fit") && (await columnWorker.run("weightWatcherBulk", [spectrum], signal))),
    ...(wantsWeightWatcher(request, "detX") && weightWatcherTraceLog(spectrum)),
    ...(wantsWeightWatcher(request, "randomize") &&
      replicates.length > 0 &&
      (await weightWatcherRandomisedColumns(spectrum, replicates, context))),
    ...(wantsWeightWatcher(request, "vectors") && vectorObjection === null && (await weightWatcherVectorColumns(result, context))),
  };
  const columns: Partial<LayerRecord> = {
    ...nullOptionalColumns(request),
    ...pickColumns(weightWatcherValues, weightWatcherColumnsOf(request.weightwatcher)),
    ...(request.randomize > 0 &&
      replicates.length > 0 &&
      (await randomisationColumns(layer, spectrum, replicates.slice(0, request.randomize), context))),
    ...(request.vectors && vectorObjection === null && (await localisationColumns(result, context))),
    ...(request.tails && (await columnWorker.run("tails", [tailInput(result)], signal))),
    ...(request.bootstrap > 0 &&
      (await bootstrapColumns(result, { seed: request.seed, replicates: request.bootstrap, worker: columnWorker, signal }))),
    ...(request.farms && (await windowedColumns(layer, spectrum, { pool, signal }))),
  };
  return { ...result, record: { ...record, ...columns, notes: [...record.notes, ...notes] } };
}

/** The named columns of a record. */
function pickColumns<Columns extends object>(columns: Columns, names: readonly (keyof Columns)[]): Partial<Columns> {
  return Object.fromEntries(Object.entries(columns).filter(([name]) => names.includes(name as keyof Columns))) as Partial<Columns>;
}

/** The part of a result that the tail fits need, in a form that can be sent to a worker. */
function tailInput({ spectrum, tail, record }: LayerResult): Parameters<typeof tailColumns>[0] {
  return { spectrum, tail, record: { alpha_valid: record.alpha_valid } };
}

async function randomSpectra(
  layer: Layer,
  count: number,
  { request, pool, signal }: Omit<OptionalContext, "columnWorker">,
): Promise<Spectrum[]> {
  const spectra: Spectrum[] = [];
  for (let replicate = 0; replicate < count; replicate++) {
    const source = permuted(layer.source, { seed: request.seed, layer: layer.index, replicate });
    spectra.push(poolSpectrum(source, await pool.solve(source, signal), layer.eigenvalueScale));
  }
  return spectra;
}

async function windowedColumns(
  layer: Layer,
  spectrum: Spectrum,
  { pool, signal }: Pick<OptionalContext, "pool" | "signal">,
): Promise<Partial<FarmsColumns>> {
  const windows = squareWindows(layer.source);
  // A square matrix is its own window, and its spectrum is known already.
  if (windows.windows === 1) return farmsColumns(spectrum, 1);
  return farmsColumns(poolSpectrum(windows, await pool.solve(windows, signal), layer.eigenvalueScale), windows.windows);
}

type Work = Pick<OptionalContext, "columnWorker" | "signal">;

async function weightWatcherRandomisedColumns(spectrum: Spectrum, replicates: readonly Spectrum[], { columnWorker, signal }: Work) {
  const pooled = weightWatcherReplicates(spectrum.eigenvalues.length);
  const first = new Float64Array(pooled * spectrum.eigenvalues.length);
  for (let i = 0; i < pooled; i++) first.set(replicates[i].eigenvalues, i * spectrum.eigenvalues.length);
  const spectra = { first: first.sort(), second: replicates[pooled].eigenvalues };
  return columnWorker.run("weightWatcherRandomised", [spectrum, spectra], signal);
}

async function randomisationColumns(layer: Layer, spectrum: Spectrum, replicates: readonly Spectrum[], { columnWorker, signal }: Work) {
  const floored = replicates.map((replicate) => ({ spectrum: replicate, zeroFloor: zeroFloorOf(layer, replicate) }));
  return columnWorker.run("randomisation", [spectrum, floored, { scale: layer.eigenvalueScale }], signal);
}
