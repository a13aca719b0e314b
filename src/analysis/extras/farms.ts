import { poolSpectrum, type Spectrum } from "../../spectra/index.js";
import { pooledHill } from "../../tails/index.js";
import { FARMS_COLUMNS, type FarmsColumns } from "../optional-columns.js";
import { spectrumWork } from "../spectrum-work.js";
import { squareWindows } from "./aspect-windows.js";
import type { Extra } from "./extra.js";

/** Hill's exponent over the square windows of a layer [HGKY25]; the aspect ratio does not bias it. */
export const FARMS: Extra = {
  name: "farms",
  version: 1,
  columns: ({ farms }) => (farms ? FARMS_COLUMNS : []),
  work({ source, rf, M }, { farms }) {
    if (!farms) return 0;
    const { windows } = squareWindows(source);
    // A square matrix is its own window, and its spectrum is known already.
    return windows === 1 ? 0 : spectrumWork({ N: M, M, rf: rf * windows });
  },
  needs: () => [],
  parameters: () => ({}),
  async measure({ layer, spectrum }, { pool, signal }) {
    if (spectrum === null) return {};
    const windows = squareWindows(layer.source);
    if (windows.windows === 1) return farmsColumns(spectrum, 1);
    return farmsColumns(
      poolSpectrum(windows, await pool.solve(windows, signal), layer.eigenvalueScale),
      windows.windows,
    );
  },
};

/**
 * Hill's exponent over all square windows of a layer. `windows` is their pooled spectrum; `count` is the number of
 * windows per matrix.
 */
function farmsColumns(windows: Spectrum, count: number): FarmsColumns {
  const fit = pooledHill(windows.slices);
  return { farms_alpha: fit?.alpha ?? null, farms_alpha_sd: fit?.alphaSpread ?? null, farms_windows: count };
}
