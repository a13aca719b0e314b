import type { RunPlace } from "../run/run-place.js";
import { markCancelled, modelsOf } from "./fleet-folder.js";
import { layerId, reportId } from "./layer-jobs.js";
import type { OpenQueue } from "./queue.js";

/** So many jobs are removed at once. */
const CHUNK = 200;

/** Jobs that were removed, and those that a worker is at: it finishes them. */
export interface Cancelled {
  readonly removed: number;
  readonly active: number;
}

/** Cancels a run: what is done stays, what waits leaves the queue. `submit` goes on from there. */
export async function cancelRun({ queue }: OpenQueue, run: RunPlace): Promise<Cancelled> {
  const models = await modelsOf(run);
  // First the mark: a report that becomes free now is not written, and lost layers are not added again.
  await markCancelled(run);
  let removed = 0;
  let active = 0;
  const remove = async (id: string): Promise<void> => {
    const job = await queue.getJob(id);
    if (job === undefined) return;
    try {
      await job.remove({ removeChildren: false });
      removed++;
    } catch (cause) {
      if (!(await job.isActive())) throw cause;
      active++;
    }
  };
  for (const { folder, place } of models) {
    const plan = await place.plan();
    if (plan === undefined) continue;
    const ids = await Promise.all(plan.placements.map(({ key }) => layerId(folder, plan, key)));
    for (let from = 0; from < ids.length; from += CHUNK) await Promise.all(ids.slice(from, from + CHUNK).map(remove));
    await remove(await reportId(folder, plan));
  }
  return { removed, active };
}
