import { join, sep } from "node:path";
import type { OnOpened, OpenedInputs } from "../analysis/index.js";
import { sight } from "../formats/detection.js";
import { fileSource } from "../node/file-source.js";
import { eigenvalueFileName } from "./eigenvalue-file.js";
import { UsageError } from "./exit-codes.js";
import { isSamePlace, type Place, placeOf, realPlace, stdoutPlace } from "./file-place.js";
import { type Outputs, outputFiles } from "./outputs.js";

/** What the lab keeps at the top of a folder of runs. */
const LAB_FILES = ["experiment.json", "lock"] as const;

/** What will be written, and whether stdout is part of it. */
export interface Written {
  readonly outputs: Outputs;
  /** Something goes to stdout: data, or a table. */
  readonly stdout: boolean;
}

/**
 * Before anything is opened: two outputs must be two files, none may be a file that the command line names as an input,
 * and none may replace weights, whoever uses them. Files are compared by device and inode and by their real paths.
 * Throws `UsageError`.
 */
export async function assertOutputsSafe(written: Written, named: readonly string[]): Promise<void> {
  const places = await outputPlaces(written);
  places.forEach((place, at) => {
    const twin = places.slice(0, at).find((other) => isSamePlace(place, other));
    if (twin === undefined) return;
    const both = twin.path === place.path ? `${place.path} was` : `${twin.path} and ${place.path} are one file, which was`;
    throw new UsageError(`${both} given for two outputs; choose two names`);
  });
  const { eigenvalues } = written.outputs;
  if (eigenvalues !== undefined) {
    const folder = await realPlace(eigenvalues);
    const inTheWay = places.find(({ keys }) => keys.some((key) => isWithin(folder, key)));
    if (inTheWay !== undefined) throw new UsageError(`${inTheWay.path} cannot be a file and a folder of eigenvalues; choose two names`);
  }
  for (const input of await Promise.all(named.map(placeOf))) {
    const clash = input?.exists ? places.find((place) => isSamePlace(place, input)) : undefined;
    if (clash !== undefined)
      throw new UsageError(`${clash.path} is the input${also(clash, input!.path)}; choose another name for the output`);
  }
  for (const path of outputFiles(written.outputs)) await assertNoWeights(path);
}

/**
 * Once the inputs are open: no output may be a file that takes part. Gives what `onOpened` expects, which throws
 * `UsageError`.
 */
export function keepInputs(written: Written): OnOpened {
  return async (opened) => {
    const files = await outputPlaces(written);
    const eigenvalues = await eigenvaluePlaces(written.outputs, opened);
    const inputs = new Map<string, Place>();
    for (const path of opened.paths) {
      const input = await placeOf(path);
      if (input?.exists) for (const key of input.keys) inputs.set(key, input);
    }
    for (const place of [...files, ...eigenvalues]) {
      const input = place.keys.map((key) => inputs.get(key)).find((found) => found !== undefined);
      if (input === undefined) continue;
      throw new UsageError(`${place.path} is a file of the model${also(place, input.path)}; choose another name for the output`);
    }
    const twin = eigenvalues.find((place) => files.some((file) => isSamePlace(place, file)));
    if (twin !== undefined)
      throw new UsageError(`${twin.path} would be written by --save-eigenvalues too; choose another name for the output`);
  };
}

/**
 * The page of a lab's folder must not replace what the lab keeps there: the experiment, the lock, and all below
 * `runs/`. Weights are not replaced anywhere. Throws `UsageError`.
 */
export async function assertOutsideRuns(output: string, folder: string): Promise<void> {
  const place = await placeOf(output);
  if (place === undefined) return;
  const runs = await realPlace(join(folder, "runs"));
  const kept = await Promise.all(LAB_FILES.map((name) => placeOf(join(folder, name))));
  if (place.keys.some((key) => isWithin(key, runs)) || kept.some((file) => file !== undefined && isSamePlace(file, place))) {
    throw new UsageError(`${output} belongs to the runs in ${folder}; choose another name for the page`);
  }
  await assertNoWeights(output);
}

/**
 * An experiment's own file must not be where the folder of its runs keeps the experiment that it was given. Throws
 * `UsageError`.
 */
export async function assertExperimentKept(experiment: string, folder: string): Promise<void> {
  const [file, ...kept] = await Promise.all([experiment, ...LAB_FILES.map((name) => join(folder, name))].map(placeOf));
  if (!file?.exists || !kept.some((place) => place !== undefined && isSamePlace(place, file))) return;
  throw new UsageError(
    `${experiment} would be overwritten: the runs' folder ${folder} keeps a file of that name; choose another with --output`,
  );
}

/**
 * Refuses an existing file that holds weights: a report over it is never meant. What cannot be read is judged when it
 * is written.
 */
export async function assertNoWeights(path: string): Promise<void> {
  const place = await placeOf(path);
  if (!place?.exists) return;
  const source = await fileSource(path).catch(() => undefined);
  if (source === undefined) return;
  try {
    const { reader, foreign } = await sight(source, path);
    const format = reader?.format ?? (foreign?.weights ? foreign.what : undefined);
    if (format === undefined) return;
    throw new UsageError(`${path} holds weights (${format}), which the output would replace; choose another name`);
  } finally {
    await source.close?.();
  }
}

/** Is a path the folder itself, or below it? */
function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}

async function outputPlaces({ outputs, stdout }: Written): Promise<Place[]> {
  const places = await Promise.all(outputFiles(outputs).map(placeOf));
  return [...(stdout ? [stdoutPlace()] : []), ...places].filter((place) => place !== undefined);
}

async function eigenvaluePlaces({ eigenvalues: folder }: Outputs, { layers }: OpenedInputs): Promise<Place[]> {
  if (folder === undefined || (await placeOf(folder)) !== undefined) return [];
  const places: Place[] = [];
  for (const { index, name } of layers) {
    const place = await placeOf(join(folder, eigenvalueFileName(index, name)));
    if (place !== undefined) places.push(place);
  }
  return places;
}

function also({ path }: Place, other: string): string {
  return path === other ? "" : ` (${other})`;
}
