import type { FileSet } from "../bytes/file-set.js";
import { isTrainingState, isWeightsName } from "./weights-names.js";

/** A pipeline's components are one folder down, a checkpoint's ranks three (out/checkpoint-500/global_step500). */
const MAX_DEPTH = 4;
/** The largest number of folders searched: a training run keeps about a hundred checkpoints. */
const MAX_FOLDERS = 1000;

/** A folder that holds weights, by the names of its files. */
export interface WeightFolder {
  /** The label that a user would type. */
  readonly label: string;
  readonly names: readonly string[];
}

/** The result of a search below a folder. */
export interface Below {
  /** The nearest folders with weights on each path down. */
  readonly withWeights: readonly WeightFolder[];
  /** The number of folders searched. */
  readonly visited: number;
}

/** Searches the folders below for weights, level by level, by file names alone: nothing is opened. */
export async function weightFoldersBelow(files: FileSet): Promise<Below> {
  const withWeights: WeightFolder[] = [];
  let level: readonly FileSet[] = [files];
  let visited = 0;
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth++) {
    const next: FileSet[] = [];
    for (const above of level) {
      for (const folder of (await above.folders?.()) ?? []) {
        if (++visited > MAX_FOLDERS) return { withWeights, visited };
        const names = (await folder.list()).filter((name) => isWeightsName(name) && !isTrainingState(name));
        if (names.length > 0) withWeights.push({ label: folder.label, names });
        else next.push(folder);
      }
    }
    level = next;
  }
  return { withWeights, visited };
}
