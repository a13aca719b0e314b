import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * One matrix of the WeightWatcher goldens: the eigenvalues it used and the rows it printed (README.md in the folder).
 */
export interface WeightWatcherGolden {
  readonly name: string;
  readonly shape: readonly number[];
  readonly eigenvalues: Float64Array;
  /** Its row for the default options. */
  readonly row: Readonly<Record<string, number | string | boolean>>;
}

const FOLDER = fileURLToPath(new URL("./weightwatcher", import.meta.url));

export function weightsPath(name: string): string {
  return `${FOLDER}/weights/${name}.npy`;
}

export const GOLDENS: readonly WeightWatcherGolden[] = readdirSync(`${FOLDER}/expected`)
  .filter((file) => !file.startsWith("_"))
  .map((file) => {
    const { name, shape, evals, runs } = JSON.parse(readFileSync(`${FOLDER}/expected/${file}`, "utf8"));
    return { name, shape, eigenvalues: Float64Array.from(evals), row: runs.default.rows[0] };
  });

/**
 * All eigenvalues are 1 up to the rounding of the file: alpha is the logarithm of noise, in WeightWatcher as here
 * (README of the goldens).
 */
export const ALPHA_IS_NOISE = new Set(["orth_128x128"]);

/**
 * One of its optional runs (`mp_fit`, `detX`, `randomize_mp_detX`, `vectors`, ...): the first row, and the randomised
 * eigenvalues where there are some.
 */
export interface OptionalRun {
  readonly row: Readonly<Record<string, number | string | boolean>>;
  readonly first?: Float64Array | undefined;
  readonly second?: Float64Array | undefined;
}

export function optionalRun(name: string, option: string): OptionalRun {
  const { runs } = JSON.parse(readFileSync(`${FOLDER}/expected/${name}.json`, "utf8"));
  const { rows, rand_evals_first, rand_evals_second } = runs[option];
  const ascending = (values?: number[]): Float64Array | undefined =>
    values === undefined ? undefined : Float64Array.from(values).sort();
  return { row: rows[0], first: ascending(rand_evals_first), second: ascending(rand_evals_second) };
}
