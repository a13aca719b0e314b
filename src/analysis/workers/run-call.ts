import { CallUnavailable, type PoolCall, type SpectralPool } from "../../spectra/index.js";
import type { WorkerCall } from "./layer-call.js";
import { receiveReply } from "./sent-error.js";

interface DescribedCall extends PoolCall {
  readonly description: WorkerCall;
}

/**
 * Has a worker of the pool do a task by itself. Undefined if the pool has no such workers, or not any more. Throws what
 * the task failed with, or the signal's reason.
 */
export async function runCall<Reply extends object>(
  call: DescribedCall,
  { pool, signal }: { readonly pool: SpectralPool; readonly signal?: AbortSignal | undefined },
): Promise<Reply | undefined> {
  if (pool.call === undefined) return undefined;
  try {
    return receiveReply<Reply>(await pool.call(call, signal));
  } catch (cause) {
    if (cause instanceof CallUnavailable) return undefined;
    throw cause;
  }
}
