import { printable } from "../bytes/errors.js";
import {
  cancelRun,
  DEFAULT_POLICY,
  type DeadJob,
  deadJobs,
  type FleetStatus,
  fleetStatus,
  type QueueStatus,
  queueStatus,
  type RunPlace,
  retryDead,
} from "../node/fleet/index.js";
import { EXIT, UsageError } from "./exit-codes.js";
import { isQueueNamed, type QueueFlags, withQueue } from "./fleet-queue.js";
import { runPlace } from "./fleet-run.js";
import { writeStdout } from "./stdout.js";

export interface FleetStatusFlags extends QueueFlags {
  readonly run: string;
  readonly json: boolean;
}

/** `eigenscope fleet status`. Resolves to the exit code: 4 while a report is missing, or if layers have failed. */
export async function fleetStatusCommand({ run, queue, json }: FleetStatusFlags): Promise<number> {
  const status = await fleetStatus(await runPlace(run));
  const inQueue = isQueueNamed({ queue }) ? await withQueue({ queue, quiet: true }, queueStatus) : undefined;
  writeStdout(json ? `${JSON.stringify(statusData(status, inQueue), null, 2)}\n` : statusText(status, inQueue));
  return status.models.every(({ reported, failed }) => reported && failed === 0) ? EXIT.done : EXIT.partial;
}

function statusData({ models, cancelled }: FleetStatus, queue: QueueStatus | undefined) {
  return {
    cancelled,
    models: models.map(({ model: { name, source, report }, workDone, workTotal, ...counts }) => ({
      ...{ name, source, report, ...counts, work_done: workDone, work_total: workTotal },
    })),
    queue: queue ?? null,
  };
}

function statusText({ models, cancelled }: FleetStatus, queue: QueueStatus | undefined): string {
  const sum = (count: (model: FleetStatus["models"][number]) => number): number =>
    models.reduce((total, model) => total + count(model), 0);
  const [workDone, workTotal] = [sum((model) => model.workDone), sum((model) => model.workTotal)];
  const share = workTotal === 0 ? 100 : Math.floor((100 * workDone) / workTotal);
  const lines = [
    `${sum(({ done }) => done)} of ${sum(({ layers }) => layers)} layers done, ` +
      `${sum(({ failed }) => failed)} failed, ${share} % of the work; ` +
      `${sum(({ reported }) => Number(reported))} of ${models.length} reports written`,
  ];
  if (cancelled) lines.push("cancelled: submit the models again to go on");
  if (queue !== undefined) {
    const { waiting, active, delayed, reports, dead, workers } = queue;
    lines.push(
      `queue, all runs: ${waiting} waiting, ${active} in work, ${delayed} to be tried again, ${reports} reports that ` +
        `wait for layers, ${dead} given up; ${workers} workers`,
    );
  }
  for (const { model, layers, done, failed, reported } of models)
    lines.push(
      `${printable(model.name)}: ${done} of ${layers} done, ${failed} failed, ` +
        `${reported ? "report written" : "no report"}`,
    );
  return `${lines.join("\n")}\n`;
}

export interface FleetCancelFlags extends QueueFlags {
  readonly run: string;
}

/** `eigenscope fleet cancel`. */
export async function fleetCancelCommand({ run, queue }: FleetCancelFlags): Promise<number> {
  const place = await runPlace(run);
  const { removed, active } = await withQueue({ queue }, (open) => cancelRun(open, place));
  writeStdout(`${removed} jobs removed, ${active} are in work and will end; what is done stays in ${printable(run)}\n`);
  return EXIT.done;
}

export interface FleetDeadFlags extends QueueFlags {
  readonly run?: string;
  readonly retry: boolean;
  readonly json: boolean;
}

/** `eigenscope fleet dead`. Resolves to the exit code: 4 if jobs were given up and are not tried again. */
export async function fleetDeadCommand({ run, queue, retry, json }: FleetDeadFlags): Promise<number> {
  if (retry && run === undefined) throw new UsageError("--retry needs --run, the folder of the run to try again");
  const place = run === undefined ? undefined : await runPlace(run);
  return withQueue({ queue }, async (open) => {
    let count = 0;
    for await (const job of deadJobs(open, place)) {
      count++;
      writeStdout(json ? `${JSON.stringify(job)}\n` : deadText(job));
    }
    if (!retry) {
      if (count === 0 && !json) writeStdout("no job was given up\n");
      return count === 0 ? EXIT.done : EXIT.partial;
    }
    const added = await retryDead(open, place as RunPlace, DEFAULT_POLICY);
    process.stderr.write(`eigenscope: ${added} layers are in the queue again\n`);
    return EXIT.done;
  });
}

function deadText({ kind, run, layer, attempts, reason }: DeadJob): string {
  const what = layer === null ? kind : `layer ${printable(layer)}`;
  return `${what} of ${printable(run ?? "an unknown run")}: ${printable(reason)} (${attempts} attempts)\n`;
}
