import { VERSION } from "#eigenscope/analysis/version.js";
import type { Calibration, Machine } from "#eigenscope/cli/calibration.js";
import { CALIBRATION_FORMAT } from "#eigenscope/cli/calibration.js";
import type { EngineRates, RatePoint } from "#eigenscope/cli/rates.js";

export const MACHINE: Machine = { processor: "Some Processor", cores: 4, platform: "linux", arch: "x64" };

/** Points of a machine whose times are exact powers: 1e-9 M^3 per matrix, 1e-9 M^2 per row, times `factor`. */
export const pointsOf = (factor: number): RatePoint[] =>
  [16, 64, 256, 1024].map((M) => ({ M, matrix: factor * 1e-9 * M ** 3, row: factor * 1e-9 * M ** 2 }));

const engine = (target: string | null, factor: number): EngineRates => ({
  ...{ target, worker: 0.25, compile: 0, layer: 0.001, gaussian: 0.05 * factor },
  points: { f64: pointsOf(factor), mixed: pointsOf(0.75 * factor), f32: pointsOf(0.5 * factor) },
});

/** A calibration of a machine with simple numbers. */
export function calibrationOf(more: Partial<Calibration> = {}): Calibration {
  return {
    ...{ format: CALIBRATION_FORMAT, eigenscope: VERSION, measuredAt: "2026-11-30T01:00:00.000Z", machine: MACHINE },
    ...{ start: 0.5, model: 0.02, file: 0.001, readBytesPerSecond: 1e9, crowding: { lanes: 4, factor: 1.6 } },
    engines: { wasm: engine(null, 1), native: engine("avx512", 0.25) },
    ...more,
  };
}
