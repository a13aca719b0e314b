import { isNotPorterThomas } from "../../metrics/index.js";
import type { LayerResult } from "../layer-result.js";
import { zeroFloorOf } from "../measure-layer.js";
import { LOCALISATION_COLUMNS, type LocalisationColumns } from "../optional-columns.js";
import type { Extra, ExtrasContext } from "./extra.js";
import { measureVectors } from "./measured-vectors.js";
import { EIGENVECTORS, eigenvectorWork } from "./needs.js";
import type { VectorMeasures } from "./vector-measures.js";

/** For fewer components, the 5 % point of the Porter-Thomas distance was not simulated. */
const MIN_COMPONENTS = 20;

/** The localisation of the eigenvectors in the bulk and beyond its edge. */
export const VECTORS: Extra = {
  name: "vectors",
  version: 1,
  columns: ({ vectors }) => (vectors ? LOCALISATION_COLUMNS : []),
  work: (layer, { vectors }) => (vectors ? eigenvectorWork(layer) : 0),
  needs: ({ vectors }) => (vectors ? [EIGENVECTORS] : []),
  parameters: () => ({}),
  async measure(result, context) {
    if (EIGENVECTORS.objection(result.layer) !== null) return {};
    return (await localisationColumns(result, context)) ?? {};
  },
};

/**
 * Localisation of the eigenvectors in the bulk and of the spikes; the Tracy-Widom edge separates the two. null without
 * a bulk.
 */
async function localisationColumns(
  { layer, spectrum, bulk, edge }: LayerResult,
  context: ExtrasContext,
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
