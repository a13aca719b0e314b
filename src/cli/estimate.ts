import type { AnalysisPlan } from "../analysis/index.js";
import { MIN_WORKER_WORK } from "../node/resources.js";
import { type FoundCalibration, objectionTo } from "./basis.js";
import { RATE_TABLE } from "./rate-table.js";
import { crowdingAt, layerSeconds, type Rates, workerTime } from "./rates.js";

/** A time in seconds, and the range in which it lies. */
export interface TimeRange {
  readonly expected: number;
  readonly low: number;
  readonly high: number;
}

/** What an estimate rests on. */
export interface Basis {
  /** A calibration of this machine, one that was carried here, or the table of another machine. */
  readonly kind: "calibrated" | "carried" | "table";
  readonly rates: Rates;
  /** How much slower this machine is than the table's, by the measured engine; 1 if it was not measured. */
  readonly slowness: number;
  /** Whether this machine was measured: by its calibration, or by one matrix now. */
  readonly measured: boolean;
  /** Why a calibration that is there was not used. */
  readonly objection?: string | undefined;
}

export interface Estimate {
  /** Time of all threads together. */
  readonly processorSeconds: TimeRange;
  /** Time on the clock, if the processors have nothing else to do. */
  readonly elapsedSeconds: TimeRange;
  readonly basis: Basis["kind"];
  /** How much slower this machine is than that of the table, by the measured engine; 1 if it was not measured. */
  readonly slowness: number;
  readonly measured: boolean;
}

/** The side of the matrix that measures an engine if there is no calibration. */
export const MEASURED_SIDE = 512;

/**
 * Ratios of real to estimated processor time that `scripts/plan-accuracy.mjs` finds with a calibration (0.67 to 1.52),
 * but for layers with many zeros: their permutations are not planned.
 */
export const CALIBRATED_RATIOS = { low: 0.65, high: 1.6 } as const;
/** By the table and one measured matrix. */
export const TABLE_RATIOS = { low: 0.5, high: 2 } as const;
/** Without a measurement of this machine it may be so many times faster or slower than that of the table. */
const UNMEASURED = 3;

/** From this many seconds on, a run is long enough to say so before it begins. */
export const LONG_SECONDS = 60;

/** The basis for a plan: the calibration if it says something about it, else the table. */
export function basisFor(
  plan: Pick<AnalysisPlan, "engine" | "target">,
  { found, gaussian }: { readonly found?: FoundCalibration | undefined; readonly gaussian?: number | undefined } = {},
): Basis {
  const objection = found?.objection ?? (found?.calibration && objectionTo(found.calibration, plan));
  if (found?.calibration !== undefined && objection === undefined)
    return { kind: found.kind, rates: found.calibration, slowness: 1, measured: true };
  const reference = RATE_TABLE.engines[plan.engine]?.gaussian;
  const isMeasured = gaussian !== undefined && reference !== undefined;
  const slowness = isMeasured ? gaussian / reference : 1;
  return { kind: "table", rates: RATE_TABLE, slowness, measured: isMeasured, objection };
}

/** Seconds of processor time of each layer of a plan, while `lanes` layers run at once. */
export function layerTimes({ layers, engine }: Pick<AnalysisPlan, "layers" | "engine">, basis: Basis, lanes: number) {
  const { rates, slowness } = basis;
  const own = rates.engines[engine];
  if (own === undefined) throw new RangeError(`there are no times of the engine ${engine}`);
  const factor = slowness * crowdingAt(rates, lanes);
  return layers.map((layer) => factor * layerSeconds(layer, own));
}

/** Seconds of processor time to open the files of a plan once. */
export function openSeconds({ files }: Pick<AnalysisPlan, "files">, { rates, slowness }: Basis): number {
  return slowness * (rates.model + Math.max(0, files - 1) * rates.file);
}

/** Seconds of processor time to start one worker of the plan's engine, and to compile code for its layers. */
export function workerSeconds(
  { engine }: Pick<AnalysisPlan, "engine">,
  { rates, slowness }: Basis,
  layers: number,
): number {
  const own = rates.engines[engine];
  return own === undefined ? 0 : slowness * workerTime(own, layers);
}

/**
 * Seconds of processor time that `analyze` takes beside its layers: to start, to open the plan's files, and for its
 * workers if the work is more than its own thread does.
 */
export function startSeconds(plan: AnalysisPlan, basis: Basis): number {
  const { layers, engine, workers } = plan;
  const work = layers.reduce((sum, layer) => sum + layer.work, 0);
  const started = engine === "wasm" && work < MIN_WORKER_WORK ? 0 : Math.min(workers, layers.length);
  const before = basis.slowness * basis.rates.start + openSeconds(plan, basis);
  return started === 0 ? before : before + started * workerSeconds(plan, basis, layers.length / started);
}

/** The range around an expected time. `late`: seconds by which it may end later. */
export function rangeOf(expected: number, { kind, measured }: Pick<Basis, "kind" | "measured">, late = 0): TimeRange {
  const { low, high } = kind === "table" ? TABLE_RATIOS : CALIBRATED_RATIOS;
  const wide = measured ? 1 : UNMEASURED;
  return { expected, low: (low / wide) * expected, high: high * wide * (expected + late) };
}

/**
 * Estimates the time of a plan. All workers are taken to be busy to the end; at its high end one worker does the
 * largest layer alone, after all others have ended.
 */
export function estimateOf(plan: AnalysisPlan, basis: Basis, processors: number): Estimate {
  const together = Math.min(plan.workers, processors);
  const times = layerTimes(plan, basis, together);
  const total = times.reduce((sum, seconds) => sum + seconds, startSeconds(plan, basis));
  const largest = times.reduce((most, seconds) => Math.max(most, seconds), 0);
  return {
    processorSeconds: rangeOf(total, basis),
    elapsedSeconds: rangeOf(total / together, basis, largest * (1 - 1 / together)),
    ...{ basis: basis.kind, slowness: basis.slowness, measured: basis.measured },
  };
}

/** Whether a plan would be long on the machine of the table: only then is this machine worth a measurement. */
export function mayBeLong(plan: AnalysisPlan, processors: number): boolean {
  return estimateOf(plan, basisFor(plan), processors).elapsedSeconds.expected >= LONG_SECONDS;
}
