import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { AnalysisPlan } from "../analysis/index.js";
import { userCache } from "../node/resources.js";
import { type Calibration, type Machine, machineText, parseCalibration, thisMachine } from "./calibration.js";
import { UsageError } from "./exit-codes.js";
import { systemReason } from "./system-error.js";

/** Where the calibration of this machine is kept. */
export function calibrationFile(): string {
  return join(userCache(), "calibration.json");
}

/** What the user has of calibrations: none, that of this machine, or one that was carried here. */
export interface FoundCalibration {
  readonly calibration?: Calibration | undefined;
  /** Measured on this machine, or named by the user. */
  readonly kind: "calibrated" | "carried";
  readonly file: string;
  /** Why there is none, if there is a file. */
  readonly objection?: string | undefined;
}

export interface CalibrationSearch {
  /** The file that the user named. Default: that of this machine, in the user's cache. */
  readonly named?: string | undefined;
  readonly cached?: string | undefined;
  readonly machine?: Machine | undefined;
}

/**
 * The calibration to use: the named file, else that of this machine. One that cannot be used comes with the reason. A
 * named file that does not exist throws `UsageError`.
 */
export async function findCalibration({
  named,
  cached = calibrationFile(),
  machine = thisMachine(),
}: CalibrationSearch = {}): Promise<FoundCalibration | undefined> {
  const file = named ?? cached;
  const kind = named === undefined ? "calibrated" : "carried";
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    if (named !== undefined)
      throw new UsageError(`--calibration: cannot read ${file}: ${systemReason(cause as Error)}`, { cause });
    return undefined;
  }
  try {
    const calibration = parseCalibration(text);
    // A home folder may be that of many machines.
    const isOwn = named !== undefined || machineText(calibration.machine) === machineText(machine);
    if (isOwn) return { calibration, kind, file };
    const objection = `was measured on another machine (${machineText(calibration.machine)})`;
    return { kind, file, objection };
  } catch (cause) {
    return { kind, file, objection: (cause as Error).message };
  }
}

/** Why a calibration says nothing about a plan; undefined if it does. */
export function objectionTo(
  { engines }: Pick<Calibration, "engines">,
  { engine, target }: Pick<AnalysisPlan, "engine" | "target">,
): string | undefined {
  const rates = engines[engine];
  if (rates === undefined) return `has no times of the engine ${engine}`;
  if (rates.target === target) return undefined;
  return `has times of the kernels ${rates.target ?? "of no name"}, and the run would use ${target ?? "others"}`;
}

/** An objection as a sentence for the user. */
export function objectionText({ file }: Pick<FoundCalibration, "file">, objection: string): string {
  return (
    `the calibration ${file} ${objection}; a table of times from another machine is used instead. To measure a ` +
    "machine: eigenscope doctor --calibrate"
  );
}
