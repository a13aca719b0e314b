import { PHASES, type Phase } from "../../phases/index.js";
import type { LayerRecord } from "../report.js";
import { ATLAS_COLUMNS, type AtlasColumn, type Percentile } from "./reference-values.js";

/** Fewer layers than this give no percentile. */
export const MIN_LAYERS = 30;

/** What the atlas keeps of a layer. */
export interface AtlasLayer {
  readonly family: Family;
  readonly phase: Phase | null;
  /** Each value, null where it is not available; alpha only where it is valid. */
  readonly values: Readonly<Record<AtlasColumn, number | null>>;
}

/** The layers of one network. */
export interface AtlasNetwork {
  readonly name: string;
  readonly layers: readonly AtlasLayer[];
}

/** Kinds of layers whose numbers are compared with each other. */
export const FAMILIES = ["attention", "mlp", "convolution", "recurrent", "embedding", "dense"] as const;
export type Family = (typeof FAMILIES)[number];

/** How a family is called in a sentence. */
export const FAMILY_NAMES: Readonly<Record<Family, string>> = {
  attention: "attention layers",
  mlp: "MLP layers",
  convolution: "convolutions",
  recurrent: "recurrent layers",
  embedding: "embeddings",
  dense: "dense layers",
};

/** The layer as the atlas keeps it; null for one without a spectrum. */
export function atlasLayer(layer: LayerRecord): AtlasLayer | null {
  if (layer.lambda_max === null) return null;
  const { alpha, alpha_valid, tail_index, mp_soft_rank, matrix_entropy } = layer;
  return {
    family: familyOf(layer),
    phase: PHASES.find((phase) => phase === layer.phase) ?? null,
    values: { alpha: alpha_valid ? alpha : null, tail_index, mp_soft_rank, matrix_entropy },
  };
}

/** The family, by the layer's role where its name tells it, else by its type. */
export function familyOf({ role, layer_type }: Pick<LayerRecord, "role" | "layer_type">): Family {
  if (role?.startsWith("attention.")) return "attention";
  if (role?.startsWith("mlp.")) return "mlp";
  if (role === "embedding" || layer_type === "embedding") return "embedding";
  if (layer_type.startsWith("conv")) return "convolution";
  return layer_type === "recurrent" ? "recurrent" : "dense";
}

type Place = Omit<Percentile, "layer" | "column">;

/** Groups of values, sorted, with the number of networks that they come from. */
export class Atlas {
  readonly #networks: readonly AtlasNetwork[];
  readonly #groups = new Map<string, { readonly values: readonly number[]; readonly networks: number }>();

  constructor(networks: readonly AtlasNetwork[]) {
    this.#networks = networks;
  }

  /**
   * The place of each of a layer's values among the layers of its family and phase, or of its family alone if there are
   * fewer than `MIN_LAYERS` in that phase. Values whose group is too small have none.
   */
  percentilesOf(layer: LayerRecord): readonly Percentile[] {
    const known = atlasLayer(layer);
    if (known === null) return [];
    return ATLAS_COLUMNS.flatMap((column) => {
      const value = known.values[column];
      if (value === null || !Number.isFinite(value)) return [];
      const place =
        (known.phase === null ? null : this.placeOf(value, known.family, known.phase, column)) ??
        this.placeOf(value, known.family, null, column);
      return place === null ? [] : [{ layer: layer.longname, column, ...place }];
    });
  }

  /** A value's place in one group, of one phase or of all (null); null if the group has too few layers. */
  placeOf(value: number, family: Family, phase: Phase | null, column: AtlasColumn): Place | null {
    const { values, networks } = this.#group(family, phase, column);
    if (values.length < MIN_LAYERS) return null;
    const p = shareBelow(values, value);
    return {
      percentile: 100 * p,
      error: 100 * Math.sqrt((p * (1 - p)) / values.length),
      group: FAMILY_NAMES[family] + (phase === null ? "" : ` that are ${phase}`),
      n: values.length,
      networks,
    };
  }

  #group(family: Family, phase: Phase | null, column: AtlasColumn) {
    const key = `${family}/${phase}/${column}`;
    const known = this.#groups.get(key) ?? this.#collect(family, phase, column);
    this.#groups.set(key, known);
    return known;
  }

  #collect(family: Family, phase: Phase | null, column: AtlasColumn) {
    const found = this.#networks.map(({ layers }) =>
      layers
        .filter((layer) => layer.family === family && (phase === null || layer.phase === phase))
        .map(({ values }) => values[column])
        .filter((value) => value !== null),
    );
    const values = found.flat().sort((a, b) => a - b);
    return { values, networks: found.filter((each) => each.length > 0).length };
  }
}

/** The share of sorted values below `value`, those equal to it counted half. */
function shareBelow(sorted: readonly number[], value: number): number {
  const below = firstIndex(sorted, (each) => each >= value);
  const upTo = firstIndex(sorted, (each) => each > value);
  return (below + upTo) / 2 / sorted.length;
}

/** The first index from which `holds` is true, by bisection. */
function firstIndex(sorted: readonly number[], holds: (value: number) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(sorted[middle])) high = middle;
    else low = middle + 1;
  }
  return low;
}
