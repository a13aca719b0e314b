import { layerRole } from "../layers/index.js";
import type { LayerRecord } from "./report.js";

/** One number of one layer that stands apart from the same number of its siblings in other blocks. */
export interface OutOfLine {
  readonly layer: LayerRecord;
  readonly measure: SiblingMeasure;
  readonly value: number;
  /** Median over the siblings, and how far the layer is from it in robust standard deviations (1.4826 MAD). */
  readonly median: number;
  readonly deviations: number;
  readonly siblings: number;
}

/** Measures that siblings are compared in; alpha only where it is valid. */
const MEASURES = ["alpha", "log_norm", "log_spectral_norm", "stable_rank"] as const;
export type SiblingMeasure = (typeof MEASURES)[number];

/** Fewer siblings than this have no spread to speak of. */
const FEWEST = 6;
/** With normal scatter, 1 layer in 30,000 is this far out. */
const FURTHEST = 4;
/** A spread below this share of the median (or of 1, for logarithms) is too small to call anything far from it. */
const SMALLEST_SPREAD = 0.02;

/**
 * Layers out of line with their siblings: those of the same name but for the block index, and of the same shape. Shape
 * metrics compare well within one depth and role, scale metrics only among siblings (WeightWatcher's "scale collapse"
 * is a log_spectral_norm far below them).
 */
export function outOfLine(layers: readonly LayerRecord[]): OutOfLine[] {
  const families = new Map<string, LayerRecord[]>();
  for (const layer of layers) {
    const { block, family } = layerRole(layer.name);
    if (block === null || layer.lambda_max === null) continue;
    const key = `${family} ${layer.shape.join("x")}`;
    families.set(key, [...(families.get(key) ?? []), layer]);
  }
  return [...families.values()].flatMap((family) => MEASURES.flatMap((measure) => apart(family, measure)));
}

function apart(family: readonly LayerRecord[], measure: SiblingMeasure): OutOfLine[] {
  const measured = family.filter((layer) => layer[measure] !== null && (measure !== "alpha" || layer.alpha_valid));
  if (measured.length < FEWEST) return [];
  const values = measured.map((layer) => layer[measure] as number);
  const median = middle(values);
  const scale = measure.startsWith("log") ? 1 : Math.abs(median);
  const spread = Math.max(1.4826 * middle(values.map((value) => Math.abs(value - median))), SMALLEST_SPREAD * scale);
  return measured
    .map(
      (layer, k): OutOfLine => ({
        layer,
        measure,
        value: values[k],
        median,
        deviations: (values[k] - median) / spread,
        siblings: measured.length,
      }),
    )
    .filter(({ deviations }) => Math.abs(deviations) > FURTHEST);
}

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
