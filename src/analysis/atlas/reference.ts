import { finish, type Steps } from "../../bytes/pace.js";
import { median } from "../../numeric/index.js";
import type { LayerRecord } from "../report.js";
import { Atlas, type AtlasNetwork, atlasLayer } from "./atlas.js";
import { builtInNetworks } from "./built-in-networks.js";
import { ATLAS_COLUMNS, type FamilyPlace, type Percentile, type Reference } from "./reference-values.js";

/** The places of one layer take a few microseconds. */
const LAYERS_PER_PAUSE = 256;

/** Layers of a report among the networks that come with eigenscope, and the user's own. */
export function referenceOf(layers: readonly LayerRecord[], own: readonly AtlasNetwork[] = []): Reference {
  return finish(referenceOfInSteps(layers, own));
}

/** `referenceOf` with pauses. */
export function* referenceOfInSteps(
  layers: readonly LayerRecord[],
  own: readonly AtlasNetwork[] = [],
): Steps<Reference> {
  const networks = [...builtInNetworks(), ...own];
  const atlas = new Atlas(networks);
  const families = familyPlaces(layers, atlas);
  yield;
  const percentiles: Percentile[] = [];
  for (const [i, layer] of layers.entries()) {
    percentiles.push(...atlas.percentilesOf(layer));
    if ((i + 1) % LAYERS_PER_PAUSE === 0) yield;
  }
  return {
    networks: networks.map(({ name, layers: kept }) => ({ name, layers: kept.length })),
    families,
    percentiles,
  };
}

/** A user's own model as a network of the atlas. */
export function ownNetwork(name: string, layers: readonly LayerRecord[]): AtlasNetwork {
  return { name, layers: layers.map(atlasLayer).filter((layer) => layer !== null) };
}

function familyPlaces(layers: readonly LayerRecord[], atlas: Atlas): FamilyPlace[] {
  const known = layers.map(atlasLayer).filter((layer) => layer !== null);
  const families = [...new Set(known.map(({ family }) => family))];
  return families.flatMap((family) =>
    ATLAS_COLUMNS.flatMap((column) => {
      const values = known
        .filter((layer) => layer.family === family)
        .map((layer) => layer.values[column])
        .filter((value) => value !== null);
      if (values.length === 0) return [];
      const middle = median(values);
      const place = atlas.placeOf(middle, family, null, column);
      return place === null ? [] : [{ column, median: middle, layers: values.length, ...place }];
    }),
  );
}
