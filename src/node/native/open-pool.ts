import { availableParallelism } from "node:os";
import type { EngineName, SpectralPool } from "../../spectra/index.js";
import { nodeWorkerPool } from "../worker-pool.js";
import { findNative, whyNoNative } from "./find-native.js";
import { nativePool } from "./native-pool.js";
import { NativeUnavailable } from "./native-unavailable.js";

/**
 * Floating-point operations of a whole run from which "auto" looks for a native library. The search and the start of the processes cost about half a
 * second; the embedded engine does this much in two or three on two cores, and the native one in half of that.
 */
export const NATIVE_PAYS = 1e11;

/** Child processes run the built package; Node 20 cannot start one from the TypeScript sources (tests). */
const FROM_SOURCE = import.meta.url.endsWith(".ts");

export interface OpenPoolOptions {
  readonly engine: "auto" | EngineName;
  /** Stacks worked on at once. Default: the processor's cores. */
  readonly width?: number;
  /** Floating-point operations to be done in all, N M^2 + 4/3 M^3 a matrix. */
  readonly work?: number;
  /** Bytes that the matrices under way may take together. Default: the pool's own. */
  readonly memory?: number;
}

/**
 * The pool for a run. "auto" is one engine for the whole run, so that its rows are comparable to the last bit: native where the work is at least
 * `NATIVE_PAYS` and a library is there that agrees with the embedded engine, else wasm. Rejects with `NativeUnavailable` where "native" was asked for and is not there.
 */
export async function openPool({ engine, width = availableParallelism(), work = 0, memory }: OpenPoolOptions): Promise<SpectralPool> {
  const wasm = (): SpectralPool => nodeWorkerPool({ engine: "wasm", width, memory });
  if (engine === "reference") return nodeWorkerPool({ engine, width, memory });
  if (engine === "wasm" || (engine === "auto" && (work < NATIVE_PAYS || FROM_SOURCE))) return wasm();
  if (FROM_SOURCE) throw new NativeUnavailable("the native engine runs from the built package only");
  const search = await findNative();
  if (search.library !== null) return nativePool({ library: search.library, width, memory, fallback: wasm });
  if (engine === "auto") return wasm();
  throw new NativeUnavailable(whyNoNative(search));
}
