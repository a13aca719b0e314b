import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { VERSION } from "../analysis/version.js";
import { limitedAddressSpace, searchNative } from "../node/machine.js";
import { jsonText, printableSentence } from "../report/text-parts.js";
import type { EngineName } from "../spectra/index.js";
import { calibrationFile } from "./basis.js";
import { calibrate } from "./calibrate.js";
import { CALIBRATION_FORMAT, type Calibration, machineText, thisMachine } from "./calibration.js";
import { type Measurement, measurements, probeFiles } from "./calibration-probes.js";
import { processorSeconds } from "./dry-run.js";
import { MEASURED_SIDE } from "./estimate.js";
import { UsageError } from "./exit-codes.js";
import { writeWhole } from "./output-file.js";
import { type EngineRates, rateAt } from "./rates.js";
import { readSpeed } from "./read-speed.js";
import { systemReason } from "./system-error.js";
import { markTemporary, unmarkTemporary } from "./temporary.js";

/** All rounds together end about here: each engine has an equal share of it. */
const MAX_MS = 40_000;

export interface Measuring {
  /** Default: all of them. */
  readonly measurements?: readonly Measurement[];
  readonly signal?: AbortSignal | undefined;
}

/** Measures this machine for `doctor --calibrate`, with all engines that it has. Takes up to a minute. */
export async function calibrateMachine({ measurements: own, signal }: Measuring = {}): Promise<Calibration> {
  const machine = thisMachine();
  const space = await limitedAddressSpace(machine.cores);
  const engines: EngineName[] = [
    ...(space?.memories === 0 ? [] : ["wasm" as const]),
    ...(searchNative().library === null ? [] : ["native" as const]),
  ];
  const folder = await mkdtemp(join(tmpdir(), "eigenscope-calibrate-"));
  markTemporary(folder);
  const start = performance.now();
  try {
    const rates = await calibrate({
      ...{ engines, signal, now: processorSeconds, cores: availableParallelism() },
      measurements: own ?? measurements(),
      write: probeFiles(folder),
      mayGoOn: (engine) => performance.now() - start < ((engine + 1) * MAX_MS) / engines.length,
      onEngine: (engine) => void process.stderr.write(`eigenscope: measuring the engine ${engine}\n`),
    });
    const readBytesPerSecond = await readSpeed(join(folder, "read"));
    return {
      ...{ format: CALIBRATION_FORMAT, eigenscope: VERSION, measuredAt: new Date().toISOString(), machine },
      ...rates,
      readBytesPerSecond,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
    unmarkTemporary(folder);
  }
}

/**
 * Keeps the calibration of this machine in the user's cache. Resolves to the file's path. Throws `UsageError` if it
 * cannot be written.
 */
export async function keepCalibration(calibration: Calibration, file = calibrationFile()): Promise<string> {
  await mkdir(dirname(file), { recursive: true }).catch((cause: Error) => {
    throw new UsageError(`cannot write ${file}: ${systemReason(cause)}`, { cause });
  });
  await writeWhole(file, jsonText(calibration, 2));
  return file;
}

const SHOWN_SIDES = [64, 256, 1024, 2048] as const;

/** The calibration as text, one fact per line. */
export function renderCalibration(calibration: Calibration): string {
  const { machine, measuredAt, start, model, file, readBytesPerSecond, crowding, engines } = calibration;
  const lines = [
    `measured: ${machineText(machine)}, ${measuredAt}`,
    `processor time: ${ms(start)} to start, ${ms(model)} per model, ${ms(file)} per further file`,
    `reading: ${Math.round(readBytesPerSecond / 2 ** 20)} MiB/s, of a file that was just written`,
    crowding.lanes > 1
      ? `${crowding.lanes} layers at once: ${crowding.factor.toFixed(2)} times the processor time of each alone`
      : "one layer at once: there is one processor",
    ...Object.entries(engines).flatMap(([name, rates]) => engineLines(name, rates)),
  ];
  return `${lines.map(printableSentence).join("\n")}\n`;
}

function engineLines(name: string, { target, worker, compile, layer, gaussian, points }: EngineRates): string[] {
  const shown = target === null ? name : `${name} (${target})`;
  const square = (M: number): string =>
    (["f64", "mixed", "f32"] as const)
      .map((precision) => {
        const { matrix, row } = rateAt(points[precision], M);
        return `${ms(layer + matrix + 2 * M * row)} ${precision}`;
      })
      .join(", ");
  return [
    `${shown}: ${ms(worker)} per worker, ${ms(compile)} to compile its code, ${ms(layer)} per layer, ` +
      `${ms(gaussian)} for one random ` +
      `${MEASURED_SIDE} x ${MEASURED_SIDE} matrix`,
    ...SHOWN_SIDES.map((M) => `${shown}, a layer of ${2 * M} x ${M}: ${square(M)}`),
  ];
}

function ms(seconds: number): string {
  const value = 1000 * seconds;
  return `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;
}
