import { fstatSync, writeSync } from "node:fs";
import { isatty } from "node:tty";
import { EXIT } from "./exit-codes.js";
import { interruption } from "./interruption.js";
import { removeUnfinished } from "./output-file.js";
import { systemReason } from "./system-error.js";

/** Does stdout go to a terminal? Names from a file must not reach one with control characters. */
export const stdoutIsTerminal = (): boolean => isatty(1);

/**
 * Writes to stdout. A failure ends the process with one sentence and exit code 2; a reader that closed the pipe ends it
 * with that of the work.
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

/** What becomes of the process when stdout fails: `main` listens for the errors of the stream with it too. */
export function stdoutFailed(error: NodeJS.ErrnoException): never {
  removeUnfinished();
  // A reader that has seen enough (`| head`) closes the pipe; that is no error of ours.
  if (error.code === "EPIPE") process.exit(process.exitCode ?? EXIT.done);
  const hint = interruption()?.hint();
  process.stderr.write(`weightscope: cannot write to stdout: ${systemReason(error)}${hint === undefined ? "" : `; ${hint}`}\n`);
  process.exit(EXIT.usage);
}

/**
 * Writes all bytes. On a disk that is nearly full a write takes only a part of them and reports no error, and Node's
 * stream for files does not look: the rest would be lost in silence. The next write says why.
 */
export function writeAll(fd: number, bytes: Uint8Array, write: typeof writeSync = writeSync): void {
  for (let done = 0; done < bytes.length; ) done += write(fd, bytes, done, bytes.length - done);
}

/**
 * Files and devices that are no terminal; pipes, sockets and terminals are written to by Node's own streams, which wait
 * for their readers.
 */
function takesWholeWrites(): boolean {
  try {
    const found = fstatSync(1);
    return found.isFile() || (found.isCharacterDevice() && !isatty(1));
  } catch {
    return false;
  }
}
