import { isAddressSpaceLimited } from "./address-space.js";
import { FROM_SOURCE, startSpareThreads } from "./worker-thread.js";

// Imports little: a command has it before its own modules.

export const SPECTRAL_WORKER = new URL("./spectral-worker.js", import.meta.url);

/**
 * Starts spectral workers that the next pools of this process take: they load while the caller plans. None where the
 * address space is limited: there may be room for fewer.
 */
export function startSpareWorkers(count: number): void {
  if (count > 0 && !FROM_SOURCE && !isAddressSpaceLimited()) startSpareThreads(SPECTRAL_WORKER, count);
}
