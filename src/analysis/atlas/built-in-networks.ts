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
  const [family, phase] = text.split(" ", 2);
  let values: AtlasLayer["values"] | undefined;
  return {
    family: FAMILIES[Number(family)] as Family,
    phase: phase === "-" ? null : (PHASES[Number(phase)] as Phase),
    // A report asks for the few families that it has.
    get values() {
      values ??= valuesOf(text);
      return values;
    },
  };
}

function valuesOf(text: string): AtlasLayer["values"] {
  const [, , ...numbers] = text.split(" ");
  return Object.fromEntries(
    ATLAS_COLUMNS.map((column, k) => [column, numbers[k] === "-" ? null : Number(numbers[k])]),
  ) as Record<AtlasColumn, number | null>;
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
