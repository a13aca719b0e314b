import type { Layer } from "../layers/index.js";
import type { PhaseDecision } from "../phases/index.js";
import type { BulkFit, EdgeTest } from "../rmt/index.js";
import type { ApproximateSpectrum, Spectrum } from "../spectra/index.js";
import type { PowerLawFit } from "../tails/index.js";
import type { LayerRecord } from "./report.js";
import type { SmallPicture } from "./small-picture.js";

/**
 * The result of one layer: the report's row, and the spectrum and fits that it comes from. Fits are null if the layer
 * failed or the fit has no meaning.
 */
export interface LayerResult {
  readonly layer: Layer;
  readonly record: LayerRecord;
  readonly spectrum: Spectrum | null;
  readonly bulk: BulkFit | null;
  readonly edge: EdgeTest | null;
  readonly tail: PowerLawFit | null;
  readonly decision: PhaseDecision | null;
  /** A histogram of the eigenvalues, and alpha and D against xmin, in a few hundred bytes. */
  readonly picture: SmallPicture | null;
  /** The approximate spectrum, if the matrix is too large for the exact routes. */
  readonly approximate?: ApproximateSpectrum;
  /** The error that made the layer fail, if there was one. */
  readonly error?: unknown;
}
