import { open, rename } from "node:fs/promises";

/**
 * Writes a file so that after any interruption it is either as before or whole: into `path.tmp`, synced, renamed over it. The temporary name is
 * always the same, so that what a kill leaves behind is overwritten by the next attempt.
 */
export async function writeAtomically(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.tmp`;
  const handle = await open(temporary, "w");
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
}
