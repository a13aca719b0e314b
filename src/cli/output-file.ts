import { randomBytes } from "node:crypto";
import { access, constants, mkdir, open, realpath, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { isatty } from "node:tty";
import { type Content, replaceFile } from "../node/command.js";
import { UsageError } from "./exit-codes.js";
import { systemReason } from "./system-error.js";
import { markTemporary, unmarkTemporary } from "./temporary.js";

/**
 * Writes a file so that it is either complete or absent: it writes a temporary file in the same folder, syncs it, and
 * renames it. Links are followed. Anything but a regular file (/dev/stdout, a named pipe) is written directly. Throws
 * `UsageError` if it cannot be written.
 */
export async function writeWhole(path: string, content: Content): Promise<void> {
  try {
    const existing = await stat(path).catch(() => undefined);
    if (existing !== undefined && !existing.isFile()) await writeFile(path, content);
    else await replace(existing === undefined ? path : await realpath(path), content);
  } catch (cause) {
    throw new UsageError(`cannot write ${path}: ${systemReason(cause as Error)}`, { cause });
  }
}

/** Whether the path is a terminal (/dev/tty). */
export async function isTerminal(path: string): Promise<boolean> {
  const existing = await stat(path).catch(() => undefined);
  if (!existing?.isCharacterDevice()) return false;
  const device = await open(path, "r").catch(() => undefined);
  try {
    return device !== undefined && isatty(device.fd);
  } finally {
    await device?.close();
  }
}

async function replace(path: string, content: Content): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path).slice(0, 100)}.${randomBytes(6).toString("hex")}.tmp`);
  markTemporary(temporary);
  try {
    await replaceFile(path, content, { temporary, flag: "wx" });
  } catch (cause) {
    await rm(temporary, { force: true });
    throw cause;
  } finally {
    unmarkTemporary(temporary);
  }
}

/**
 * Checks before the work begins that an output can be written, instead of failing after an hour. Throws `UsageError`.
 */
export async function assertWritable(path: string): Promise<void> {
  const existing = await stat(path).catch(() => undefined);
  if (existing?.isDirectory()) throw new UsageError(`cannot write ${path}: it is a folder`);
  try {
    await access(existing === undefined || existing.isFile() ? dirname(path) : path, constants.W_OK);
  } catch (cause) {
    throw new UsageError(`cannot write ${path}: its folder ${dirname(path)} does not exist or is not writable`, {
      cause,
    });
  }
  if (existing?.isFile()) {
    await access(path, constants.W_OK).catch((cause) => {
      throw new UsageError(`cannot write ${path}: it is write-protected; choose another name, or delete it first`, {
        cause,
      });
    });
  }
}

/**
 * Checks that a folder can be written to. `makeFolder` creates it with its first file; until then, the nearest existing
 * parent must be writable.
 */
export async function assertFolderWritable(path: string): Promise<void> {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    const existing = await stat(folder).catch(() => undefined);
    if (existing === undefined && folder !== dirname(folder)) continue;
    if (existing !== undefined && !existing.isDirectory())
      throw new UsageError(`cannot write into ${path}: ${folder} is a file`);
    return access(folder, constants.W_OK).catch((cause) => {
      throw new UsageError(`cannot write into ${path}: ${folder} is not writable`, { cause });
    });
  }
}

/** Creates a folder and its parents. */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((cause: Error) => {
    throw new UsageError(`cannot make the folder ${path}: ${cause.message}`, { cause });
  });
}
