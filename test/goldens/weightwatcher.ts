import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** One matrix of the WeightWatcher goldens: the eigenvalues it used and the rows it printed (README.md in the folder). */
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

/** All eigenvalues are 1 up to the rounding of the file: alpha is the logarithm of noise, in the peer as here (README of the goldens). */
export const ALPHA_IS_NOISE = new Set(["orth_128x128"]);
