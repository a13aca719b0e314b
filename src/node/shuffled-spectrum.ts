import {
  type AnalyzeOptions,
  type ShuffleControls,
  type ShuffledSpectrum,
  shuffledSpectrumOf,
} from "../analysis/index.js";
import type { FileSet } from "../formats/index.js";
import { nodeHost } from "./host.js";
import { baseOf, type OnBase, sourceOf } from "./named-source.js";
import type { InputOptions } from "./open-input.js";

/**
 * The spectrum of one layer (by its `layer_id`) with its entries shuffled: the same entries without their order. The
 * options are those of the analysis.
 */
export async function shuffledSpectrum(
  input: string | FileSet,
  layerId: number,
  options: AnalyzeOptions & InputOptions & OnBase & Omit<ShuffleControls, "base"> = {},
): Promise<ShuffledSpectrum> {
  return shuffledSpectrumOf(sourceOf(input, options), layerId, { ...options, base: baseOf(options), host: nodeHost });
}
