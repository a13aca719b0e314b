import { fork } from "node:child_process";
import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { fileURLToPath } from "node:url";
import { type BlasCandidate, blasCandidates, type Machine } from "./blas-candidates.js";
import { betterCoreType, cpuFlags } from "./core-type.js";
import type { LibraryReport, NativeLibrary, ProbeAnswer } from "./library-report.js";

const PROBE = new URL("./probe-worker.js", import.meta.url);
/** Child processes run the built package; Node 20 cannot start one from the TypeScript sources (tests). */
const FROM_SOURCE = import.meta.url.endsWith(".ts");
/** Loading and checking takes a fifth of a second; a library on a cold network drive needs some seconds. */
const PROBE_TIMEOUT_MS = 20_000;

/** The result of the search on this machine. */
export interface NativeSearch {
  /** koffi's version, or why it cannot be loaded. */
  readonly koffi: { readonly version: string } | { readonly error: string };
  /** The result for each candidate that was tried, in the order of preference. */
  readonly reports: readonly LibraryReport[];
  /** The library to use: the first usable one. */
  readonly library: NativeLibrary | null;
}

let remembered: Promise<NativeSearch> | undefined;

/**
 * Searches for a native library, once per process: opens the candidates in child processes until one agrees with the
 * embedded engine. About 0.3 s.
 */
export function findNative(): Promise<NativeSearch> {
  remembered ??= searchNative();
  return remembered;
}

/** The search itself. `all`: continue after the first usable library, to report on every candidate. */
export async function searchNative({ all = false } = {}): Promise<NativeSearch> {
  const koffi = await koffiVersion();
  if ("error" in koffi || FROM_SOURCE) return { koffi, reports: [], library: null };
  const reports: LibraryReport[] = [];
  let pending = blasCandidates(thisMachine());
  while (pending.length > 0 && (all || !reports.some(({ outcome }) => outcome === "usable"))) {
    const found = await probe(pending);
    reports.push(...(await Promise.all(found.map(withBetterCore))));
    pending = pending.slice(found.length);
  }
  const usable = reports.find((report) => report.outcome === "usable");
  return { koffi, reports, library: usable?.library ?? null };
}

async function koffiVersion(): Promise<NativeSearch["koffi"]> {
  try {
    const { version } = await import("koffi");
    return { version };
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND";
    return { error: missing ? "not installed" : `cannot be loaded: ${(cause as Error).message}` };
  }
}

function thisMachine(): Machine {
  const orUndefined = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch {
      return undefined;
    }
  };
  return {
    platform: process.platform,
    env: process.env,
    home: homedir(),
    list: (folder) => orUndefined(() => readdirSync(folder).sort()) ?? [],
    real: (path) => orUndefined(() => realpathSync(path)),
  };
}

/**
 * One thread per library: matrices are spread over processes, each of which keeps its core busy. OpenBLAS's threads
 * wait by spinning: on a machine with other work two of them took six times as long as one, and their number changes
 * the last bits. The user's own setting is kept.
 */
export function nativeEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  const wanted = {
    OPENBLAS_NUM_THREADS: "1",
    OMP_NUM_THREADS: "1",
    MKL_NUM_THREADS: "1",
    MKL_THREADING_LAYER: env.MKL_NUM_THREADS === undefined ? "SEQUENTIAL" : undefined,
    VECLIB_MAXIMUM_THREADS: "1",
  };
  return Object.fromEntries(
    Object.entries(wanted).flatMap(([name, value]) =>
      value === undefined || env[name] !== undefined ? [] : [[name, value]],
    ),
  );
}

/** Opens candidates in a child process until one exists; returns the reports of the first candidates, at least one. */
async function probe(
  candidates: readonly BlasCandidate[],
  coreType: Readonly<Record<string, string>> = {},
): Promise<LibraryReport[]> {
  const env = { ...nativeEnvironment(process.env), ...coreType };
  const child = fork(
    fileURLToPath(PROBE),
    candidates.map(({ path }) => path),
    {
      env: { ...process.env, ...env },
      execArgv: [],
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      timeout: PROBE_TIMEOUT_MS,
      killSignal: "SIGKILL",
    },
  );
  const reports: LibraryReport[] = [];
  child.on("message", (message) => {
    const { result } = message as ProbeAnswer;
    const candidate = candidates[reports.length];
    if (result.outcome !== "usable") reports.push({ ...candidate, ...result });
    else reports.push({ outcome: "usable", library: { ...candidate, ...result.found, env, ownCore: null } });
  });
  const end = await new Promise<string>((resolve) => {
    child.on("error", (cause) => resolve(cause.message));
    child.on("exit", (code, signal) => resolve(signal ?? `code ${code}`));
  });
  if (reports.length < candidates.length && reports.every(({ outcome }) => outcome === "missing")) {
    const { path, origin } = candidates[reports.length];
    reports.push({ outcome: "refused", path, origin, reason: `it crashed the process that tried it (${end})` });
  }
  return reports;
}

/** The library with the core type that it should have chosen by itself, if that works. */
async function withBetterCore(report: LibraryReport): Promise<LibraryReport> {
  if (report.outcome !== "usable" || process.env.OPENBLAS_CORETYPE !== undefined) return report;
  const { path, origin, core } = report.library;
  const better = betterCoreType(core, cpuFlags(cpuInfo()));
  if (better === undefined) return report;
  const [again] = await probe([{ path, origin }], { OPENBLAS_CORETYPE: better });
  // A build without that core's kernels ignores the setting.
  if (again?.outcome !== "usable" || again.library.core === core) return report;
  return { ...again, library: { ...again.library, ownCore: core } };
}

function cpuInfo(): string {
  try {
    return readFileSync("/proc/cpuinfo", "utf8");
  } catch {
    return "";
  }
}

/** Why there is no native engine and what to do, in a sentence or two. */
export function whyNoNative({ koffi, reports }: NativeSearch): string {
  if ("error" in koffi)
    return `the native engine needs the package koffi, which is ${koffi.error}; try: npm install koffi`;
  const refused = reports.flatMap((report) => {
    // Most of the usual names are missing; one that the user gave should not be.
    const matters =
      report.outcome === "refused" || (report.outcome === "missing" && report.origin === "EIGENSCOPE_BLAS");
    return matters ? [`${report.path}: ${report.reason}`] : [];
  });
  const found =
    refused.length > 0
      ? `no library could be used (${refused.join("; ")})`
      : "no OpenBLAS, MKL or Accelerate was found on this machine";
  return `the native engine is not available: ${found}; install one (Debian: libopenblas0-pthread) or name one in EIGENSCOPE_BLAS, and see \`eigenscope doctor\``;
}
