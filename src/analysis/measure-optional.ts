import type { Layer } from "../layers/index.js";
import {
  isNotPorterThomas,
  type Localisation,
  localisation,
  type PeerVectorMeasures,
  peerBulk,
  peerRandomised,
  peerReplicates,
  peerTraceLog,
  peerVectorMeasures,
  peerVectors,
  porterThomasDistance,
  readRandomisation,
} from "../metrics/index.js";
import { symmetricEigen } from "../numeric/symmetric-eigen.js";
import { poolSpectrum, type SpectralPool, type Spectrum } from "../spectra/index.js";
import { squareWindows } from "./aspect-windows.js";
import { gramMatrices, gramObjection } from "./gram-matrices.js";
import type { LayerResult } from "./layer-result.js";
import { zeroFloorOf } from "./measure-layer.js";
import {
  BOOTSTRAP_COLUMNS,
  FARMS_COLUMNS,
  type FarmsColumns,
  LOCALISATION_COLUMNS,
  type LocalisationColumns,
  type OptionalColumns,
  PEER_COLUMNS,
  RANDOMISATION_COLUMNS,
  TAIL_COLUMNS,
  unknown,
} from "./optional-columns.js";
import type { ResolvedOptions } from "./options.js";
import { permutationObjection, permuted } from "./permuted-source.js";
import type { Replicator } from "./replicator.js";
import type { LayerRecord } from "./report.js";
import { bootstrapColumns, farmsColumns, tailColumns } from "./tail-columns.js";

/** What was asked for besides the default columns. */
export type OptionalRequest = Pick<ResolvedOptions, "randomize" | "weightwatcher" | "vectors" | "tails" | "bootstrap" | "farms" | "seed">;

/** How often a layer's weights are permuted. The peer's columns need one randomisation more than it pools. */
export function replicatesOf({ M, rf }: Pick<Layer, "M" | "rf">, { randomize, weightwatcher }: OptionalRequest): number {
  return Math.max(randomize, weightwatcher ? peerReplicates(M * rf) + 1 : 0);
}

