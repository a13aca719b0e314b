import type { RunPlace } from "../run/run-place.js";
import { enqueueModel } from "./enqueue.js";
import { modelsOf } from "./fleet-folder.js";
import { type JobPolicy, LAYER } from "./layer-jobs.js";
import type { OpenQueue } from "./queue.js";

/** A job that the queue has given up. */
export interface DeadJob {
  readonly id: string;
  readonly kind: "layer" | "report" | "unknown";
  /** The model's run folder, and the layer, as the message names them. */
  readonly run: string | null;
  readonly layer: string | null;
  readonly attempts: number;
  readonly reason: string;
  /** When it was given up: milliseconds since 1970, by the worker's clock. */
  readonly at: number | null;
}

const PAGE = 200;
const KINDS = { layer: "layer", report: "report" } as const;

/** The jobs that the queue has given up, the last first; those of one fleet's run, or all. */
export async function* deadJobs({ queue }: OpenQueue, run?: RunPlace): AsyncGenerator<DeadJob, void, undefined> {
  const folders = run === undefined ? undefined : new Set((await modelsOf(run)).map(({ folder }) => folder));
  for (let from = 0; ; from += PAGE) {
    const jobs = await queue.getFailed(from, from + PAGE - 1);
    for (const { id, name, data, attemptsMade, failedReason, finishedOn } of jobs) {
      // Whoever can write into the queue has written it.
      const { run: folder, name: layer } = (data ?? {}) as Record<string, unknown>;
      if (folders !== undefined && !folders.has(String(folder))) continue;
      yield {
        id: id ?? "",
        kind: Object.hasOwn(KINDS, name) ? KINDS[name as keyof typeof KINDS] : "unknown",
        run: typeof folder === "string" ? folder : null,
        layer: name === LAYER && typeof layer === "string" ? layer : null,
        ...{ attempts: attemptsMade, reason: failedReason ?? "unknown", at: finishedOn ?? null },
      };
    }
    if (jobs.length < PAGE) return;
  }
}

/** Gives out again what was given up of a fleet's run. Resolves to the number of layers. */
export async function retryDead(open: OpenQueue, run: RunPlace, policy: JobPolicy): Promise<number> {
  let added = 0;
  for (const { folder, place, source, base } of await modelsOf(run)) {
    const plan = await place.plan();
    if (plan === undefined) continue;
    const model = { folder, place, plan, address: { source, base } };
    added += (await enqueueModel(open, model, { policy, retries: true })).added;
  }
  return added;
}
