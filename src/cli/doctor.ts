import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { builtLibrary, cachedLibrary, compileNative, type NativeSearch, NativeUnavailable } from "../node/machine.js";
import { jsonText, printableSentence } from "../report/text-parts.js";
import { type Diagnosis, diagnose } from "./diagnosis.js";
import type { Speed } from "./engine-speeds.js";
import { EXIT } from "./exit-codes.js";
import { assertWritable, writeWhole } from "./output-file.js";
import { writeStdout } from "./stdout.js";

export interface DoctorFlags {
  /** true: to stdout. */
  readonly json?: boolean | string;
  /** Compiles the native engine first. */
  readonly build: boolean;
  /** Measures this machine for estimates, and keeps that. */
  readonly calibrate: boolean;
}

/**
 * `eigenscope doctor`: prints what this machine can do, which engine is used, and why. Resolves to the exit code.
 * Throws `NativeUnavailable` if the native engine was to be built and could not be.
 */
export async function doctorCommand({ json, build, calibrate }: DoctorFlags, signal: AbortSignal): Promise<number> {
  const file = typeof json === "string" && json !== "-" ? json : undefined;
  if (file !== undefined) await assertWritable(file);
  if (build) buildNative();
  if (calibrate) return calibrateCommand({ json, file, signal });
  const diagnosis = await diagnose({ signal });
  if (file !== undefined) await writeWhole(file, jsonText(diagnosis, 2));
  else writeStdout(json ? jsonText(diagnosis, 2) : renderDiagnosis(diagnosis));
  return EXIT.done;
}

interface Calibrated {
  readonly json: boolean | string | undefined;
  readonly file: string | undefined;
  readonly signal: AbortSignal;
}

/** `eigenscope doctor --calibrate`: what was measured goes to the user's cache, and to a file if one is named. */
async function calibrateCommand({ json, file, signal }: Calibrated): Promise<number> {
  const { calibrateMachine, keepCalibration, renderCalibration } = await import("./doctor-calibrate.js");
  const calibration = await calibrateMachine({ signal });
  if (file !== undefined) await writeWhole(file, jsonText(calibration, 2));
  const kept = await keepCalibration(calibration);
  writeStdout(json && file === undefined ? jsonText(calibration, 2) : renderCalibration(calibration));
  process.stderr.write(`eigenscope: wrote ${printableSentence([kept, file].filter(Boolean).join(", "))}\n`);
  return EXIT.done;
}

/** Compiles the native engine from the sources in this package into the user's cache folder. */
function buildNative(): void {
  const sources = fileURLToPath(new URL("../../native", import.meta.url));
  const headers = join(dirname(builtLibrary()), "include");
  const out = cachedLibrary();
  const compiled = compileNative({ sources, headers, out, platform: process.platform, env: process.env });
  if ("reason" in compiled)
    throw new NativeUnavailable(
      `the native engine could not be built: ${compiled.reason}; install gcc or clang, or name a compiler in ` +
        "CC; without it, WebAssembly does the same work",
    );
}

/** The diagnosis as text, one line per fact. Findings come first, the conclusion last. */
export function renderDiagnosis({
  eigenscope,
  node,
  processor,
  memory,
  webAssembly,
  addressSpace,
  webGpu,
  native,
  speeds,
  choice,
}: Diagnosis): string {
  const flags = processor.flags.length > 0 ? ` (${processor.flags.join(" ")})` : "";
  const lines = [
    fact("eigenscope", `${eigenscope} on Node ${node.version}, ${node.platform} ${node.arch}`),
    fact("processor", `${processor.model}, ${processor.cores} cores${flags}`),
    fact(
      "memory",
      `${gib(memory.totalBytes)} GiB, ${gib(memory.freeBytes)} free; matrices take ` +
        `${gib(memory.budgetBytes)} GiB at most (--memory)`,
    ),
    fact(
      "WebAssembly",
      `SIMD ${yes(webAssembly.simd)}, relaxed SIMD ${yes(webAssembly.relaxedSimd)}, shared memory ` +
        `${yes(webAssembly.sharedMemory)}`,
    ),
    ...(addressSpace === null ? [] : [fact("address space", addressSpaceOf(addressSpace, processor.cores))]),
    fact("WebGPU", "adapter" in webGpu ? `${webGpu.adapter} (for "lab train --engine webgpu")` : webGpu.error),
    ...nativeLines(native),
    ...speeds.map(speedLine),
    fact("--engine auto", `${choice.engine}: ${choice.reason}`),
  ];
  return `${lines.map(printableSentence).join("\n")}\n`;
}

function addressSpaceOf({ limitBytes, memories }: NonNullable<Diagnosis["addressSpace"]>, cores: number): string {
  return (
    `limited to ${gib(limitBytes)} GiB (ulimit -v), room for ${memories} of ${cores} WebAssembly workers, each ` +
    "of which reserves 10 GiB"
  );
}

function nativeLines({ library, refused, off }: NativeSearch): string[] {
  return [
    ...refused.map(({ path, origin, reason }) => fact("refused", `${path} (${origin}): ${reason}`)),
    library === null
      ? fact(
          "native engine",
          off ? "switched off (EIGENSCOPE_NATIVE=off)" : "none; with a C compiler, doctor --build makes it",
        )
      : fact("native engine", `${library.path} (${library.origin}), kernels for ${library.target}`),
  ];
}

function speedLine({ engine, n, seconds, gigaflops }: Speed): string {
  return fact(
    `speed, ${engine}`,
    `${seconds.toFixed(3)} s for one ${n} x ${n} matrix on one core (${gigaflops.toFixed(1)} GF/s)`,
  );
}

const LABEL_WIDTH = 15;

function fact(label: string, text: string): string {
  return `${label.padEnd(LABEL_WIDTH)}${text}`;
}

function yes(is: boolean): string {
  return is ? "yes" : "no";
}

function gib(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}
