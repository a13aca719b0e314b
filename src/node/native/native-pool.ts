import { inPlacePool, poolWithFallback, type SpectralPool, workerPool } from "../../spectra/index.js";
import { spectralWorkers } from "../worker-pool.js";
import { FROM_SOURCE } from "../worker-thread.js";
import { loadAddon } from "./addon.js";
import type { NativeLibrary } from "./find-native.js";
import { createNativeEngine } from "./native-engine.js";

export interface NativePoolOptions {
  readonly library: NativeLibrary;
  /** Stacks solved at once, one per worker thread. */
  readonly width: number;
  /** Bytes that the matrices in progress may use together. Default: no limit. */
  readonly memory?: number | undefined;
  /** Creates the pool that takes over if a worker cannot load the library; called when it is needed. */
  readonly fallback: () => SpectralPool;
}

/**
 * A pool of worker threads with the native engine. If one stops (it could not be started, or could not load the
 * library), that stack and all later ones go to the fallback, and `warnings` reports it once. Run from the TypeScript
 * sources it works on the caller's thread.
 */
export function nativePool({ library, width, memory, fallback }: NativePoolOptions): SpectralPool {
  if (FROM_SOURCE) return withTarget(inPlacePool(createNativeEngine(loadAddon(library.path), library)), library.target);
  const failures: Error[] = [];
  const { path, target } = library;
  const start = spectralWorkers({ path, target });
  const pool = workerPool({
    engine: "native",
    width,
    memory,
    start: (onMessage, onFailure) =>
      start(onMessage, (cause) => {
        failures.push(cause);
        onFailure(cause);
      }),
    answersCalls: true,
  });
  const guarded = poolWithFallback({
    pool,
    fallback,
    // Anything else is the source's own error, the engine's refusal, or an abort.
    reasonToLeave: (cause) =>
      failures.includes((cause as Error | undefined)?.cause as Error)
        ? `the native engine (${path}) stopped: ${failures[0].message}; WebAssembly computed this layer and ` +
          "all later ones"
        : undefined,
  });
  return withTarget(guarded, target);
}

/** The pool, with the kernels that it uses. */
function withTarget(pool: SpectralPool, target: string): SpectralPool {
  return {
    ...pool,
    target,
    get warnings() {
      return pool.warnings;
    },
  };
}
