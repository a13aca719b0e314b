import { readdirSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { startSpareWorkers } from "../node/command.js";

/** What of a command's flags matters here. */
export interface FlagsOfWork {
  readonly jobs?: number | undefined;
  readonly dryRun: boolean;
}

/** Fewer bytes of weights are often done faster by one thread than workers start. */
const MIN_BYTES = 4 * 2 ** 20;
/** Two share the first large matrix. What more is wanted starts while they work. */
const MOST_WORKERS = 2;
/** Entries of a folder that are looked at. */
const MOST_ENTRIES = 100;

/**
 * Starts workers for the weights at a path of this machine, if there are enough of them: the workers load while the
 * command loads its own modules and reads the file's header.
 */
export function startWorkersAhead(path: string | undefined, { jobs, dryRun }: FlagsOfWork): void {
  startSpareWorkers(workersAhead(path, { jobs, dryRun }));
}

/** How many it starts. */
export function workersAhead(path: string | undefined, { jobs = availableParallelism(), dryRun }: FlagsOfWork): number {
  return path === undefined || dryRun || bytesAt(path) < MIN_BYTES ? 0 : Math.min(jobs, MOST_WORKERS);
}

/** Bytes of a file, or of the files in a folder; 0 for what is neither. */
function bytesAt(path: string): number {
  try {
    const found = statSync(path);
    if (!found.isDirectory()) return found.isFile() ? found.size : 0;
    return readdirSync(path)
      .slice(0, MOST_ENTRIES)
      .map((name) => statSync(join(path, name)))
      .reduce((sum, entry) => sum + (entry.isFile() ? entry.size : 0), 0);
  } catch {
    return 0;
  }
}
