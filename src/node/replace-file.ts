import type { Stats } from "node:fs";
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";

export interface Replacement {
  /** The file beside it that becomes it. */
  readonly temporary: string;
  /** "wx" refuses a temporary file that is there already, "w" writes over it. */
  readonly flag: "w" | "wx";
}

/** The bits of a mode that chmod takes. */
const MODE_BITS = 0o7777;
/** All but set-user-id and set-group-id, and all but these and the rights of the group. */
const OF_ANOTHER_OWNER = 0o777;
const OF_ANOTHER_GROUP = 0o707;
/** While it is written, a file that replaces another is its writer's alone. */
const PRIVATE = 0o600;

/**
 * Puts `content` into a file so that after any interruption it is either as before or whole: written beside it, synced,
 * renamed over it. A file that is replaced keeps its mode, and its owner and group where that is allowed. Where it
 * fails, the temporary file is removed, and the error's `path` is the file's.
 */
export async function replaceFile(path: string, content: string | Uint8Array, { temporary, flag }: Replacement): Promise<void> {
  const before = await stat(path).catch(() => undefined);
  const handle = await open(temporary, flag, before === undefined ? undefined : PRIVATE);
  try {
    try {
      await handle.writeFile(content);
      if (before !== undefined) await keepAccess(handle, before);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    // Errors of an open file do not say which one it is.
    throw cause instanceof Error ? Object.assign(cause, { path }) : cause;
  }
}

/**
 * Gives a file owner, group and mode of the one that it replaces. An owner or a group that cannot be kept takes its own
 * rights with it.
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
    if (!(await give(uid, gid))) allowed = gid === ownGid || (await give(ownUid, gid)) ? OF_ANOTHER_OWNER : OF_ANOTHER_GROUP;
  }
  await handle.chmod(mode & allowed);
}
