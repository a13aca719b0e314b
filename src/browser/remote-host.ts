import type { RemoteHost } from "../remote/index.js";

/** The network, clock and random numbers of a page. */
export const browserRemoteHost: RemoteHost = {
  fetch: (input, init) => fetch(input, init),
  pause: (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(end, ms);
      signal?.addEventListener("abort", end);
      function end(): void {
        clearTimeout(timer);
        signal?.removeEventListener("abort", end);
        if (signal?.aborted) reject(signal.reason);
        else resolve();
      }
    }),
  now: Date.now,
  random: Math.random,
  sandboxed: true,
};
