import type { MatrixSource } from "../layers/layer.js";
import { CallUnavailable } from "./call-unavailable.js";
import type { PoolCall, SpectralPool } from "./pool.js";

export interface FallbackOptions {
  readonly pool: SpectralPool;
  /**
   * The warning with which this stack and all later ones move to the fallback; undefined if the error belongs to the
   * stack or the caller. `source` is undefined for a task that a worker does by itself.
   */
  readonly reasonToLeave: (cause: unknown, source: MatrixSource | undefined) => string | undefined;
  /** Creates the fallback pool; called once, when it is needed. */
  readonly fallback: () => SpectralPool;
  /** Warnings known from the start. */
  readonly warnings?: readonly string[];
}

/**
 * A pool that moves its stacks to another pool after the first failure that is not the stack's own. `warnings` reports
 * it once, and includes the warnings of both pools.
 */
export function poolWithFallback({
  pool,
  reasonToLeave,
  fallback,
  warnings: known = [],
}: FallbackOptions): SpectralPool {
  const warnings = [...known];
  let substitute: SpectralPool | undefined;
  /** Runs `work` on the pool in use. */
  const onEither = async <Result>(
    source: MatrixSource | undefined,
    work: (pool: SpectralPool) => Promise<Result>,
  ): Promise<Result> => {
    if (substitute !== undefined) return work(substitute);
    try {
      return await work(pool);
    } catch (cause) {
      const reason = reasonToLeave(cause, source);
      if (reason === undefined) throw cause;
      if (substitute === undefined) {
        warnings.push(reason);
        substitute = fallback();
      }
      return work(substitute);
    }
  };
  return {
    engine: pool.engine,
    ...(pool.target !== undefined && { target: pool.target }),
    width: pool.width,
    get warnings() {
      return [...warnings, ...(pool.warnings ?? []), ...(substitute?.warnings ?? [])];
    },
    solve: (source, signal, options) => onEither(source, (used) => used.solve(source, signal, options)),
    eigenvectors: (source, request, signal) => onEither(source, (used) => used.eigenvectors(source, request, signal)),
    approximate: (source, request, signal) => onEither(source, (used) => used.approximate(source, request, signal)),
    ...(pool.call !== undefined && {
      call: (call: PoolCall, signal?: AbortSignal) =>
        onEither(undefined, async (used) => {
          if (used.call === undefined) throw new CallUnavailable();
          return used.call(call, signal);
        }),
    }),
    async close() {
      await Promise.all([pool.close(), substitute?.close()]);
    },
  };
}
