import { realpath } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { allowedBy, isS3Address, placeAt, runWorker } from "../node/fleet/index.js";
import { EXIT, UsageError } from "./exit-codes.js";
import { workerLog } from "./fleet-log.js";
import { type QueueFlags, withQueue } from "./fleet-queue.js";
import { assertFolderWritable } from "./output-file.js";

/** The flags that commander parses. */
export interface FleetWorkerFlags extends QueueFlags {
  readonly allow: readonly string[];
  readonly run: readonly string[];
  readonly jobs?: number;
  readonly memory?: number;
  /** Most at once, and most per second, for each server. */
  readonly requests: number;
  readonly requestRate?: number;
  /** Seconds. */
  readonly lock: number;
  readonly untilEmpty: boolean;
  readonly log: "text" | "json";
  readonly metricsPort?: number;
  readonly quiet: boolean;
}

/** Exit codes of a second signal, which ends the worker at once. */
const AT_ONCE = { SIGINT: EXIT.interrupted, SIGTERM: 143 } as const;

/** `eigenscope fleet worker`: works until a signal or, with --until-empty, the queue ends it. */
export async function fleetWorkerCommand(flags: FleetWorkerFlags): Promise<number> {
  const { queue, jobs = availableParallelism(), memory, lock, untilEmpty, quiet } = flags;
  const requests = { atOnce: flags.requests, perSecond: flags.requestRate };
  const allow = await allowedBy(flags.allow);
  const runs: string[] = [];
  for (const folder of flags.run) {
    if (isS3Address(folder)) {
      runs.push((await placeAt(folder)).address);
      continue;
    }
    await assertFolderWritable(folder);
    runs.push(await realpath(folder).catch(() => refuse(folder)));
  }
  const log = await workerLog(flags);
  try {
    await withQueue({ queue, quiet }, (open) =>
      runWorker(open, {
        ...{ allow, runs, jobs, memory, requests, untilEmpty, lockMs: 1000 * lock, onEvent: log.event },
        signal: endingSignal(log.note),
      }),
    );
  } catch (cause) {
    if ((cause as Error).name !== "CannotWrite") throw cause;
    throw new UsageError(`cannot write into the run (${(cause as Error).message}); its layers were given back`, {
      cause,
    });
  } finally {
    await log.close();
  }
  return EXIT.done;
}

function refuse(folder: string): never {
  throw new UsageError(`--run ${folder}: there is no such folder; make it before the first submission`);
}

/** The first signal lets layers in work finish; the second ends the process. Others get those layers then. */
function endingSignal(note: (sentence: string) => void): AbortSignal {
  const ending = new AbortController();
  for (const [signal, code] of Object.entries(AT_ONCE)) {
    process.removeAllListeners(signal);
    process.on(signal, () => {
      if (ending.signal.aborted) process.exit(code);
      ending.abort();
      note("finishing the layers in work; a second signal stops at once");
    });
  }
  return ending.signal;
}
