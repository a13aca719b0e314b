import { setTimeout as sleep } from "node:timers/promises";
import type { RemoteHost } from "../remote/index.js";

/** The network, clock and random numbers of this process. */
export const nodeRemoteHost: RemoteHost = {
  fetch: (input, init) => fetch(input, init),
  async pause(ms, signal) {
    try {
      await sleep(ms, undefined, { signal });
    } catch (cause) {
      signal?.throwIfAborted();
      throw cause;
    }
  },
  now: Date.now,
  random: Math.random,
  sandboxed: false,
};
