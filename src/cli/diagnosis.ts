import { readFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import v8 from "node:v8";
import { VERSION } from "../analysis/version.js";
import {
  type AddressSpace,
  limitedAddressSpace,
  MIN_NATIVE_WORK,
  memoryBudget,
  type NativeSearch,
  nodeWebgpuEngine,
  noRoom,
  searchNative,
  whyNoNative,
} from "../node/machine.js";
import { preferredBuild } from "../spectra/wasm/kernels.js";
import { SPEED_FLAGS, type Speed, speedOf } from "./engine-speeds.js";

/** The findings of `eigenscope doctor`, as `--json` prints them. */
export interface Diagnosis {
  readonly eigenscope: string;
  readonly node: { readonly version: string; readonly platform: string; readonly arch: string };
  readonly processor: { readonly model: string; readonly cores: number; readonly flags: readonly string[] };
  readonly memory: {
    readonly totalBytes: number;
    readonly freeBytes: number;
    /** Default of `--memory`: most bytes that the running matrices may take together. */
    readonly budgetBytes: number;
  };
  readonly webAssembly: { readonly simd: boolean; readonly relaxedSimd: boolean; readonly sharedMemory: boolean };
  /**
   * The limit on the address space of this process, and how many WebAssembly workers fit into it, up to the number of
   * cores. null without a limit.
   */
  readonly addressSpace: AddressSpace | null;
  /** The adapter for training in the lab, or the reason why there is none. */
  readonly webGpu: { readonly adapter: string } | { readonly error: string };
  readonly native: NativeSearch;
  readonly speeds: readonly Speed[];
  readonly choice: Choice;
}

/** The choice of `--engine auto` on this machine, and the reason. */
export interface Choice {
  readonly engine: "wasm" | "native" | "reference";
  readonly reason: string;
}

const SIDE = 1024;

export interface DiagnoseOptions {
  readonly n?: number;
  readonly signal?: AbortSignal;
}

/** Examines the machine and measures the engines that it can run. Takes a few seconds. */
export async function diagnose({ n = SIDE, signal }: DiagnoseOptions = {}): Promise<Diagnosis> {
  // The workers set the same flag: Node 20 and 21 need it for relaxed SIMD.
  if (Number.parseInt(process.versions.node, 10) < 22) v8.setFlagsFromString("--experimental-wasm-relaxed-simd");
  const native = searchNative();
  const addressSpace = await limitedAddressSpace(availableParallelism());
  const speeds: Speed[] = [];
  for (const engine of ["wasm", "native"] as const) {
    if (engine === "native" ? native.library === null : addressSpace?.memories === 0) continue;
    speeds.push(await speedOf(engine, n, { signal }));
  }
  return {
    eigenscope: VERSION,
    node: { version: process.version, platform: process.platform, arch: process.arch },
    processor: processor(),
    memory: { totalBytes: totalmem(), freeBytes: process.availableMemory(), budgetBytes: memoryBudget() },
    webAssembly: {
      simd: WebAssembly.validate(SIMD_MODULE),
      relaxedSimd: preferredBuild() === "fused",
      sharedMemory: typeof SharedArrayBuffer !== "undefined",
    },
    addressSpace,
    webGpu: await webGpu(),
    native,
    speeds,
    choice: choose(native, addressSpace),
  };
}

/** (module (func (result v128) (v128.const i64x2 0 0))) */
const SIMD_MODULE = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7b, 3, 2, 1, 0, 10, 22, 1, 20, 0, 0xfd, 12],
  ...new Uint8Array(16),
  0x0b,
]);

function processor(): Diagnosis["processor"] {
  let flags: ReadonlySet<string> = new Set();
  try {
    flags = cpuFlags(readFileSync("/proc/cpuinfo", "utf8"));
  } catch {
    // Only Linux has this file.
  }
  return {
    model: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    flags: SPEED_FLAGS.filter((flag) => flags.has(flag)),
  };
}

/** The flags of the first processor in the text of /proc/cpuinfo; empty if it has none. */
export function cpuFlags(cpuinfo: string): ReadonlySet<string> {
  const line = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(cpuinfo)?.[1] ?? "";
  return new Set(line.split(/\s+/).filter((flag) => flag !== ""));
}

async function webGpu(): Promise<Diagnosis["webGpu"]> {
  try {
    const { adapter } = await nodeWebgpuEngine();
    return { adapter: adapter! };
  } catch (cause) {
    return { error: (cause as Error).message };
  }
}

function choose(native: NativeSearch, space: AddressSpace | null): Choice {
  if (native.library === null && space?.memories === 0) return { engine: "reference", reason: noRoom(space) };
  if (native.library === null) return { engine: "wasm", reason: whyNoNative(native) };
  const threshold = MIN_NATIVE_WORK.toExponential(0).replace("+", "");
  return {
    engine: "native",
    reason:
      `for models of ${threshold} operations (N M^2 + 4/3 M^3 summed over their matrices) and more; below ` +
      "that, starting it costs more time than it saves, and wasm is used",
  };
}
