import type { Stats } from "node:fs";
import { type FileHandle, open, rename, rm, stat, writeFile } from "node:fs/promises";

/** What a file is to hold: a text, bytes, or a long text in pieces. */
export type Content = string | Uint8Array | Iterable<string>;

export interface Replacement {
  /** The file beside it that replaces it. */
  readonly temporary: string;
  /** "wx" refuses an existing temporary file, "w" overwrites it. */
  readonly flag: "w" | "wx";
}

/** The bits of a mode that chmod takes. */
const MODE_BITS = 0o7777;
/** All bits but set-user-id and set-group-id; and all but these and the group's rights. */
const OF_ANOTHER_OWNER = 0o777;
const OF_ANOTHER_GROUP = 0o707;
/** While it is written, a replacement is accessible to its writer only. */
const PRIVATE = 0o600;

/**
 * Writes `content` to a file so that after any interruption it is either unchanged or complete: written beside it,
 * synced, and renamed. A replaced file keeps its mode, and its owner and group if that is allowed. On failure the
 * temporary file is removed, and the error's `path` is the file's.
 */
export async function replaceFile(path: string, content: Content, { temporary, flag }: Replacement): Promise<void> {
  const before = await stat(path).catch(() => undefined);
  const handle = await open(temporary, flag, before === undefined ? undefined : PRIVATE);
  try {
    try {
      await writeFile(handle, content);
      if (before !== undefined) await keepAccess(handle, before);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    // Errors of an open file do not name it.
    throw cause instanceof Error ? Object.assign(cause, { path }) : cause;
  }
}

/**
 * Gives a file the owner, group and mode of the one that it replaces. If the owner or group cannot be kept, its rights
 * are dropped too.
 */
async function keepAccess(handle: FileHandle, { mode, uid, gid }: Stats): Promise<void> {
  const { uid: ownUid, gid: ownGid } = await handle.stat();
  const give = (newUid: number, newGid: number): Promise<boolean> =>
    handle.chown(newUid, newGid).then(
      () => true,
      () => false,
    );
  let allowed = MODE_BITS;
  if (uid !== ownUid || gid !== ownGid) {
    if (!(await give(uid, gid)))
      allowed = gid === ownGid || (await give(ownUid, gid)) ? OF_ANOTHER_OWNER : OF_ANOTHER_GROUP;
  }
  await handle.chmod(mode & allowed);
}
