import { finish, type Steps } from "../bytes/pace.js";
import { layerRole } from "../layers/index.js";
import { median } from "../numeric/index.js";
import { robustDeviation } from "../numeric/robust-deviation.js";
import type { LayerRecord } from "./report.js";

/** A number of a layer that differs from the same number of its siblings in other blocks. */
export interface OutOfLine {
  readonly layer: LayerRecord;
  readonly measure: SiblingMeasure;
  readonly value: number;
  /** Median over the siblings, and the layer's distance from it in robust standard deviations (1.4826 MAD). */
  readonly median: number;
  readonly deviations: number;
  readonly siblings: number;
}

/** The measures that are compared between siblings; alpha only if it is valid. */
const MEASURES = ["alpha", "log_norm", "log_spectral_norm", "stable_rank"] as const;
export type SiblingMeasure = (typeof MEASURES)[number];

/** With fewer siblings, the spread is not meaningful. */
const MIN_SIBLINGS = 6;
/** Beyond this many deviations a layer is out of line. With normal scatter, that is 1 layer in 16,000. */
const MAX_DEVIATIONS = 4;
/**
 * Smallest spread that is used, as a share of the median (of 1 for logarithms). Smaller spreads would flag differences
 * that do not matter.
 */
const MIN_SPREAD = 0.02;

/** Reading the family off a name takes a few microseconds. */
const LAYERS_PER_PAUSE = 1024;

/**
 * Layers out of line with their siblings. Siblings have the same name except for the block index, and the same shape.
 * Scale metrics can be compared only among siblings; WeightWatcher's "scale collapse" is a log_spectral_norm far below
 * theirs.
 */
export function outOfLine(layers: readonly LayerRecord[]): OutOfLine[] {
  return finish(outOfLineInSteps(layers));
}

/** `outOfLine` with a pause after every LAYERS_PER_PAUSE layers, and after each measure of a family. */
export function* outOfLineInSteps(layers: readonly LayerRecord[]): Steps<OutOfLine[]> {
  const families = new Map<string, LayerRecord[]>();
  for (const [i, layer] of layers.entries()) {
    if ((i + 1) % LAYERS_PER_PAUSE === 0) yield;
    const { block, family } = roleOf(layer);
    if (block === null || layer.lambda_max === null) continue;
    const key = `${family} ${layer.shape.join("x")}`;
    const siblings = families.get(key);
    if (siblings === undefined) families.set(key, [layer]);
    else siblings.push(layer);
  }
  const found: OutOfLine[] = [];
  for (const family of families.values()) {
    for (const measure of MEASURES) {
      found.push(...layersOutOfLine(family, measure));
      yield;
    }
  }
  return found;
}

const roles = new WeakMap<LayerRecord, ReturnType<typeof layerRole>>();

/** Read off the name once per record: while layers arrive, this is asked of all of them again and again. */
function roleOf(layer: LayerRecord): ReturnType<typeof layerRole> {
  const known = roles.get(layer) ?? layerRole(layer.name);
  roles.set(layer, known);
  return known;
}

function layersOutOfLine(family: readonly LayerRecord[], measure: SiblingMeasure): OutOfLine[] {
  const measured = family.filter((layer) => layer[measure] !== null && (measure !== "alpha" || layer.alpha_valid));
  if (measured.length < MIN_SIBLINGS) return [];
  const values = measured.map((layer) => layer[measure] as number);
  const middle = median(values);
  const scale = measure.startsWith("log") ? 1 : Math.abs(middle);
  const spread = Math.max(robustDeviation(values.map((value) => value - middle)), MIN_SPREAD * scale);
  return measured
    .map(
      (layer, k): OutOfLine => ({
        layer,
        measure,
        value: values[k],
        median: middle,
        deviations: (values[k] - middle) / spread,
        siblings: measured.length,
      }),
    )
    .filter(({ deviations }) => Math.abs(deviations) > MAX_DEVIATIONS);
}
