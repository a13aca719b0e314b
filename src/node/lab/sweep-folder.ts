import { mkdir, open, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { VERSION } from "../../analysis/version.js";
import { FormatError } from "../../formats/index.js";
import { parseKeptExperiment } from "../../lab/experiments/parse-run.js";
import type { Experiment, Run } from "../../lab/index.js";
import { isAlive } from "../is-alive.js";
import { readRun } from "./run-folder.js";
import { writeAtomically } from "./write-atomically.js";

const EXPERIMENT = "experiment.json";
const LOCK = "lock";

/** A sweep as stored on disk. */
export interface Sweep {
  readonly folder: string;
  readonly experiment: Experiment;
  /** In no particular order. */
  readonly runs: readonly Run[];
}

/** The folder of one run of a sweep. */
export function runFolderOf(sweep: string, id: string): string {
  return join(sweep, "runs", id);
}

/**
 * Makes a sweep's folder, or reuses an existing one, and locks it against a second process until `release`. Values of
 * an axis and seeds may be added later. Throws `FormatError` if the folder holds another experiment or an
 * experiment.json of another program, or if a living process works in it.
 */
export async function holdSweepFolder(folder: string, experiment: Experiment): Promise<{ release(): Promise<void> }> {
  // Read before anything is created: an experiment.json of another program leaves the folder unchanged.
  await readExperimentFile(folder);
  await mkdir(join(folder, "runs"), { recursive: true });
  await takeLock(join(folder, LOCK), folder);
  const release = (): Promise<void> => rm(join(folder, LOCK), { force: true });
  try {
    const before = await readExperimentFile(folder);
    if (before !== undefined && !isSame(before, experiment)) {
      throw new FormatError(`the folder holds another experiment ("${before.name}" with other settings)`, {
        kind: "unsupported",
        file: folder,
        remedy: "Choose another folder with --output, or delete this one.",
      });
    }
    await writeAtomically(
      join(folder, EXPERIMENT),
      `${JSON.stringify({ eigenscope: VERSION, experiment }, null, 2)}\n`,
    );
    return { release };
  } catch (cause) {
    await release();
    throw cause;
  }
}

/** Reads a sweep (or a single training) with all its runs. Rejects with a `FormatError` if the folder holds none. */
export async function readSweep(folder: string): Promise<Sweep> {
  const experiment = await readExperimentFile(folder);
  if (experiment === undefined) {
    throw new FormatError("there is no experiment here", {
      kind: "missing",
      file: folder,
      remedy: 'Name the folder that "eigenscope lab train" or "lab sweep" wrote.',
    });
  }
  const names = await runNames(join(folder, "runs"));
  const runs = (await Promise.all(names.map((name) => readNamedRun(folder, name)))).filter((run) => run !== undefined);
  const other = runs.find(({ settings }) => !isDeepStrictEqual(settings.network, runs[0].settings.network));
  if (other !== undefined) {
    throw new FormatError(`the runs ${runs[0].id} and ${other.id} are of two networks`, {
      kind: "malformed",
      file: folder,
      remedy: "Runs of one experiment share their network; move one of the two elsewhere.",
    });
  }
  return { folder, experiment, runs };
}

/** A run whose id is its folder's name: a path is never made from the contents of a file. */
async function readNamedRun(sweep: string, name: string): Promise<Run | undefined> {
  const path = runFolderOf(sweep, name);
  const run = await readRun(path);
  if (run === undefined || run.id === name) return run;
  throw new FormatError(`the run in it has the id "${run.id}"`, {
    kind: "malformed",
    file: path,
    remedy: "Rename the folder to that id, or delete it; the run is done again.",
  });
}

/** The folders in `runs`, in order. Anything else there, links included, is ignored. */
async function runNames(path: string): Promise<string[]> {
  try {
    const found = await readdir(path, { withFileTypes: true });
    return found
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  } catch (cause) {
    const reason = `its folder of runs cannot be read (${(cause as Error).message})`;
    throw new FormatError(reason, {
      kind: "missing",
      file: path,
      remedy: 'Name the folder that "eigenscope lab train" or "lab sweep" wrote.',
      cause,
    });
  }
}

/** Two experiments are the same if only axes, seed and texts differ: their runs appear in one table. */
function isSame(a: Experiment, b: Experiment): boolean {
  const essence = ({ base: { seed, batch, ...base }, length, record }: Experiment): unknown =>
    JSON.parse(JSON.stringify({ base, length, record }));
  return isDeepStrictEqual(essence(a), essence(b));
}

async function readExperimentFile(folder: string): Promise<Experiment | undefined> {
  const path = join(folder, EXPERIMENT);
  try {
    return parseKeptExperiment(await readFile(path, "utf8"), path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    const why =
      cause instanceof FormatError
        ? cause.message.slice(cause.message.indexOf(`${path}: `) + path.length + 2)
        : (cause as Error).message;
    throw new FormatError(`it cannot be read as an experiment (${why.replace(/\.$/, "")})`, {
      kind: "malformed",
      file: path,
      remedy: "Choose another folder.",
      cause,
    });
  }
}

/** The lock holds the id of the process that works here; the lock of a process that no longer exists is taken over. */
async function takeLock(path: string, folder: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      const handle = await open(path, "wx");
      await handle.writeFile(String(process.pid)).finally(() => handle.close());
      return;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST" || attempt > 0) throw cause;
      const holder = Number(await readFile(path, "utf8").catch(() => "0"));
      if (holder > 0 && holder !== process.pid && isAlive(holder)) {
        throw new FormatError(`process ${holder} works in this folder`, {
          kind: "unreadable",
          file: folder,
          remedy:
            "Wait until it is done, or choose another folder with --output. If eigenscope does not run under " +
            `that number, delete ${path}.`,
        });
      }
      await rm(path, { force: true });
    }
  }
}
