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
  type OptionalColumns,
  RANDOMISATION_COLUMNS,
  TAIL_COLUMNS,
  unknown,
  WEIGHTWATCHER_GROUPS,
  type WeightWatcherColumns,
  weightWatcherColumnsOf,
} from "./optional-columns.js";
import type { ResolvedOptions } from "./options.js";
import { permutationObjection, permuted } from "./permuted-source.js";
import type { LayerRecord } from "./report.js";
import { farmsColumns, type tailColumns } from "./tail-columns.js";
import { localisationColumns, weightWatcherVectorColumns } from "./vector-columns.js";

/** What was asked for besides the default columns. */
export type OptionalRequest = Pick<ResolvedOptions, "randomize" | "weightwatcher" | "vectors" | "tails" | "bootstrap" | "farms" | "seed">;

/** Whether a column of the group was asked for. */
function wantsWeightWatcher({ weightwatcher }: OptionalRequest, group: keyof typeof WEIGHTWATCHER_GROUPS): boolean {
  const wanted = weightWatcherColumnsOf(weightwatcher);
  return WEIGHTWATCHER_GROUPS[group].some((column) => wanted.includes(column));
}

/** How often a layer's weights are permuted. WeightWatcher's columns need one randomisation more than it pools. */
export function replicatesOf({ M, rf }: Pick<Layer, "M" | "rf">, request: OptionalRequest): number {
  return Math.max(request.randomize, wantsWeightWatcher(request, "randomize") ? weightWatcherReplicates(M * rf) + 1 : 0);
}

/** Every optional column that was asked for, as null: of a layer that has no spectrum. */
export function unknownOptional({ randomize, weightwatcher, vectors, tails, bootstrap, farms }: OptionalRequest): Partial<OptionalColumns> {
  return {
    ...unknown(weightWatcherColumnsOf(weightwatcher)),
    ...(randomize > 0 && unknown(RANDOMISATION_COLUMNS)),
    ...(vectors && unknown(LOCALISATION_COLUMNS)),
    ...(tails && unknown(TAIL_COLUMNS)),
    ...(bootstrap > 0 && unknown(BOOTSTRAP_COLUMNS)),
    ...(farms && unknown(FARMS_COLUMNS)),
  };
}

export interface OptionalContext {
  readonly request: OptionalRequest;
  readonly pool: SpectralPool;
  /** Does what is slow and not a spectrum. */
  readonly columnWorker: ColumnWorker;
  readonly signal?: AbortSignal;
}

/**
 * Adds to a measured layer the columns that were asked for: spectra and eigenvectors on the pool, slow fits and
 * measures on the column worker. What is too large is null, and a note says why. Rejects where the weights cannot be
 * read again, and with the signal's reason.
 */
export async function measureOptional(result: LayerResult, { request, pool, columnWorker, signal }: OptionalContext): Promise<LayerResult> {
  const { layer, spectrum, record } = result;
  if (spectrum === null) return { ...result, record: { ...record, ...unknownOptional(request) } };
  const notes: string[] = [];

  const wanted = replicatesOf(layer, request);
  const tooLarge = wanted > 0 ? permutationObjection(layer.source) : null;
  if (tooLarge !== null) notes.push(`its weights were not randomised: ${tooLarge}`);
  const replicates = tooLarge === null ? await randomSpectra(layer, wanted, { request, pool, signal }) : [];

  const gramless = request.vectors || wantsWeightWatcher(request, "vectors") ? gramObjection(layer.source) : null;
  if (gramless !== null) notes.push(`its eigenvectors were not computed: ${gramless}`);
  const context = { pool, columnWorker, signal };
  const theirs: Partial<WeightWatcherColumns> = {
    ...(wantsWeightWatcher(request, "mp_fit") && (await columnWorker.run("weightWatcherBulk", [spectrum], signal))),
    ...(wantsWeightWatcher(request, "detX") && weightWatcherTraceLog(spectrum)),
    ...(wantsWeightWatcher(request, "randomize") &&
      replicates.length > 0 &&
      (await weightWatcherRandomisedColumns(spectrum, replicates, context))),
    ...(wantsWeightWatcher(request, "vectors") && gramless === null && (await weightWatcherVectorColumns(result, context))),
  };
  const columns: Partial<LayerRecord> = {
    ...unknownOptional(request),
    ...only(theirs, weightWatcherColumnsOf(request.weightwatcher)),
    ...(request.randomize > 0 &&
      replicates.length > 0 &&
      (await randomisationColumns(layer, spectrum, replicates.slice(0, request.randomize), context))),
    ...(request.vectors && gramless === null && (await localisationColumns(result, context))),
    ...(request.tails && (await columnWorker.run("tails", [tailInput(result)], signal))),
    ...(request.bootstrap > 0 &&
      (await bootstrapColumns(result, { seed: request.seed, replicates: request.bootstrap, worker: columnWorker, signal }))),
    ...(request.farms && (await windowedColumns(layer, spectrum, { pool, signal }))),
  };
  return { ...result, record: { ...record, ...columns, notes: [...record.notes, ...notes] } };
}

/** The named columns of a record. */
function only<Columns extends object>(columns: Columns, names: readonly (keyof Columns)[]): Partial<Columns> {
  return Object.fromEntries(Object.entries(columns).filter(([name]) => names.includes(name as keyof Columns))) as Partial<Columns>;
}

/** What the fits of the tail need of a result, as it can be sent to a worker. */
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
  // A square matrix is its own window, and solved already.
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
