import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Job, Worker } from "bullmq";
import { OptionError } from "../../bytes/option-error.js";
import { FormatError } from "../../formats/index.js";
import { limitedHost, type RequestLimits } from "../../remote/index.js";
import { columnWorkers } from "../column-workers.js";
import { nodeRemoteHost } from "../remote-host.js";
import type { Allowed } from "./allowed.js";
import { CannotWrite, doLayer } from "./do-layer.js";
import { doReport } from "./do-report.js";
import { EnginePools } from "./engine-pools.js";
import { LAYER, REPORT } from "./layer-jobs.js";
import { RefusedMessage } from "./message.js";
import { OpenRuns } from "./open-runs.js";
import { connectionTo, type OpenQueue, QUEUE, withoutSecrets } from "./queue.js";
import type { WorkerEvent } from "./worker-event.js";

/** What a worker may do, and how. */
export interface WorkerSettings {
  readonly allow: Allowed;
  /** Real paths of the folders below which it takes part in runs. */
  readonly runs: readonly string[];
  /** Layers at once. */
  readonly jobs: number;
  readonly memory?: number | undefined;
  /** Of sources on the network, for each server. */
  readonly requests: RequestLimits;
  /** A worker that says nothing for so long has lost its jobs. */
  readonly lockMs: number;
  /** End when the queue has nothing more to do, also for other workers. */
  readonly untilEmpty: boolean;
  readonly onEvent: (event: WorkerEvent) => void;
  /** Aborted: take no more jobs, finish what is being done, end. */
  readonly signal: AbortSignal;
}

/** A job whose worker died under it is given out so often again. */
const MAX_STALLED = 2;
/** Between two looks at whether the queue is empty. */
const LOOK_MS = 500;
/** A job that this worker cannot write is not given out again at once: most likely this worker would take it. */
const GIVE_BACK_MS = 1000;

/** Works on the queue until it is told to end. Rejects with `CannotWrite` if this worker cannot write into a run. */
export async function runWorker(open: OpenQueue, settings: WorkerSettings): Promise<void> {
  const { bull, address } = open;
  const { allow, runs, jobs, memory, requests, lockMs, onEvent } = settings;
  const pools = new EnginePools({ jobs, memory });
  const columnWorker = columnWorkers(jobs);
  const openRuns = new OpenRuns({
    ...{ allow, runs, host: limitedHost(nodeRemoteHost, requests) },
    pool: (options) => pools.of(options),
  });
  const ending = new AbortController();
  const delay = monitorEventLoopDelay({ resolution: 20 });
  let layers = 0;
  const process = async (job: Job, token = ""): Promise<void> => {
    try {
      if (job.name === LAYER) {
        const start = performance.now();
        await doLayer(job.data, openRuns);
        layers++;
        onEvent({ kind: "layer", ...named(job), attempt: job.attemptsMade + 1, ms: performance.now() - start });
      } else if (job.name === REPORT) {
        const state = await doReport(job, token, { open, runs, columnWorker, pool: () => pools.any() });
        onEvent({ kind: "report", ...named(job), state });
        if (state === "waits") throw new bull.WaitingChildrenError();
      } else throw new RefusedMessage(`there are no jobs called "${job.name}"`);
    } catch (cause) {
      if (cause instanceof CannotWrite) {
        ending.abort(cause);
        await job.moveToDelayed(Date.now() + GIVE_BACK_MS, token);
        throw new bull.DelayedError();
      }
      if (isFinal(cause)) throw new bull.UnrecoverableError((cause as Error).message);
      throw cause;
    }
  };
  const worker = new bull.Worker(QUEUE, process, {
    ...{ connection: connectionTo(address), concurrency: jobs },
    ...{ lockDuration: lockMs, stalledInterval: lockMs / 2, maxStalledCount: MAX_STALLED },
  });
  listen(worker, open, onEvent);
  try {
    await worker.waitUntilReady();
    delay.enable();
    onEvent({ kind: "ready", queue: address.shown, jobs });
    await untilEnd(open, settings, ending.signal);
  } finally {
    await worker.close();
    delay.disable();
    await openRuns.close();
    await Promise.all([pools.close(), columnWorker.close()]);
  }
  onEvent({ kind: "ended", layers, longestDelayMs: delay.max / 1e6 });
  if (ending.signal.aborted) throw ending.signal.reason;
}

/** Whether trying again is of no use: the message, the run or the source is not what it was. */
function isFinal(cause: unknown): boolean {
  if (cause instanceof RefusedMessage || cause instanceof OptionError) return true;
  return cause instanceof FormatError && (cause.kind === "unsupported" || cause.kind === "malformed");
}

function named({ name, data }: Job): { readonly run: string; readonly name: string } {
  const { run, name: layer } = (data ?? {}) as Record<string, unknown>;
  return { run: typeof run === "string" ? run : "?", name: typeof layer === "string" ? layer : name };
}

function listen(worker: Worker, { address }: OpenQueue, onEvent: WorkerSettings["onEvent"]): void {
  let last = "";
  worker.on("error", ({ message }) => {
    const reason = withoutSecrets(message, address);
    if (reason !== last) onEvent({ kind: "queue", reason });
    last = reason;
  });
  worker.on("failed", (job, { message }) => {
    if (job === undefined) return;
    const isLast = job.finishedOn !== undefined;
    onEvent({ kind: "failed", ...named(job), reason: withoutSecrets(message, address), isLast });
  });
  worker.on("stalled", (id) => onEvent({ kind: "stalled", id }));
}

/** Resolves when this worker ends: it was told to, cannot write, or the queue is empty. */
function untilEnd({ queue }: OpenQueue, { signal, untilEmpty }: WorkerSettings, ending: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const look = async (): Promise<void> => {
      const counts = await queue.getJobCounts("waiting", "active", "delayed", "prioritized", "waiting-children");
      if (Object.values(counts).every((count) => count === 0)) end();
      else timer = setTimeout(again, LOOK_MS);
    };
    // A server that is away comes back.
    const again = (): void =>
      void look().catch(() => {
        timer = setTimeout(again, LOOK_MS);
      });
    for (const one of [signal, ending]) {
      if (one.aborted) return end();
      one.addEventListener("abort", end, { once: true });
    }
    if (untilEmpty) again();
  });
}
