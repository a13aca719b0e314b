import { PHASES, type Phase } from "../../phases/index.js";
import { type AtlasLayer, type AtlasNetwork, FAMILIES, type Family } from "./atlas.js";
import { NETWORKS } from "./networks.js";
import { ATLAS_COLUMNS, type AtlasColumn } from "./reference-values.js";

/** The networks that come with eigenscope (scripts/build-atlas.mjs wrote them). */
export function builtInNetworks(): readonly AtlasNetwork[] {
  return NETWORKS.map(([name, layers]) => ({ name, layers: layers.split(";").map(layerOf) }));
}

/** One layer as text: numbers of its family and phase ("-" for none), then its values ("-" for none). */
function layerOf(text: string): AtlasLayer {
  const [family, phase, ...numbers] = text.split(" ");
  const values = Object.fromEntries(
    ATLAS_COLUMNS.map((column, k) => [column, numbers[k] === "-" ? null : Number(numbers[k])]),
  ) as Record<AtlasColumn, number | null>;
  return {
    family: FAMILIES[Number(family)] as Family,
    phase: phase === "-" ? null : (PHASES[Number(phase)] as Phase),
    values,
  };
}

/** The text that `builtInNetworks` reads: values to three digits. */
export function atlasText(layers: readonly AtlasLayer[]): string {
  const number = (value: number | null): string =>
    value === null || !Number.isFinite(value) ? "-" : String(Number(value.toPrecision(3)));
  return layers
    .map(({ family, phase, values }) =>
      [
        FAMILIES.indexOf(family),
        phase === null ? "-" : PHASES.indexOf(phase),
        ...ATLAS_COLUMNS.map((column) => number(values[column])),
      ].join(" "),
    )
    .join(";");
}
