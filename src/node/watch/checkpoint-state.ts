import { type FileHandle, open, stat } from "node:fs/promises";
import nodePath, { type PlatformPath } from "node:path";
import { type Digest, digestOfData } from "../../analysis/store/digest.js";
import { slashed } from "../native-path.js";
import type { FoundCheckpoint } from "./find-checkpoints.js";

/** The state of one file. */
interface FileState {
  readonly size: string;
  /** Time of the last change, in nanoseconds since 1970. */
  readonly modified: string;
  readonly inode: string;
}

/** In what state the files of a checkpoint are. */
export interface CheckpointState {
  /** Sizes, times and inodes: equal as long as nothing was written, renamed over, added or taken away. */
  readonly signature: string;
  /** The same of the files beside it: a trainer that writes these is not done with the checkpoint. */
  readonly besideSignature: string;
  /** A digest of names, sizes and times: the same for the same files after a copy that keeps the times. */
  readonly version: Digest;
  /** The time of the last change of all, in milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** Reads the state of a file. Undefined if it is not there, or is no file. */
export type StateOf = (path: string) => Promise<FileState | undefined>;

/**
 * The state of a checkpoint. Undefined if a file of it is not there (any more). `isFresh`: opens the files. A network
 * file system asks its server when a file is opened, and may answer `stat` from its memory for a minute.
 */
export async function stateOf(
  { files, beside, path }: Pick<FoundCheckpoint, "files" | "beside" | "path">,
  isFresh: boolean,
  stateOfFile: StateOf = isFresh ? openedState : namedState,
): Promise<CheckpointState | undefined> {
  const states: (readonly [string, FileState])[] = [];
  for (const file of files) {
    const state = await stateOfFile(file);
    if (state === undefined) return undefined;
    states.push([nameFrom(path, file), state]);
  }
  if (states.length === 0) return undefined;
  const others: unknown[] = [];
  for (const file of beside) others.push([file, await stateOfFile(file)]);
  return {
    signature: JSON.stringify(states),
    besideSignature: JSON.stringify(others),
    version: await digestOfData(states.map(([name, { size, modified }]) => ({ name, size, modified }))),
    modifiedMs: Math.max(...states.map(([, { modified }]) => Number(BigInt(modified) / 1_000_000n))),
  };
}

/**
 * A file's name after the path of its checkpoint, or after its folder if it lies beside that: the same on all systems.
 * The last parameter is for tests.
 */
export function nameFrom(path: string, file: string, native: PlatformPath = nodePath): string {
  return slashed(file.startsWith(path) ? file.slice(path.length) : `/${native.basename(file)}`, native);
}

async function namedState(path: string): Promise<FileState | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found?.isFile() ? plain(found) : undefined;
}

async function openedState(path: string): Promise<FileState | undefined> {
  // Opening a named pipe would never end.
  if ((await namedState(path)) === undefined) return undefined;
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, "r");
    return plain(await handle.stat({ bigint: true }));
  } catch {
    return undefined;
  } finally {
    await handle?.close().catch(() => {});
  }
}

function plain({ size, mtimeNs, ino }: { readonly size: bigint; readonly mtimeNs: bigint; readonly ino: bigint }) {
  return { size: String(size), modified: String(mtimeNs), inode: String(ino) };
}