/** Every optional column that was asked for, as null: of a layer that has no spectrum. */
export function unknownOptional({ randomize, weightwatcher, vectors, tails, bootstrap, farms }: OptionalRequest): Partial<OptionalColumns> {
  return {
    ...(weightwatcher && unknown(PEER_COLUMNS)),
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
  /** Draws the replicates that `bootstrap` asks for. */
  readonly replicator: Replicator;
  readonly signal?: AbortSignal;
}

/**
 * Adds to a measured layer the columns that were asked for: solves the permuted weights on the pool, and the eigenvectors in this thread. What is too large
 * is null, and a note says why. Rejects where the weights cannot be read again.
 */
export async function measureOptional(result: LayerResult, { request, pool, replicator, signal }: OptionalContext): Promise<LayerResult> {
  const { layer, spectrum, record } = result;
  if (spectrum === null) return { ...result, record: { ...record, ...unknownOptional(request) } };
  const notes: string[] = [];

  const wanted = replicatesOf(layer, request);
  const tooLarge = wanted > 0 ? permutationObjection(layer.source) : null;
  if (tooLarge !== null) notes.push(`its weights were not randomised: ${tooLarge}`);
  const replicates = tooLarge === null ? await randomSpectra(layer, wanted, { request, pool, signal }) : [];

  const gramless = request.vectors || request.weightwatcher ? gramObjection(layer.source) : null;
  if (gramless !== null) notes.push(`its eigenvectors were not computed: ${gramless}`);
  const vectors = { signal, onFailure: () => notes.push("its eigenvectors were not found: an iteration did not converge") };
  const columns: Partial<LayerRecord> = {
    ...unknownOptional(request),
    ...(request.weightwatcher && peerBulk(spectrum)),
    ...(request.weightwatcher && peerTraceLog(spectrum)),
    ...(request.weightwatcher && replicates.length > 0 && peerRandomisedColumns(spectrum, replicates)),
    ...(request.weightwatcher && gramless === null && (await peerVectorColumns(result, vectors))),
    ...(request.randomize > 0 && replicates.length > 0 && randomisationColumns(layer, spectrum, replicates.slice(0, request.randomize))),
    ...(request.vectors && gramless === null && (await localisationColumns(result, vectors))),
    ...(request.tails && tailColumns(result)),
    ...(request.bootstrap > 0 &&
      (await bootstrapColumns(result, { seed: request.seed, replicates: request.bootstrap, replicator, signal }))),
    ...(request.farms && (await windowedColumns(layer, spectrum, { pool, signal }))),
  };
  return { ...result, record: { ...record, ...columns, notes: [...record.notes, ...notes] } };
}

async function randomSpectra(
  layer: Layer,
  count: number,
  { request, pool, signal }: Omit<OptionalContext, "replicator">,
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

function peerRandomisedColumns(spectrum: Spectrum, replicates: readonly Spectrum[]) {
  const pooled = peerReplicates(spectrum.eigenvalues.length);
  const first = new Float64Array(pooled * spectrum.eigenvalues.length);
  for (let i = 0; i < pooled; i++) first.set(replicates[i].eigenvalues, i * spectrum.eigenvalues.length);
  return peerRandomised(spectrum, { first: first.sort(), second: replicates[pooled].eigenvalues });
}

function randomisationColumns(layer: Layer, spectrum: Spectrum, replicates: readonly Spectrum[]) {
  return readRandomisation(
    spectrum,
    replicates.map((replicate) => ({ spectrum: replicate, zeroFloor: zeroFloorOf(layer, replicate) })),
    { scale: layer.eigenvalueScale },
  );
}

/** The peer takes the eigenvectors of the smaller side, and of W W' where both are equal. null where it failed to fit a power law. */
async function peerVectorColumns({ layer, tail }: LayerResult, context: VectorContext) {
  if (tail === null) return null;
  const { rows, cols } = layer.source;
  const measured = await measureVectors<PeerVectorMeasures>(layer, {
    side: rows <= cols ? "rows" : "columns",
    measure: peerVectorMeasures,
    ...context,
  });
  return measured === null
    ? null
    : peerVectors(
        measured.map(({ measures }) => measures),
        tail.nTail,
      );
}

/** Bulk and spikes are told apart by the Tracy-Widom edge; without a bulk there is nothing to tell. */
async function localisationColumns(
  { layer, spectrum, bulk, edge }: LayerResult,
  context: VectorContext,
): Promise<LocalisationColumns | null> {
  if (spectrum === null || bulk === null || edge === null || layer.M < 2) return null;
  const zeroFloor = zeroFloorOf(layer, spectrum);
  const { rows, cols } = layer.source;
  const measured = await measureVectors<VectorMeasures>(layer, {
    side: rows < cols ? "rows" : "columns",
    measure: (vector) => ({ ...localisation(vector), porterThomas: porterThomasDistance(vector) }),
    ...context,
  });
  if (measured === null) return null;
  const spikes = measured.filter(({ eigenvalue }) => eigenvalue > edge.threshold);
  const inBulk = measured.filter(({ eigenvalue }) => eigenvalue > zeroFloor && eigenvalue <= edge.threshold);
  const { M } = layer;
  const rejected = inBulk.filter(({ measures }) => isNotPorterThomas(measures.porterThomas, M)).length;
  const mean = (vectors: typeof measured, measure: keyof VectorMeasures): number | null =>
    vectors.length === 0 ? null : vectors.reduce((sum, { measures }) => sum + measures[measure], 0) / vectors.length;
  return {
    bulk_vector_entropy: mean(inBulk, "entropy"),
    spike_vector_entropy: mean(spikes, "entropy"),
    bulk_localisation_ratio: mean(inBulk, "localisationRatio"),
    spike_localisation_ratio: mean(spikes, "localisationRatio"),
    bulk_participation_ratio: mean(inBulk, "participationRatio"),
    spike_participation_ratio: mean(spikes, "participationRatio"),
    porter_thomas_rejected: M < FEWEST_COMPONENTS || inBulk.length === 0 ? null : rejected / inBulk.length,
  };
}

interface VectorMeasures extends Localisation {
  /** Distance of the components to Porter and Thomas' law. */
  readonly porterThomas: number;
}

/** Below this the five-per-cent point of that distance was not simulated. */
const FEWEST_COMPONENTS = 20;

interface VectorContext {
  readonly signal?: AbortSignal;
  /** Called where an iteration did not converge. */
  readonly onFailure: () => void;
}

interface Measuring<Measures> extends VectorContext {
  readonly side: "rows" | "columns";
  readonly measure: (vector: Float64Array) => Measures;
}

interface MeasuredVector<Measures> {
  readonly eigenvalue: number;
  readonly measures: Measures;
}

/** Every eigenvector of a layer measured, by ascending eigenvalue (scaled as the layer says) over all its matrices; null where an iteration failed. */
async function measureVectors<Measures>(
  { source, eigenvalueScale }: Layer,
  { side, measure, signal, onFailure }: Measuring<Measures>,
): Promise<MeasuredVector<Measures>[] | null> {
  const measured: MeasuredVector<Measures>[] = [];
  for await (const gram of gramMatrices(source, side, signal)) {
    const M = Math.sqrt(gram.length);
    const { values, vectors, converged } = symmetricEigen(gram, M);
    if (!converged) {
      onFailure();
      return null;
    }
    for (let i = 0; i < M; i++) {
      measured.push({ eigenvalue: values[i] * eigenvalueScale, measures: measure(vectors.subarray(i * M, (i + 1) * M)) });
    }
  }
  return measured.sort((a, b) => a.eigenvalue - b.eigenvalue);
}
