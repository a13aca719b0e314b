import { rmSync } from "node:fs";

/** Files and folders that exist only while the command runs. */
const temporary = new Set<string>();

/** The path has to be removed when the command ends, however it ends. */
export function markTemporary(path: string): void {
  temporary.add(path);
}

/** The path was removed or given its final name. */
export function unmarkTemporary(path: string): void {
  temporary.delete(path);
}

/** Removes all of them. Synchronous, because it is called when the process exits. */
export function removeTemporary(): void {
  for (const path of temporary) rmSync(path, { recursive: true, force: true });
  temporary.clear();
}
