import type { LayerCost } from "../analysis/index.js";
import { spectrumWork } from "../analysis/spectrum-work.js";
import type { EngineName, Precision } from "../spectra/index.js";
import { firstPrecision } from "../spectra/route.js";

/** What matrices with M columns take, in seconds of processor time. */
export interface RatePoint {
  readonly M: number;
  /** Of each matrix, whatever its height: reduction to tridiagonal form, eigenvalues, fits. */
  readonly matrix: number;
  /** Of each of its N rows: reading, statistics of the entries, Gram matrix. */
  readonly row: number;
}

/** The speed of one engine, in seconds of processor time. */
export interface EngineRates {
  /** Which of its kernels, if it has several kinds. */
  readonly target: string | null;
  /** To start one worker. */
  readonly worker: number;
  /** To compile its code, which takes `COMPILED_LAYERS` layers; a part of it with fewer. */
  readonly compile: number;
  /** Of one layer, whatever its size: messages, its row of the report. */
  readonly layer: number;
  /** The least time of one Gaussian matrix of `MEASURED_SIDE` in f32, by which machines are compared. */
  readonly gaussian: number;
  /** By M, ascending. */
  readonly points: Readonly<Record<Precision, readonly RatePoint[]>>;
}

/** V8 compiles the code of a worker while it does its first so many layers. */
export const COMPILED_LAYERS = 240;

/** Seconds of processor time of a worker that does so many layers, beside these. */
export function workerTime({ worker, compile }: Pick<EngineRates, "worker" | "compile">, layers: number): number {
  return worker + compile * Math.min(1, layers / COMPILED_LAYERS);
}

/** The speed of a machine, as `doctor --calibrate` measured it. */
export interface Rates {
  /** Seconds of processor time to start the command, and until its code is compiled. */
  readonly start: number;
  /** Seconds of processor time of one model, beside its files and layers: its plan and its report. */
  readonly model: number;
  /** Seconds of processor time to open one more file of a model. */
  readonly file: number;
  /** Bytes per second on the clock, read one after the other from a file that was just written. */
  readonly readBytesPerSecond: number;
  /** How much more processor time layers take while so many run at once: they share caches, memory and cores. */
  readonly crowding: { readonly lanes: number; readonly factor: number };
  readonly engines: Readonly<Partial<Record<EngineName, EngineRates>>>;
}

/**
 * The rates of matrices with M columns. Between two points both grow as powers of M. Below the first they are
 * proportional to M; above the last, `matrix` grows as M^3 and `row` as M^2.
 */
export function rateAt(points: readonly RatePoint[], M: number): Omit<RatePoint, "M"> {
  const next = points.findIndex((point) => point.M >= M);
  const last = points[points.length - 1];
  if (next === -1) return { matrix: last.matrix * (M / last.M) ** 3, row: last.row * (M / last.M) ** 2 };
  const above = points[next];
  if (next === 0) return { matrix: (above.matrix * M) / above.M, row: (above.row * M) / above.M };
  const below = points[next - 1];
  const share = Math.log(M / below.M) / Math.log(above.M / below.M);
  const between = (a: number, b: number): number => a * (b / a) ** share;
  return { matrix: between(below.matrix, above.matrix), row: between(below.row, above.row) };
}

/**
 * Seconds of processor time of one layer that runs alone. A small, nearly square matrix is solved in f64 whatever was
 * asked for. What the options ask for beyond the layer's own spectrum takes time in proportion to its operations.
 */
export function layerSeconds(layer: LayerCost, { points, layer: once }: EngineRates): number {
  const { N, M, rf, work, precision } = layer;
  if (M === 0) return once;
  const { matrix, row } = rateAt(points[firstPrecision({ N, M }, precision)], M);
  return once + rf * (matrix + N * row) * (work / spectrumWork(layer));
}

/** How much more processor time layers take if `lanes` of them run at once: 1 for one, linear in their number. */
export function crowdingAt({ crowding: { lanes, factor } }: Pick<Rates, "crowding">, together: number): number {
  if (lanes <= 1 || together <= 1) return 1;
  return 1 + (factor - 1) * Math.min(1, (together - 1) / (lanes - 1));
}
