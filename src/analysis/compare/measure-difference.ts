import type { Layer } from "../../layers/index.js";
import type { Spectrum } from "../../spectra/index.js";
import { measureLayer } from "../measure-layer.js";
import type { LayerRecord } from "../report.js";
import { type RandomPart, randomPart } from "./random-part.js";

/** W_B - W_A as a layer, its spectrum, and the sum of the storage floors of both, in the units of the eigenvalues. */
export interface Difference {
  readonly layer: Layer;
  readonly spectrum: Spectrum;
  readonly noise: number;
}

export interface MeasuredDifference {
  readonly record: LayerRecord;
  /** Its random part and its rank beyond that. */
  readonly random: RandomPart;
  readonly notes: readonly string[];
}

/**
 * Analyses the difference like a layer. Rounding W_A and W_B to their stored types adds noise to the difference; its
 * bulk ends at the sum of their storage floors. If no eigenvalue is above that sum, the difference gets no phase. If
 * the fitted bulk ends below it, that bulk is rounding and counts as zero. Pure; reads no weights.
 */
export function measureDifference({ layer, spectrum, noise }: Difference): MeasuredDifference {
  const { eigenvalues } = spectrum;
  const random = randomPart(spectrum, noise);
  if (eigenvalues[eigenvalues.length - 1] <= noise) {
    const reason = `the difference is no larger than the rounding to ${layer.dtype.split(" - ").join(" and ")}`;
    const { record } = measureLayer(layer, spectrum);
    return {
      record: { ...record, phase: null, phase_confidence: null, phase_reason: reason },
      random,
      notes: [reason],
    };
  }
  if (random.bulk === null || random.bulk.lambdaPlus > noise)
    return { record: measureLayer(layer, spectrum).record, random, notes: [] };
  const raised = {
    ...spectrum,
    resolvedFloor: noise,
    unresolved: eigenvalues.findLastIndex((lambda) => lambda <= noise) + 1,
  };
  return {
    record: measureLayer(layer, raised).record,
    random,
    notes: ["the bulk of the difference is the rounding to the stored types"],
  };
}
