import type { LayerRecord } from "../analysis/report.js";
import { printable } from "../bytes/errors.js";
import type { DefaultColumn } from "./columns.js";
import { NOT_AVAILABLE, numberText, plusMinus, shapeText } from "./number-text.js";
import { type Painter, paintPhase } from "./paint-phase.js";
import { phaseLabelOf } from "./phase-style.js";

export interface Column {
  readonly heading: string;
  /** The field of the report that the column shows. */
  readonly field: DefaultColumn;
  readonly align: "left" | "right";
  /** The cell's text, and a shorter form (`brief`) for narrow tables. */
  readonly cell: (layer: LayerRecord) => string;
  readonly brief?: (layer: LayerRecord) => string;
  readonly paint?: (text: string, layer: LayerRecord, paint: Painter) => string;
}

/** The columns that the table can show, by name. */
export const COLUMNS = {
  shape: {
    heading: "shape",
    field: "shape",
    align: "left",
    cell: ({ layer_type, shape }) => `${layer_type.startsWith("conv") ? "conv " : ""}${shapeText(shape)}`,
    brief: ({ shape }) => shapeText(shape),
  },
  Q: { heading: "Q", field: "Q", align: "right", cell: ({ Q }) => numberText(Q) },
  alpha: {
    heading: "alpha",
    field: "alpha",
    align: "right",
    cell: ({ alpha, alpha_valid, sigma }) => (alpha_valid && alpha !== null ? plusMinus(alpha, sigma) : NOT_AVAILABLE),
    brief: ({ alpha, alpha_valid }) => (alpha_valid ? numberText(alpha) : NOT_AVAILABLE),
    paint: (text, { alpha_valid }, paint) => (alpha_valid ? text : paint.dim(text)),
  },
  index: {
    heading: "index",
    field: "tail_index",
    align: "right",
    cell: ({ tail_index }) => (tail_index === null ? NOT_AVAILABLE : tail_index.toFixed(2).replace("-0.00", "0.00")),
  },
  spikes: {
    heading: "spikes",
    field: "spikes",
    align: "right",
    cell: ({ spikes }) => (spikes === null ? NOT_AVAILABLE : String(spikes)),
  },
  soft: {
    heading: "soft",
    field: "mp_soft_rank",
    align: "right",
    cell: ({ mp_soft_rank }) => (mp_soft_rank === null ? NOT_AVAILABLE : mp_soft_rank.toFixed(2)),
  },
  stable: {
    heading: "stable",
    field: "stable_rank",
    align: "right",
    cell: ({ stable_rank }) => numberText(stable_rank),
  },
  phase: {
    heading: "phase",
    field: "phase",
    align: "left",
    cell: phaseLabelOf,
    paint: (text, layer, paint) => paintPhase(text, phaseLabelOf(layer), paint),
  },
  confidence: {
    heading: "sure",
    field: "phase_confidence",
    align: "right",
    cell: ({ phase, phase_confidence }) =>
      phase === null || phase_confidence === null ? "" : `${Math.round(100 * phase_confidence)}%`,
  },
  warning: {
    heading: "warning",
    field: "warning",
    align: "left",
    cell: warningOf,
    brief: (layer) => warningOf(layer).replace("-trained", ""),
    paint: (text, _layer, paint) => paint.yellow(text),
  },
} as const satisfies Record<string, Column>;

/** The name of a column of the table. */
export type ColumnName = keyof typeof COLUMNS;

/** The headings of the table and the fields they show. */
export const TABLE_HEADINGS: readonly { readonly heading: string; readonly field: DefaultColumn }[] =
  Object.values(COLUMNS);

/** WeightWatcher's label, only if alpha is valid. */
export function warningOf({ warning, alpha_valid }: LayerRecord): string {
  return alpha_valid ? printable(warning) : "";
}
