import type { LayerRecord } from "../../analysis/report.js";
import { FormatError } from "../../formats/index.js";
import { lastRecorded, type SweepResults } from "../../lab/index.js";
import { readEigenvalues } from "./run-folder.js";
import { runFolderOf, type Sweep } from "./sweep-folder.js";

/** A sweep with the eigenvalues of its last recorded epochs: the data of its page. */
export async function readResults({ folder, experiment: { name, description }, runs }: Sweep): Promise<SweepResults> {
  const sides = new Map<string, number>();
  const eigenvalues = new Map<string, ReadonlyMap<string, Float64Array>>();
  for (const run of runs) {
    const last = lastRecorded(run);
    if (last === undefined) continue;
    const path = runFolderOf(folder, run.id);
    const own = await readEigenvalues(path, last.epoch);
    assertAsRecorded(own, { layers: last.layers ?? [], sides, file: path });
    eigenvalues.set(run.id, own);
  }
  return { name, description, runs, eigenvalues };
}

interface Recorded {
  readonly layers: readonly LayerRecord[];
  /** The number of eigenvalues of each layer, from the earlier runs. */
  readonly sides: Map<string, number>;
  readonly file: string;
}

/**
 * Every layer must have as many eigenvalues as its record says, and as in the other runs: seeds are pooled. Throws
 * `FormatError`.
 */
function assertAsRecorded(eigenvalues: ReadonlyMap<string, Float64Array>, { layers, sides, file }: Recorded): void {
  for (const { name, M } of layers) {
    const found = eigenvalues.get(name)?.length ?? M;
    const expected = sides.get(name) ?? M;
    sides.set(name, expected);
    if (found === M && M === expected) continue;
    throw new FormatError(
      `${found} eigenvalues of ${name} were stored, but its record says ${M}, and other runs have ${expected}`,
      {
        kind: "malformed",
        file,
        remedy: "Delete this run's folder; it is done again.",
      },
    );
  }
}
