import { lanes } from "./lanes.js";
import type { RemoteHost } from "./remote-host.js";
import { MAX_RETRY_AFTER_MS, retryAfterMs } from "./retry.js";

/** What a process asks of one server at most. */
export interface RequestLimits {
  /** Requests that are under way at once. */
  readonly atOnce: number;
  /** Requests that begin per second. Absent: as many as there are. */
  readonly perSecond?: number | undefined;
}

/**
 * `host` with limits for each server, whichever model its files belong to. When a server asks one request to wait
 * (Retry-After of a 429 or 503), all others to it wait as long, at most five minutes.
 */
export function limitedHost(host: RemoteHost, limits: RequestLimits): RemoteHost {
  const servers = new Map<string, Server>();
  const serverOf = (name: string): Server => {
    const server = servers.get(name) ?? new Server(host, limits);
    servers.set(name, server);
    return server;
  };
  return {
    ...host,
    inLane: (name, work) => serverOf(name).inLane(work),
    async fetch(input, init) {
      const server = serverOf(new URL(input instanceof Request ? input.url : String(input)).host);
      await server.turn(init?.signal ?? undefined);
      const response = await host.fetch(input, init);
      if (response.status === 429 || response.status === 503)
        server.holdOff(retryAfterMs(response.headers.get("retry-after"), host.now()) ?? 0);
      return response;
    },
  };
}

/** What is known of one server. */
class Server {
  readonly inLane: <T>(work: () => Promise<T>) => Promise<T>;
  private readonly intervalMs: number;
  /** When the next request may begin, and until when none may. */
  private next = 0;
  private heldUntil = 0;

  constructor(
    private readonly host: RemoteHost,
    { atOnce, perSecond }: RequestLimits,
  ) {
    this.inLane = lanes(atOnce);
    this.intervalMs = perSecond === undefined ? 0 : 1000 / perSecond;
  }

  /** Resolves when a request may begin. Rejects with the signal's reason. */
  async turn(signal?: AbortSignal): Promise<void> {
    for (;;) {
      const now = this.host.now();
      const at = Math.max(now, this.next, this.heldUntil);
      this.next = at + this.intervalMs;
      if (at > now) await this.host.pause(at - now, signal);
      // The server may have asked to wait meanwhile.
      if (this.heldUntil <= at) return;
    }
  }

  holdOff(ms: number): void {
    this.heldUntil = Math.max(this.heldUntil, this.host.now() + Math.min(ms, MAX_RETRY_AFTER_MS));
  }
}
