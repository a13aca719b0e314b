import { replaceFile } from "../replace-file.js";

/**
 * Writes a file so that after any interruption it is either as before or whole: into `path.tmp`, synced, renamed over
 * it. The temporary name is always the same, so that what a kill leaves behind is overwritten by the next attempt.
 */
export async function writeAtomically(path: string, content: string | Uint8Array): Promise<void> {
  await replaceFile(path, content, { temporary: `${path}.tmp`, flag: "w" });
}
