import type { Rng } from "../numeric/index.js";

/** What remote files need of the outside world. The adapters make it; tests make their own. */
export interface RemoteHost {
  readonly fetch: typeof globalThis.fetch;
  /** Resolves after `ms`; rejects with the signal's reason when that aborts first. */
  pause(ms: number, signal?: AbortSignal): Promise<void>;
  /** Milliseconds since 1970, for a Retry-After that is a date. */
  now(): number;
  /** For jitter: clients that were turned away together must not come back together. */
  readonly random: Rng;
  /**
   * True in a browser: there `fetch` shows no redirect, follows it itself and drops Authorization where the host
   * changes (Fetch standard, HTTP-redirect fetch, step 13); and If-Match would need the server's leave first (CORS), so
   * a change is told from the answers alone.
   */
  readonly sandboxed: boolean;
}
