import type { AnalysisPlan, LayerCost } from "../analysis/index.js";

/** A time in seconds, and the range in which it lies. */
export interface TimeRange {
  readonly expected: number;
  readonly low: number;
  readonly high: number;
}

export interface Estimate {
  /** Time of all threads together. */
  readonly processorSeconds: TimeRange;
  /** Time on the clock, if the processors have nothing else to do. */
  readonly elapsedSeconds: TimeRange;
  /** How much slower this machine is than that of the constants, by the measured engine; 1 if it was not measured. */
  readonly slowness: number;
  readonly measured: boolean;
}

/**
 * What a layer takes, in seconds of one processor of the machine that scripts/estimate-accuracy.mjs ran on (a Xeon of
 * 2023 with AVX-512, busy with other work): to start, per stored weight (reading, statistics of the entries), per
 * eigenvalue (the fits), and per operation of the engine: least squares of log ratios over 28 runs on seven files.
 * "mixed" was not run and is between the others.
 */
const START_SECONDS = 1.27;
const SECONDS_PER_WEIGHT = 40e-9;
const SECONDS_PER_EIGENVALUE = 58e-6;
const SECONDS_PER_OPERATION: Readonly<Record<string, Readonly<Record<LayerCost["precision"], number>>>> = {
  native: { f64: 0.021e-9, mixed: 0.016e-9, f32: 0.012e-9 },
  wasm: { f64: 0.062e-9, mixed: 0.054e-9, f32: 0.045e-9 },
  // Not measured: "about ten times slower".
  reference: { f64: 0.64e-9, mixed: 0.64e-9, f32: 0.64e-9 },
};

/** One Gaussian matrix of this size measures an engine, and took at least this many seconds of processor time. */
export const MEASURED_SIDE = 512;
export const MEASURED_SECONDS: Readonly<Record<string, number>> = { native: 0.0156, wasm: 0.037 };

/** Around what scripts/estimate-accuracy.mjs found: ratios of 0.77 to 1.14 on four files that gave no constants. */
export const LOWEST_RATIO = 0.7;
export const HIGHEST_RATIO = 1.4;
/** Without a measurement of this machine it may be so many times faster or slower than that of the constants. */
const UNMEASURED = 3;

/** From this many seconds on, a run is long enough to say so before it begins. */
export const LONG_SECONDS = 60;

export interface EstimateOptions {
  /** Processors that are there. */
  readonly processors: number;
  /** Seconds of `MEASURED_SIDE` on this machine. Default: not measured. */
  readonly measured?: number | undefined;
}

/** Seconds of one layer on one processor of the machine of the constants. */
export function layerSeconds({ N, M, rf, work, precision }: LayerCost, engine: string): number {
  const perOperation = SECONDS_PER_OPERATION[engine] ?? SECONDS_PER_OPERATION.wasm;
  return rf * (N * M * SECONDS_PER_WEIGHT + M * SECONDS_PER_EIGENVALUE) + work * perOperation[precision];
}

/**
 * Estimates the time of a plan. All workers are taken to be busy to the end; at its high end one worker does the
 * largest layer alone, after all others have ended.
 */
export function estimateOf({ layers, engine, workers }: AnalysisPlan, options: EstimateOptions): Estimate {
  const { processors, measured } = options;
  const reference = MEASURED_SECONDS[engine];
  const isMeasured = measured !== undefined && reference !== undefined;
  const slowness = isMeasured ? measured / reference : 1;
  const [low, high] = isMeasured
    ? [LOWEST_RATIO, HIGHEST_RATIO]
    : [LOWEST_RATIO / UNMEASURED, HIGHEST_RATIO * UNMEASURED];
  const times = layers.map((layer) => slowness * layerSeconds(layer, engine));
  const total = times.reduce((sum, seconds) => sum + seconds, 0);
  const largest = times.reduce((most, seconds) => Math.max(most, seconds), 0);
  const start = slowness * START_SECONDS;
  const together = Math.min(workers, processors);
  const range = (expected: number, late = 0): TimeRange => ({
    expected,
    low: low * expected,
    high: high * (expected + late),
  });
  return {
    processorSeconds: range(start + total),
    elapsedSeconds: range((start + total) / together, largest * (1 - 1 / together)),
    slowness,
    measured: isMeasured,
  };
}

/** Whether a plan would be long on the machine of the constants: only then is this machine worth a measurement. */
export function mayBeLong(plan: AnalysisPlan, processors: number): boolean {
  return estimateOf(plan, { processors }).elapsedSeconds.expected >= LONG_SECONDS;
}
