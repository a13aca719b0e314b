import type { Layer } from "../layers/index.js";
import { isNotPorterThomas, type WeightWatcherVectorMeasures, type WeightWatcherVectors, weightWatcherVectors } from "../metrics/index.js";
import type { SpectralPool } from "../spectra/index.js";
import type { ColumnWorker } from "./column-work.js";
import type { LayerResult } from "./layer-result.js";
import { zeroFloorOf } from "./measure-layer.js";
import type { LocalisationColumns } from "./optional-columns.js";
import type { VectorMeasures } from "./vector-measures.js";

/** For fewer components, the 5 % point of the Porter-Thomas distance was not simulated. */
const MIN_COMPONENTS = 20;

export interface VectorContext {
  readonly pool: SpectralPool;
  readonly columnWorker: ColumnWorker;
  readonly signal?: AbortSignal;
}

/**
 * WeightWatcher's columns of eigenvectors. WeightWatcher uses the eigenvectors of the smaller side, and those of W W'
 * if both sides are equal. null if no power law was fitted.
 */
export async function weightWatcherVectorColumns(
  { layer, tail }: LayerResult,
  context: VectorContext,
): Promise<WeightWatcherVectors | null> {
  if (tail === null) return null;
  const { rows, cols } = layer.source;
  const measured = await measureVectors<WeightWatcherVectorMeasures>(layer, {
    side: rows <= cols ? "rows" : "columns",
    work: "weightWatcherVectors",
    ...context,
  });
  return weightWatcherVectors(
    measured.map(({ measures }) => measures),
    tail.nTail,
  );
}

/**
 * Localisation of the eigenvectors in the bulk and of the spikes; the Tracy-Widom edge separates the two. null without
 * a bulk.
 */
export async function localisationColumns(
  { layer, spectrum, bulk, edge }: LayerResult,
  context: VectorContext,
): Promise<LocalisationColumns | null> {
  if (spectrum === null || bulk === null || edge === null || layer.M < 2) return null;
  const zeroFloor = zeroFloorOf(layer, spectrum);
  const { rows, cols } = layer.source;
  const measured = await measureVectors<VectorMeasures>(layer, {
    side: rows < cols ? "rows" : "columns",
    work: "localisation",
    ...context,
  });
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
    porter_thomas_rejected: M < MIN_COMPONENTS || inBulk.length === 0 ? null : rejected / inBulk.length,
  };
}

interface Measuring extends VectorContext {
  readonly side: "rows" | "columns";
  readonly work: "weightWatcherVectors" | "localisation";
}

interface MeasuredVector<Measures> {
  readonly eigenvalue: number;
  readonly measures: Measures;
}

/**
 * Measures every eigenvector of a layer, in the order of ascending eigenvalues (scaled by `eigenvalueScale`) over all
 * its matrices.
 */
async function measureVectors<Measures>(
  { source, M, eigenvalueScale }: Layer,
  { side, work, pool, columnWorker, signal }: Measuring,
): Promise<MeasuredVector<Measures>[]> {
  const measuring: Promise<MeasuredVector<Measures>[]>[] = [];
  await pool.eigenvectors(
    source,
    {
      side,
      onMatrix({ values, vectors }) {
        const measured = columnWorker.run(work, [vectors, M], signal) as Promise<unknown> as Promise<Measures[]>;
        measuring.push(measured.then((all) => all.map((measures, i) => ({ eigenvalue: values[i] * eigenvalueScale, measures }))));
        // `Promise.all` below reports a failure. Until then the rejection must not count as unhandled.
        measured.catch(() => {});
      },
    },
    signal,
  );
  const measured = (await Promise.all(measuring)).flat();
  return measured.sort((a, b) => a.eigenvalue - b.eigenvalue);
}
