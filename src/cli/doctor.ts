import type { LibraryReport, NativeLibrary } from "../node/native/library-report.js";
import { jsonText } from "../report/json-text.js";
import { printableSentence } from "../report/printable-sentence.js";
import { type Diagnosis, diagnose, type Speed } from "./diagnosis.js";
import { EXIT } from "./exit-codes.js";
import { writeStdout } from "./stdout.js";

export interface DoctorFlags {
  readonly json: boolean;
}

/** `eigenscope doctor`: prints what this machine can do, which engine is used, and why. Resolves to the exit code. */
export async function doctorCommand({ json }: DoctorFlags, signal: AbortSignal): Promise<number> {
  const diagnosis = await diagnose({ signal });
  writeStdout(json ? jsonText(diagnosis, 2) : renderDiagnosis(diagnosis));
  return EXIT.done;
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
  const { koffi } = native;
  const lines = [
    fact("eigenscope", `${eigenscope} on Node ${node.version}, ${node.platform} ${node.arch}`),
    fact("processor", `${processor.model}, ${processor.cores} cores${flags}`),
    fact(
      "memory",
      `${gib(memory.totalBytes)} GiB, ${gib(memory.freeBytes)} free; matrices take ${gib(memory.budgetBytes)} GiB at most (--memory)`,
    ),
    fact(
      "WebAssembly",
      `SIMD ${yes(webAssembly.simd)}, relaxed SIMD ${yes(webAssembly.relaxedSimd)}, shared memory ${yes(webAssembly.sharedMemory)}`,
    ),
    ...(addressSpace === null ? [] : [fact("address space", addressSpaceOf(addressSpace, processor.cores))]),
    fact("WebGPU", "adapter" in webGpu ? `${webGpu.adapter} (for "lab train --engine webgpu")` : webGpu.error),
    fact("koffi", "version" in koffi ? koffi.version : koffi.error),
    ...native.reports.flatMap((report) => (report.outcome === "missing" ? [] : libraryLines(report, native.library))),
    ...missing(native.reports),
    ...speeds.map(speedLine),
    fact("--engine auto", `${choice.engine}: ${choice.reason}`),
  ];
  return `${lines.map(printableSentence).join("\n")}\n`;
}

function addressSpaceOf({ limitBytes, memories }: NonNullable<Diagnosis["addressSpace"]>, cores: number): string {
  return `limited to ${gib(limitBytes)} GiB (ulimit -v), room for ${memories} of ${cores} WebAssembly workers, each of which reserves 10 GiB`;
}

function libraryLines(report: Exclude<LibraryReport, { outcome: "missing" }>, chosen: NativeLibrary | null): string[] {
  if (report.outcome === "refused") return [fact("refused", `${report.path} (${report.origin}): ${report.reason}`)];
  const { library } = report;
  const { path, file, origin, config, core, ownCore, naming, int64, reduction, env } = library;
  const kernels =
    core === null ? "" : `, kernels for ${core}${ownCore === null ? "" : ` (by itself it takes ${ownCore})`}`;
  return [
    fact(library === chosen ? "library" : "also there", `${path} (${origin})`),
    ...(file !== null && file !== path ? [fact("", `is ${file}`)] : []),
    fact("", `${config ?? "no OpenBLAS"}${kernels}`),
    fact("", `${naming}, ${reduction} reduction, integers of ${int64 ? 64 : 32} bits; agrees with the embedded engine`),
    ...(library === chosen ? [fact("", `loaded with ${settings(env)}`)] : []),
  ];
}

function settings(env: NativeLibrary["env"]): string {
  const all = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return all.length > 0 ? all.join(" ") : "your own settings of threads";
}

function missing(reports: readonly LibraryReport[]): string[] {
  const paths = reports.flatMap((report) => (report.outcome === "missing" ? [report.path] : []));
  return paths.length > 0 ? [fact("not there", paths.join(", "))] : [];
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
