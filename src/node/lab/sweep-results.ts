import { lastRecorded, type SweepResults } from "../../lab/index.js";
import { readEigenvalues } from "./run-folder.js";
import { runFolderOf, type Sweep } from "./sweep-folder.js";

/** A sweep with the eigenvalues of its last recorded epochs: what its page is made of. */
export async function readResults({ folder, experiment: { name, description }, runs }: Sweep): Promise<SweepResults> {
  const eigenvalues = new Map<string, ReadonlyMap<string, Float64Array>>();
  for (const run of runs) {
    const last = lastRecorded(run);
    if (last !== undefined) eigenvalues.set(run.id, await readEigenvalues(runFolderOf(folder, run.id), last.epoch));
  }
  return { name, description, runs, eigenvalues };
}
