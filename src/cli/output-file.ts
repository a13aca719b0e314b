import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { access, constants, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { UsageError } from "./exit-codes.js";

/** Temporary files that an interruption must take away. */
const unfinished = new Set<string>();

/** Writes a file so that it is either whole or not there: a temporary file beside it, synced, then renamed over it. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  unfinished.add(temporary);
  try {
    const handle = await open(temporary, "wx");
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new UsageError(`cannot write ${path}: ${(cause as Error).message}`, { cause });
  } finally {
    unfinished.delete(temporary);
  }
}

/** Takes away what `writeWhole` had not finished; synchronous, for the last act of a process. */
export function removeUnfinished(): void {
  for (const path of unfinished) rmSync(path, { force: true });
}

/** Before the work begins: an output that cannot be written is told now, not after an hour. */
export async function assertWritable(path: string): Promise<void> {
  const folder = dirname(path);
  try {
    await access(folder, constants.W_OK);
  } catch (cause) {
    throw new UsageError(`cannot write ${path}: its folder ${folder} is not there or not writable`, { cause });
  }
  const existing = await stat(path).catch(() => undefined);
  if (existing?.isDirectory()) throw new UsageError(`cannot write ${path}: it is a folder`);
}

/** Makes the folder that is to hold one file a layer. */
export async function prepareFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
    await access(path, constants.W_OK);
  } catch (cause) {
    throw new UsageError(`cannot write into ${path}: ${(cause as Error).message}`, { cause });
  }
}
