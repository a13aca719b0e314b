import type { Layer } from "../layers/index.js";
import type { PhaseDecision } from "../phases/index.js";
import type { BulkFit, EdgeTest } from "../rmt/index.js";
import type { ApproximateSpectrum, Spectrum } from "../spectra/index.js";
import type { PowerLawFit } from "../tails/index.js";
import type { LayerRecord } from "./report.js";

/**
 * All that is known of one layer: the report's row, and what stands behind it. Fits are null where the layer failed or
 * the fit has no meaning.
 */
export interface LayerResult {
  readonly layer: Layer;
  readonly record: LayerRecord;
  readonly spectrum: Spectrum | null;
  readonly bulk: BulkFit | null;
  readonly edge: EdgeTest | null;
  readonly tail: PowerLawFit | null;
  readonly decision: PhaseDecision | null;
  /** What there is instead of a spectrum where the matrix is past every exact limit. */
  readonly approximate?: ApproximateSpectrum;
  /** The error behind a failed result, where there was one. */
  readonly error?: unknown;
}
