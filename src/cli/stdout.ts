import { fstatSync, writeSync } from "node:fs";
import { EXIT } from "./exit-codes.js";
import { interruption } from "./interruption.js";
import { systemReason } from "./system-error.js";
import { removeTemporary } from "./temporary.js";

/** Whether stdout is a terminal. Control characters in names from a file must not reach a terminal. */
export const stdoutIsTerminal = (): boolean => process.stdout.isTTY === true;

/**
 * Writes to stdout. A failure ends the process with one sentence and exit code 2. If the reader closed the pipe, the
 * process ends with the exit code of the work.
 */
export function writeStdout(text: string): void {
  if (!takesWholeWrites()) {
    process.stdout.write(text);
    return;
  }
  try {
    writeAll(1, Buffer.from(text));
  } catch (cause) {
    stdoutFailed(cause as NodeJS.ErrnoException);
  }
}

/** Ends the process when stdout fails. `main` also uses it for errors of the stream. */
export function stdoutFailed(error: NodeJS.ErrnoException): never {
  removeTemporary();
  // A reader such as `| head` may close the pipe early. That is not an error.
  if (error.code === "EPIPE") process.exit(process.exitCode ?? EXIT.done);
  const hint = interruption()?.hint?.();
  process.stderr.write(
    `eigenscope: cannot write to stdout: ${systemReason(error)}${hint === undefined ? "" : `; ${hint}`}\n`,
  );
  process.exit(EXIT.usage);
}

/**
 * Writes all bytes. On a disk that is nearly full, a write may take only a part of them without an error. Node's stream
 * for files does not check this and would lose the rest silently. Here the next write throws the error.
 */
export function writeAll(fd: number, bytes: Uint8Array, write: typeof writeSync = writeSync): void {
  for (let done = 0; done < bytes.length; ) done += write(fd, bytes, done, bytes.length - done);
}

/**
 * Whether stdout is a file or a device other than a terminal. Node's own streams write to pipes, sockets and terminals,
 * because they wait for the reader.
 */
function takesWholeWrites(): boolean {
  try {
    const found = fstatSync(1);
    return found.isFile() || (found.isCharacterDevice() && !stdoutIsTerminal());
  } catch {
    return false;
  }
}
