import { solveLayer } from "../../analysis/layer-task.js";
import { isCallable } from "../../analysis/workers/call-layer.js";
import { isCancelled } from "./fleet-folder.js";
import { layerMessage } from "./message.js";
import type { OpenRuns } from "./open-runs.js";

/** This worker cannot write into a run: a full disk, a folder without permission. Another one may. */
export class CannotWrite extends Error {
  override readonly name = "CannotWrite";
}

/**
 * Does the layer of a message: its outcome is in the run's store when it resolves, or was there before. Resolves at
 * once for a cancelled run. Rejects with `RefusedMessage`, with `CannotWrite`, or with the reason why the layer failed.
 */
export async function doLayer(data: unknown, runs: OpenRuns): Promise<void> {
  const message = await layerMessage(data);
  await runs.use(message, async (run) => {
    if (await isCancelled(run.fleet)) return;
    const { plan, pool, memory } = run;
    const layer = run.layerOf(message);
    const worker = isCallable(layer, pool) ? { whole: true } : undefined;
    // The report measures what is kept: to do it here too would be to do it twice.
    const solving = solveLayer(layer, plan.options, { pool, memory, key: message.key, worker, onlyKept: true });
    const { result } = await solving.catch((cause) => {
      throw cannotWrite(run.writeFailure) ?? cause;
    });
    const failure = cannotWrite(run.writeFailure);
    if (failure !== undefined) throw failure;
    // A layer without a useful spectrum is done; one that failed is tried again.
    if (result.error !== undefined) throw new Error(result.record.reason ?? String(result.error));
  });
}

function cannotWrite(cause: Error | undefined): CannotWrite | undefined {
  return cause === undefined ? undefined : new CannotWrite(cause.message, { cause });
}
