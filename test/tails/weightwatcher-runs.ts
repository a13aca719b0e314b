import { readFileSync } from "node:fs";
import { ALPHA_IS_NOISE, GOLDENS } from "../goldens/weightwatcher.js";

/** WeightWatcher's row for one option, beside the eigenvalues that it was given. */
export interface WeightWatcherRun {
  readonly name: string;
  readonly eigenvalues: Float64Array;
  readonly row: Readonly<Record<string, number>>;
}

/**
 * What WeightWatcher printed for the given option, for every golden that has it and whose alpha is not rounding noise.
 */
export function weightWatcherRuns(option: string): WeightWatcherRun[] {
  return GOLDENS.filter(({ name }) => !ALPHA_IS_NOISE.has(name)).flatMap(({ name, eigenvalues }) => {
    const { runs } = JSON.parse(
      readFileSync(new URL(`../goldens/weightwatcher/expected/${name}.json`, import.meta.url), "utf8"),
    );
    return runs[option] === undefined ? [] : [{ name, eigenvalues, row: runs[option].rows[0] }];
  });
}
