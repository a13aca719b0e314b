import { join } from "node:path";
import type { OnOpened, OpenedInputs } from "../analysis/index.js";
import { detectFormat } from "../formats/detection.js";
import { fileSource, isWithin } from "../node/files.js";
import { UsageError } from "./exit-codes.js";
import { type FileIdentity, identityOf, isSameFile, realPathOf, stdoutIdentity } from "./file-identity.js";
import { layerFileName } from "./layer-file.js";
import { type OutputFolder, type Outputs, outputFiles, outputFolders } from "./outputs.js";

/** All outputs of a command. */
export interface Written {
  readonly outputs: Outputs;
  /** Whether data or a table goes to stdout. */
  readonly stdout: boolean;
}

/**
 * Checks the outputs before anything is opened. Two outputs must be two files. No output may be an input of the command
 * line, and none may replace any file of weights. Files are compared by device and inode, and by their real paths.
 * Throws `UsageError`.
 */
export async function assertOutputsSafe(written: Written, named: readonly string[]): Promise<void> {
  const identities = await outputIdentities(written);
  identities.forEach((identity, at) => {
    const twin = identities.slice(0, at).find((other) => isSameFile(identity, other));
    if (twin === undefined) return;
    const both =
      twin.path === identity.path
        ? `${identity.path} was`
        : `${twin.path} and ${identity.path} are one file, which was`;
    throw new UsageError(`${both} given for two outputs; choose two names`);
  });
  for (const { path, holds } of outputFolders(written.outputs)) {
    const folder = await realPathOf(path);
    const inTheWay = identities.find(({ real }) => real !== undefined && isWithin(folder, real));
    if (inTheWay !== undefined)
      throw new UsageError(`${inTheWay.path} cannot be a file and a folder of ${holds}; choose two names`);
  }
  for (const input of await Promise.all(named.map(identityOf))) {
    const clash = input?.exists ? identities.find((identity) => isSameFile(identity, input)) : undefined;
    if (clash !== undefined)
      throw new UsageError(
        `${clash.path} is the input${otherName(clash, input!.path)}; choose another name for the output`,
      );
  }
  for (const path of outputFiles(written.outputs)) await assertNoWeights(path);
}

/**
 * Makes an `onOpened` callback that checks the outputs once the inputs are open: no output may be a file of the inputs.
 * The callback throws `UsageError`.
 */
export function protectInputs(written: Written): OnOpened {
  return async (opened) => {
    const files = await outputIdentities(written);
    const folders = await Promise.all(
      outputFolders(written.outputs).map(async (folder) => ({
        ...folder,
        files: await filesOfLayers(folder, opened),
      })),
    );
    const inputs = new Map<string, FileIdentity>();
    for (const path of opened.paths) {
      const input = await identityOf(path);
      if (input?.exists) for (const key of input.keys) inputs.set(key, input);
    }
    for (const identity of [...files, ...folders.flatMap((folder) => folder.files)]) {
      const input = identity.keys.map((key) => inputs.get(key)).find((found) => found !== undefined);
      if (input === undefined) continue;
      throw new UsageError(
        `${identity.path} is a file of the model${otherName(identity, input.path)}; choose another name for the output`,
      );
    }
    for (const { option, files: own } of folders) {
      const twin = own.find((identity) => files.some((file) => isSameFile(identity, file)));
      if (twin !== undefined)
        throw new UsageError(`${twin.path} would be written by ${option} too; choose another name for the output`);
    }
  };
}

/**
 * Checks that no output lies in the folder of a run, also by a link, where it could replace what the run keeps. Throws
 * `UsageError`.
 */
export async function assertOutsideRun(outputs: Outputs, folders: readonly string[]): Promise<void> {
  const targets = [...outputFiles(outputs), ...outputFolders(outputs).map(({ path }) => path)];
  for (const folder of await Promise.all(folders.map(realPathOf)))
    for (const target of targets)
      if (isWithin(await realPathOf(target), folder))
        throw new UsageError(`${target} lies in the run's own folder; write the report elsewhere`);
}

/**
 * Throws `UsageError` for an existing file that holds weights: nobody means to overwrite it with a report. A file that
 * cannot be read passes here; writing it will fail.
 */
export async function assertNoWeights(path: string): Promise<void> {
  const identity = await identityOf(path);
  if (!identity?.exists) return;
  const source = await fileSource(path).catch(() => undefined);
  if (source === undefined) return;
  try {
    const { reader, foreign } = await detectFormat(source, path);
    const format = reader?.format ?? (foreign?.weights ? foreign.what : undefined);
    if (format === undefined) return;
    throw new UsageError(`${path} holds weights (${format}), which the output would replace; choose another name`);
  } finally {
    await source.close?.();
  }
}

async function outputIdentities({ outputs, stdout }: Written): Promise<FileIdentity[]> {
  const identities = await Promise.all(outputFiles(outputs).map(identityOf));
  return [...(stdout ? [stdoutIdentity()] : []), ...identities].filter((identity) => identity !== undefined);
}

/** The files that would be written into a folder, if it is there already. */
async function filesOfLayers(
  { path: folder, ending }: OutputFolder,
  { layers }: OpenedInputs,
): Promise<FileIdentity[]> {
  if ((await identityOf(folder)) !== undefined) return [];
  const identities: FileIdentity[] = [];
  for (const { index, name } of layers) {
    const identity = await identityOf(join(folder, layerFileName(index, name, ending)));
    if (identity !== undefined) identities.push(identity);
  }
  return identities;
}

function otherName({ path }: FileIdentity, other: string): string {
  return path === other ? "" : ` (${other})`;
}
