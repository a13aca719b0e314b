import { replaceFile } from "../replace-file.js";

/**
 * Writes a file so that after any interruption it is either unchanged or complete: written to `path.tmp`, synced, and
 * renamed. The temporary name is always the same, so that the next attempt overwrites what a kill left behind.
 */
export async function writeAtomically(path: string, content: string | Uint8Array): Promise<void> {
  await replaceFile(path, content, { temporary: `${path}.tmp`, flag: "w" });
}
