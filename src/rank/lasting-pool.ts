import type { AnalysisHost, PoolRequest } from "../analysis/solve-layers.js";
import type { SpectralPool } from "../spectra/index.js";

/** A host whose pools outlive one analysis. */
export interface LastingHost {
  readonly host: AnalysisHost;
  /** Closes the pool that is still open. */
  close(): Promise<void>;
}

/**
 * A host that keeps its last pool for the next analysis that asks for the same: workers may take longer to start than
 * a small model takes, and the checkpoints of a training all ask for the same. Another request closes it.
 */
export function lastingPools(host: AnalysisHost): LastingHost {
  let last: { readonly asked: string; readonly pool: Promise<SpectralPool> } | undefined;
  const close = async (): Promise<void> => {
    const closing = last;
    last = undefined;
    const pool = await closing?.pool.catch(() => undefined);
    await pool?.close();
  };
  const createPool = async (request: PoolRequest): Promise<SpectralPool> => {
    const asked = JSON.stringify(Object.entries(request).sort(([a], [b]) => (a < b ? -1 : 1)));
    if (last?.asked !== asked) {
      await close();
      last = { asked, pool: host.createPool(request) };
    }
    const pool = await last.pool;
    return {
      ...pool,
      get warnings() {
        return pool.warnings;
      },
      close: async () => {},
    };
  };
  return { host: { ...host, createPool }, close };
}
