import { open, rename } from "node:fs/promises";

export interface Replacement {
  /** The file beside it that becomes it. */
  readonly temporary: string;
  /** "wx" refuses a temporary file that is there already, "w" writes over it. */
  readonly flag: "w" | "wx";
}

/** Puts `content` into a file so that after any interruption it is either as before or whole: written beside it, synced, renamed over it. */
export async function replaceFile(path: string, content: string | Uint8Array, { temporary, flag }: Replacement): Promise<void> {
  const handle = await open(temporary, flag);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
}
