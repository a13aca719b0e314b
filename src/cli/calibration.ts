import { availableParallelism, cpus } from "node:os";
import { VERSION } from "../analysis/version.js";
import type { Precision } from "../spectra/index.js";
import type { EngineRates, Rates } from "./rates.js";

/** The version of the file. A reader refuses all others. */
export const CALIBRATION_FORMAT = 1;

/** What `doctor --calibrate` writes: the speed of a machine, and whose it is. */
export interface Calibration extends Rates {
  readonly format: typeof CALIBRATION_FORMAT;
  /** Its version: another one may be faster or slower. */
  readonly eigenscope: string;
  /** ISO 8601, UTC. */
  readonly measuredAt: string;
  readonly machine: Machine;
}

/** What tells machines apart. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly platform: string;
  readonly arch: string;
}

export function thisMachine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    ...{ platform: process.platform, arch: process.arch },
  };
}

export const machineText = ({ processor, cores, platform, arch }: Machine): string =>
  `${processor}, ${cores} cores, ${platform} ${arch}`;

/**
 * Reads a calibration from the text of a file. Throws `RangeError` with a sentence, without the file's name, if it is
 * damaged or of another version.
 */
export function parseCalibration(text: string): Calibration {
  const data = asRecord(json(text), "it");
  const { format, eigenscope } = data;
  if (typeof format !== "number") throw damaged("it has no format");
  if (format > CALIBRATION_FORMAT)
    throw new RangeError(
      `was written by a later version of eigenscope (format ${format}, and this version reads ${CALIBRATION_FORMAT})`,
    );
  if (format !== CALIBRATION_FORMAT) throw new RangeError(`has the format ${format}, expected ${CALIBRATION_FORMAT}`);
  if (typeof eigenscope !== "string") throw damaged("it does not say which version of eigenscope was measured");
  if (eigenscope !== VERSION)
    throw new RangeError(
      `was measured with eigenscope ${eigenscope}, and this is ${VERSION}: the speed may be another`,
    );
  assertTimes(data, ["start", "model", "file"]);
  assertPositive(data.readBytesPerSecond, "readBytesPerSecond");
  const crowding = asRecord(data.crowding, "crowding");
  if (!(finite(crowding.lanes) >= 1 && finite(crowding.factor) >= 1)) throw damaged("crowding is below 1");
  for (const [name, rates] of Object.entries(asRecord(data.engines, "engines"))) assertEngine(name, rates);
  assertMachine(asRecord(data.machine, "machine"));
  if (typeof data.measuredAt !== "string" || Number.isNaN(Date.parse(data.measuredAt)))
    throw damaged("measuredAt is no time");
  return data as unknown as Calibration;
}

const PRECISIONS: readonly Precision[] = ["f64", "mixed", "f32"];

function assertEngine(name: string, rates: unknown): void {
  const engine = asRecord(rates, name);
  const { target, gaussian, points } = engine as Partial<EngineRates>;
  if (target !== null && typeof target !== "string") throw damaged(`${name} does not name its kernels`);
  assertTimes(engine, ["worker", "compile", "layer"]);
  assertPositive(gaussian, `${name}.gaussian`);
  for (const precision of PRECISIONS) {
    const own = asRecord(points, `${name}.points`)[precision];
    if (!Array.isArray(own) || own.length === 0) throw damaged(`${name} has no times in ${precision}`);
    let before = 0;
    for (const point of own) {
      const { M, matrix, row } = asRecord(point, `${name}.points.${precision}`);
      for (const value of [M, matrix, row]) assertPositive(value, `a point of ${name}.points.${precision}`);
      if ((M as number) <= before) throw damaged(`${name}.points.${precision} is not in ascending order`);
      before = M as number;
    }
  }
}

function assertMachine({ processor, cores, platform, arch }: Record<string, unknown>): void {
  if ([processor, platform, arch].some((text) => typeof text !== "string")) throw damaged("machine is incomplete");
  assertPositive(cores, "machine.cores");
}

function assertTimes(data: Record<string, unknown>, names: readonly string[]): void {
  for (const name of names) if (!(finite(data[name]) >= 0)) throw damaged(`${name} is no time`);
}

function assertPositive(value: unknown, name: string): void {
  if (!(finite(value) > 0)) throw damaged(`${name} is not above 0`);
}

const finite = (value: unknown): number => (Number.isFinite(value) ? (value as number) : Number.NaN);

function asRecord(value: unknown, name: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw damaged(`${name} is no object`);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damaged((cause as Error).message);
  }
}

const damaged = (what: string): RangeError => new RangeError(`is damaged: ${what}`);
