import { availableParallelism } from "node:os";
import {
  createEngine,
  type EngineName,
  inPlacePool,
  isMemoryRefused,
  poolWithFallback,
  type SpectralPool,
} from "../../spectra/index.js";
import { type AddressSpace, isAddressSpaceLimited, limitedAddressSpace } from "../address-space.js";
import { allowRelaxedSimd } from "../relaxed-simd.js";
import { WasmUnavailable } from "../wasm-unavailable.js";
import { nodeWorkerPool } from "../worker-pool.js";
import { FROM_SOURCE } from "../worker-thread.js";
import { findNative, type NativeSearch, whyNoNative } from "./find-native.js";
import { nativePool } from "./native-pool.js";
import { NativeUnavailable } from "./native-unavailable.js";

/**
 * Floating-point operations of a whole run from which "auto" uses the native engine. To load and check it takes some 60
 * ms of the caller's thread; on this much it saves three times that. Small models thus have the same bits on every
 * machine.
 */
export const MIN_NATIVE_WORK = 1e10;

/**
 * Floating-point operations of a whole run below which the caller's thread may do it all: a tenth of a second, less
 * than workers take to start. The spectra have the same bits.
 */
export const MIN_WORKER_WORK = 2e8;

export interface OpenPoolOptions {
  readonly engine: "auto" | EngineName;
  /** Stacks solved at once. Default: the processor's cores. */
  readonly width?: number | undefined;
  /** Floating-point operations in all, N M^2 + 4/3 M^3 per matrix. */
  readonly work?: number | undefined;
  /** Whether the caller's thread may do less than MIN_WORKER_WORK by itself. Default: no. */
  readonly ownThread?: boolean | undefined;
  /** Bytes that the matrices in progress may use together. Default: the pool's own. */
  readonly memory?: number;
  /** Tests replace it. */
  readonly find?: () => NativeSearch;
}

/**
 * The pool for a run. "auto" uses one engine for the whole run, so that its rows are comparable to the last bit: native
 * if the work is at least MIN_NATIVE_WORK and there is a library that agrees with the reference engine, else wasm. A
 * library that is there and cannot be used is a warning. If the process may reserve too little address space for the
 * WebAssembly memories of all workers, there are fewer workers; if there is none for even one, the reference engine
 * runs. A warning says so. Rejects with `NativeUnavailable` or `WasmUnavailable` if that engine was requested and
 * cannot run.
 */
export async function openPool({
  engine,
  width = availableParallelism(),
  work = 0,
  memory,
  ownThread = false,
  find = findNative,
}: OpenPoolOptions): Promise<SpectralPool> {
  if (engine === "reference") return nodeWorkerPool({ engine, width, memory });
  if (ownThread && work < MIN_WORKER_WORK && engine !== "native" && !isAddressSpaceLimited()) {
    allowRelaxedSimd();
    return inPlacePool(createEngine("wasm"));
  }
  const space = await limitedAddressSpace(width);
  const wasm = (): SpectralPool => embeddedPool({ engine, width, memory, space });
  if (engine === "wasm" || (engine === "auto" && (work < MIN_NATIVE_WORK || FROM_SOURCE))) return wasm();
  const search = find();
  if (search.library !== null) return nativePool({ library: search.library, width, memory, fallback: wasm });
  if (engine === "native") throw new NativeUnavailable(whyNoNative(search));
  return search.refused.length === 0 ? wasm() : withWarning(wasm(), `${whyNoNative(search)}; WebAssembly is used`);
}

interface EmbeddedPoolOptions {
  readonly engine: "auto" | EngineName;
  readonly width: number;
  readonly memory?: number | undefined;
  readonly space: AddressSpace | null;
}

/**
 * As many WebAssembly workers as the address space allows; the reference engine if it allows none and that engine is
 * acceptable.
 */
export function embeddedPool({ engine, width, memory, space }: EmbeddedPoolOptions): SpectralPool {
  const reference = (): SpectralPool => nodeWorkerPool({ engine: "reference", width, memory });
  const room = space === null ? width : Math.min(width, space.memories);
  if (room === 0) {
    if (engine === "wasm")
      throw new WasmUnavailable(
        `the WebAssembly engine cannot run: ${noRoom(space)}; raise the limit, or use --engine auto`,
      );
    return withWarning(
      reference(),
      `${noRoom(space)}; the reference engine, about ten times slower, computed the spectra`,
    );
  }
  const pool = nodeWorkerPool({ engine: "wasm", width: room, memory });
  if (engine === "wasm" && room === width) return pool;
  return poolWithFallback({
    pool,
    fallback: reference,
    warnings:
      room < width
        ? [`${limitOf(space)} has room for ${room} of ${width} WebAssembly workers; raise it to use all processors`]
        : [],
    // The probe had enough address space; memory reserved since then has used it.
    reasonToLeave: (cause) =>
      engine !== "wasm" && isMemoryRefused(cause)
        ? `${(cause as Error).message}; the reference engine, about ten times slower, computed the later layers`
        : undefined,
  });
}

/**
 * The pool, with a warning before its own warnings, which are read anew each time, because a pool may add some later.
 */
export function withWarning(pool: SpectralPool, warning: string): SpectralPool {
  return {
    ...pool,
    get warnings() {
      return [warning, ...(pool.warnings ?? [])];
    },
  };
}

function limitOf(space: AddressSpace | null): string {
  return (
    `the limit of ${((space?.limitBytes ?? 0) / 2 ** 30).toFixed(1)} GiB on this process's address space ` +
    "(ulimit -v)"
  );
}

/** Why no WebAssembly memory can be reserved. */
export function noRoom(space: AddressSpace | null): string {
  return `${limitOf(space)} leaves no room for WebAssembly, which reserves 10 GiB of addresses for each worker`;
}
