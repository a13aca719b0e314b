import { join } from "node:path";
import { isWithin } from "../node/files.js";
import { UsageError } from "./exit-codes.js";
import { identityOf, isSameFile, realPathOf } from "./file-identity.js";
import { assertNoWeights } from "./overwriting.js";

/** The files that the lab keeps at the top of a folder of runs. */
const LAB_FILES = ["experiment.json", "lock"] as const;

/**
 * Checks that the lab's page replaces neither a file of weights nor a file that the lab keeps in the folder: the
 * experiment, the lock, and everything below `runs/`. Throws `UsageError`.
 */
export async function assertOutsideRuns(output: string, folder: string): Promise<void> {
  const identity = await identityOf(output);
  if (identity === undefined) return;
  const runs = await realPathOf(join(folder, "runs"));
  const kept = await Promise.all(LAB_FILES.map((name) => identityOf(join(folder, name))));
  if (
    (identity.real !== undefined && isWithin(identity.real, runs)) ||
    kept.some((file) => file !== undefined && isSameFile(file, identity))
  ) {
    throw new UsageError(`${output} belongs to the runs in ${folder}; choose another name for the page`);
  }
  await assertNoWeights(output);
}

/**
 * Checks that the user's experiment file is not the file in the folder of runs that the lab would overwrite. Throws
 * `UsageError`.
 */
export async function assertExperimentKept(experiment: string, folder: string): Promise<void> {
  const [file, ...kept] = await Promise.all(
    [experiment, ...LAB_FILES.map((name) => join(folder, name))].map(identityOf),
  );
  if (!file?.exists || !kept.some((identity) => identity !== undefined && isSameFile(identity, file))) return;
  throw new UsageError(
    `${experiment} would be overwritten: the folder of the runs, ${folder}, keeps a file of that name; ` +
      "choose another folder with --output",
  );
}
