import type { Placement } from "../../analysis/store/run-keeper.js";
import type { RunPlace } from "../run/run-place.js";
import { type RunStatus, statusOfRun } from "../run/run-status.js";
import {
  byFile,
  type JobPolicy,
  layerId,
  layerJob,
  type PlannedModel,
  REPORT,
  reportId,
  reportJob,
} from "./layer-jobs.js";
import { type OpenQueue, QUEUE } from "./queue.js";

/** So many jobs are added in one go: a large run takes no more memory than this in messages. */
const CHUNK = 500;

/** What is not done of a run: layers without an outcome, those that failed, and those that lack columns. */
export function todoOf({ missing, failed, withoutColumns }: RunStatus): Placement[] {
  return [...missing, ...failed.map(({ placement }) => placement), ...withoutColumns.map(({ placement }) => placement)];
}

/** How many layers were added, and how many the store has. */
export interface Enqueued {
  readonly added: number;
  readonly done: number;
  /** Layers that the queue has given up, and that are not tried again. */
  readonly dead: number;
}

/** A model whose plan is where its run lies. */
export interface StoredModel extends PlannedModel {
  readonly place: RunPlace;
}

/**
 * Adds what is missing in a model's run: a flow of its layers, and the report as their parent. Jobs that are in the
 * queue already stay as they are, so this may be done at any time, by any number of coordinators. `retries`: whether
 * layers that the queue has given up are tried again.
 */
export async function enqueueModel(
  open: OpenQueue,
  model: StoredModel,
  { policy, retries }: { readonly policy: JobPolicy; readonly retries: boolean },
): Promise<Enqueued> {
  const status = await statusOfRun(await model.place.kept());
  const { dead, others } = await splitDead(open, model, todoOf(status));
  if (retries) await Promise.all(dead.map(({ id }) => removeDead(open, id)));
  const layers = retries ? [...dead.map(({ placement }) => placement), ...others] : others;
  const parent = await reportJob(model, policy);
  await removeDead(open, parent.opts.jobId);
  await addFlow(open, { model, parent, layers: byFile(layers), policy });
  return {
    added: layers.length,
    done: model.plan.placements.length - dead.length - others.length,
    dead: retries ? 0 : dead.length,
  };
}

async function addFlow(
  open: OpenQueue,
  {
    model,
    parent,
    layers,
    policy,
  }: {
    readonly model: PlannedModel;
    readonly parent: Awaited<ReturnType<typeof reportJob>>;
    readonly layers: readonly Placement[];
    readonly policy: JobPolicy;
  },
): Promise<void> {
  const first = await Promise.all(layers.slice(0, CHUNK).map((layer) => layerJob(model, layer, policy)));
  const children = first.map((job) => ({ ...job, queueName: QUEUE }));
  await open.flows.add({ ...parent, queueName: QUEUE, ...(children.length > 0 && { children }) });
  // The report may begin before the rest is added: it then finds it missing, and waits for it.
  await addLayers(open, { model, layers: layers.slice(CHUNK), policy });
}

/** Adds layers to the flow of their model, whose report is in the queue. */
export async function addLayers(
  { queue }: Pick<OpenQueue, "queue">,
  {
    model,
    layers,
    policy,
  }: { readonly model: PlannedModel; readonly layers: readonly Placement[]; readonly policy: JobPolicy },
): Promise<void> {
  const parent = { id: await reportId(model.folder, model.plan), queue: queue.qualifiedName };
  for (let from = 0; from < layers.length; from += CHUNK) {
    const jobs = await Promise.all(layers.slice(from, from + CHUNK).map((layer) => layerJob(model, layer, policy)));
    await queue.addBulk(jobs.map(({ opts, ...job }) => ({ ...job, opts: { ...opts, parent } })));
  }
}

/** Layers that the queue has given up, with their jobs' ids, and the others. */
export async function splitDead(
  { queue }: Pick<OpenQueue, "queue">,
  { folder, plan }: PlannedModel,
  layers: readonly Placement[],
): Promise<{ readonly dead: { readonly placement: Placement; readonly id: string }[]; readonly others: Placement[] }> {
  const dead: { placement: Placement; id: string }[] = [];
  const others: Placement[] = [];
  for (let from = 0; from < layers.length; from += CHUNK) {
    const chunk = layers.slice(from, from + CHUNK);
    const ids = await Promise.all(chunk.map(({ key }) => layerId(folder, plan, key)));
    const states = await Promise.all(ids.map((id) => queue.getJobState(id)));
    for (const [i, placement] of chunk.entries()) {
      if (states[i] === "failed") dead.push({ placement, id: ids[i] });
      else others.push(placement);
    }
  }
  return { dead, others };
}

/** Removes a job that the queue has given up; one that is not there, or not given up, stays. */
async function removeDead({ queue }: Pick<OpenQueue, "queue">, id: string): Promise<void> {
  const job = await queue.getJob(id);
  // Its children stay: they may be at work.
  if ((await job?.isFailed()) === true) await job?.remove({ removeChildren: job.name !== REPORT });
}
