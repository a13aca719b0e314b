import type { ColumnWorker } from "../../analysis/column-work.js";
import { measuringPool, reportOfKept } from "../../analysis/run/report-of-kept.js";
import type { Placement } from "../../analysis/store/run-keeper.js";
import { jsonPieces } from "../../report/index.js";
import type { SpectralPool } from "../../spectra/index.js";
import { joined } from "../run/read-run.js";
import type { RunPlace } from "../run/run-place.js";
import { statusOfRun } from "../run/run-status.js";
import { assertRunAllowed } from "./allowed.js";
import { addLayers, splitDead, todoOf } from "./enqueue.js";
import { type FleetModel, isCancelled, modelOfRun, writeReport } from "./fleet-folder.js";
import { DEFAULT_POLICY, type PlannedModel } from "./layer-jobs.js";
import { RefusedMessage, type ReportMessage, reportMessage } from "./message.js";
import type { Job, OpenQueue } from "./queue.js";

/** What writing a report needs. */
export interface ReportHost {
  readonly open: OpenQueue;
  /** Real paths of the folders, and addresses, below which this worker takes part in runs. */
  readonly runs: readonly string[];
  /** Workers that measure kept spectra. */
  readonly pool: () => Promise<SpectralPool>;
  readonly columnWorker: ColumnWorker;
}

/** Layers that were added again this often, and are missing still, are given up. */
const MAX_ROUNDS = 3;

/**
 * Writes the report of a model from its run's store. "waits": layers are missing that nobody has given up; they were
 * added again, and the job waits for them. Rejects with `RefusedMessage`, or if the run cannot be read or written.
 */
export async function doReport(job: Job, token: string, host: ReportHost): Promise<"written" | "waits" | "cancelled"> {
  const message = reportMessage(job.data);
  await assertRunAllowed(message.run, host.runs);
  const { run: fleet, model: found } = await modelOfRun(message.run);
  if (await isCancelled(fleet)) return "cancelled";
  if (found === undefined) throw new RefusedMessage(`${message.run} does not hold the run of the message`);
  const run = await found.place.kept();
  if (run.plan.digest !== message.plan) throw new RefusedMessage(`${message.run} does not hold the run of the message`);
  const { source, base } = found;
  const model = { folder: message.run, plan: run.plan, address: { source, base } };
  const { dead, others } = await splitDead(host.open, model, todoOf(await statusOfRun(run)));
  // Nobody has given these up: their jobs were lost, or a segment was damaged since.
  const lost = others.filter(() => message.rounds < MAX_ROUNDS);
  if (lost.length > 0) {
    await addAgain(job, { message, model, lost, open: host.open });
    if (await job.moveToWaitingChildren(token)) return "waits";
    return doReport(job, token, host);
  }
  const reasons = await Promise.all(dead.map(async ({ id }) => (await host.open.queue.getJob(id))?.failedReason));
  await keepFailures(found.place, [
    ...dead.map(({ placement }, i) => ({ placement, reason: `given up by the queue: ${reasons[i] ?? "unknown"}` })),
    ...others.map((placement) => ({ placement, reason: `given up: its job was lost ${MAX_ROUNDS} times` })),
  ]);
  await reportOn(found, host);
  return "written";
}

async function addAgain(
  job: Job,
  {
    message,
    model,
    lost,
    open,
  }: {
    readonly message: ReportMessage;
    readonly model: PlannedModel;
    readonly lost: readonly Placement[];
    readonly open: OpenQueue;
  },
): Promise<void> {
  // A round that has done something does not count.
  const rounds = lost.length < message.missing ? 0 : message.rounds + 1;
  await job.updateData({ ...message, rounds, missing: lost.length } satisfies ReportMessage);
  await addLayers(open, { model, layers: lost, policy: DEFAULT_POLICY });
}

/** What the queue alone knows goes to the store: it is in the report, and stays when the queue forgets. */
async function keepFailures(
  place: RunPlace,
  failures: readonly { readonly placement: Placement; readonly reason: string }[],
): Promise<void> {
  if (failures.length === 0) return;
  const kept = joined((await place.kept()).stores);
  const store = place.outcomes();
  try {
    for (const { placement, reason } of failures)
      if ((await kept.get(placement.key)) === undefined)
        await store.put({ key: placement.key, kind: "failed", reason });
  } finally {
    await store.close();
  }
}

async function reportOn(model: FleetModel, { pool: poolFor, columnWorker }: ReportHost): Promise<void> {
  const run = await model.place.kept();
  const { plan, stores } = run;
  const pool = await poolFor();
  const lent = { ...pool, width: pool.width, close: async () => {} };
  const createPool = async (): Promise<SpectralPool> => measuringPool(lent, plan.options.engine);
  const { report } = await reportOfKept({ plan, store: joined(stores) }, { createPool, columnWorker, onlyRows: true });
  await writeReport(model, jsonPieces(report), run);
}
