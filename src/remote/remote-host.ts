import type { Rng } from "../numeric/index.js";

/** The outside world that remote files need. The adapters provide it; tests provide their own. */
export interface RemoteHost {
  readonly fetch: typeof globalThis.fetch;
  /** Resolves after `ms`; rejects with the signal's reason if that aborts first. */
  pause(ms: number, signal?: AbortSignal): Promise<void>;
  /** Milliseconds since 1970, for a Retry-After that is a date. */
  now(): number;
  /** For jitter: clients that were refused together must not retry together. */
  readonly random: Rng;
  /**
   * True in a browser. There `fetch` shows no redirect, follows it itself and drops Authorization if the host changes
   * (Fetch standard, HTTP-redirect fetch, step 13). If-Match would need the server's permission first (CORS), so a
   * change is detected from the answers alone.
   */
  readonly sandboxed: boolean;
  /** Runs work with one server (`host:port`) when all models together ask it for little enough. Absent: at once. */
  readonly inLane?: (<T>(server: string, work: () => Promise<T>) => Promise<T>) | undefined;
}
