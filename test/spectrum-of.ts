import type { MatrixShape } from "#eigenscope/rmt/index.js";
import { createEngine, poolSpectrum, type Spectrum } from "#eigenscope/spectra/index.js";

const engine = await createEngine("wasm");

/** The spectrum of one N x M matrix, row-major, by the default engine. */
export function spectrumOf(W: Float64Array | Float32Array, { N, M }: MatrixShape): Spectrum {
  const shape = { count: 1, rows: N, cols: M };
  const task = engine.begin(shape);
  task.push(W);
  return poolSpectrum(shape, task.finish());
}
