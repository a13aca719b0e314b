import { existsSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type AnalyzeOptions, type ResolvedOptions, resolveOptions } from "../../analysis/options.js";
import type { KeptPlan } from "../../analysis/run/parse-plan.js";
import { isRemoteAddress, parseHubName } from "../../remote/index.js";
import type { EngineName } from "../../spectra/index.js";
import { hasWildcard } from "../glob-files.js";
import { modelsIn } from "../models-in.js";
import { openPool } from "../native/open-pool.js";
import type { RunPlace } from "../run/run-place.js";
import { isS3Address } from "../s3/s3-address.js";
import { type BackPressure, untilRoom } from "./back-pressure.js";
import { type Enqueued, enqueueModel } from "./enqueue.js";
import { type FleetModel, fleetModel, isCurrent, unmarkCancelled, writeSource } from "./fleet-folder.js";
import { type JobPolicy, reportId } from "./layer-jobs.js";
import { type OpenedSource, openSource } from "./opened-source.js";
import type { OpenQueue } from "./queue.js";

/** What is submitted, and how. */
export interface Submission {
  /** Models, or folders and globs that hold several (`modelsIn`). */
  readonly sources: readonly string[];
  readonly base?: string | undefined;
  /** Where the fleet's run lies. */
  readonly run: RunPlace;
  readonly options: AnalyzeOptions;
  readonly policy: JobPolicy;
  /** Without it, everything is added at once. */
  readonly backPressure?: BackPressure | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A model whose jobs are in the queue. */
export interface Submitted extends Enqueued {
  readonly model: FleetModel;
  readonly layers: number;
}

/**
 * Plans the models under each name into the run's folder, and adds what is missing to the queue. The same submission
 * again adds what is missing now, and tries again what the queue has given up. Rejects for the first model that cannot
 * be read, or whose run was begun with other options.
 */
export async function* submit(open: OpenQueue, submission: Submission): AsyncGenerator<Submitted, void, undefined> {
  const { sources, signal, base, policy, run, backPressure } = submission;
  const options = resolveOptions(submission.options);
  await run.assertUsable();
  await unmarkCancelled(run);
  for (const name of sources) {
    for (const { path } of await modelsIn(name, { signal })) {
      const address = { source: await absolute(path), ...(base !== undefined && { base: await absolute(base) }) };
      const model = await fleetModel(run, address);
      const plan = await planInto(model, options, signal);
      if (backPressure !== undefined) await untilRoom(open, backPressure, signal);
      const { folder, place } = model;
      const enqueued = await enqueueModel(open, { folder, place, plan, address }, { policy, retries: true });
      yield { model, layers: plan.placements.length, ...enqueued };
    }
  }
}

/** A path of this machine as an absolute one; addresses and names of a hub as they are. Folders of S3 get a slash. */
async function absolute(name: string): Promise<string> {
  if (isS3Address(name)) return (await import("../s3/s3-files.js")).resolvedS3(name);
  if (isAbsolute(name) || existsSync(name) || hasWildcard(name)) return resolve(name);
  const isElsewhere = isRemoteAddress(name) || (parseHubName(name) !== undefined && !existsSync(name.split("/")[0]));
  return isElsewhere ? name : resolve(name);
}

/** Begins the run of a model, or joins it. */
async function planInto(model: FleetModel, options: ResolvedOptions, signal?: AbortSignal): Promise<KeptPlan> {
  const keeper = model.place.keeper();
  const kept = await keeper.engine(options.engine);
  const opened = await openSource(model, options, signal);
  try {
    const resolved = { ...options, ...(await engineOf(kept ?? options.engine, opened)) };
    const session = await keeper.begin(await opened.planOf(resolved));
    await session.close();
  } finally {
    await opened.close();
  }
  await writeSource(model);
  return (await model.place.plan()) as KeptPlan;
}

/** The engine of a run, decided by its work as in every analysis. Workers that lack it refuse its jobs. */
async function engineOf(
  engine: ResolvedOptions["engine"],
  { model: { layers }, work }: OpenedSource,
): Promise<{ readonly engine: EngineName; readonly engineTarget?: string }> {
  const pool = await openPool({ engine, width: 1, work: layers.reduce((sum, layer) => sum + work(layer), 0) });
  await pool.close();
  return { engine: pool.engine, ...(pool.target !== undefined && { engineTarget: pool.target }) };
}

/** What became of a submission. */
export interface Settled {
  readonly finished: number;
  readonly models: number;
}

/** Between two looks at a run. */
const LOOK_MS = 1000;

/**
 * Waits until every model of a run has its report. A model whose report is neither there nor in the queue is added
 * again: a queue that has lost its jobs gets them back from the folder.
 */
export async function untilSettled(
  open: OpenQueue,
  models: readonly FleetModel[],
  { policy, signal, onLook }: Pick<Submission, "policy" | "signal"> & { readonly onLook?: (settled: Settled) => void },
): Promise<void> {
  let waiting = models;
  for (;;) {
    const left: FleetModel[] = [];
    for (const model of waiting) if (!(await isSettled(open, model, policy))) left.push(model);
    waiting = left;
    onLook?.({ models: models.length, finished: models.length - left.length });
    if (left.length === 0) return;
    await wait(LOOK_MS, undefined, { signal });
  }
}

async function isSettled(open: OpenQueue, model: FleetModel, policy: JobPolicy): Promise<boolean> {
  const plan = await model.place.plan();
  if (plan === undefined) return true;
  const state = await open.queue.getJobState(await reportId(model.folder, plan));
  // The report itself was given up: `fleet dead` lists it.
  if (state === "failed") return true;
  if (state !== "unknown") return false;
  if (await isCurrent(model)) return true;
  const { folder, place, source, base } = model;
  await enqueueModel(open, { folder, place, plan, address: { source, base } }, { policy, retries: false });
  return false;
}
