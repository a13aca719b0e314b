import { type BigIntStats, closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import { type ByteSource, FormatError } from "../formats/index.js";

/** Node reads at most 2^31 - 1 bytes per call; 1 GiB keeps every call below it. */
const MAX_READ_BYTES = 2 ** 30;

export interface SourceOptions {
  /** Reads block the thread (default: no). */
  readonly synchronous?: boolean | undefined;
}

/**
 * A byte source over a local file, by positional reads. It holds one file handle until `close`. Rejects with a
 * `FormatError` if the file is not a regular file, cannot be opened, or changed since it was opened.
 */
export async function fileSource(
  path: string,
  name: string = path,
  { synchronous = false }: SourceOptions = {},
): Promise<ByteSource> {
  const handle = await openRegularFile(path, name, synchronous);
  const before = await handle.stat();
  const byteLength = Number(before.size);

  const assertUnchanged = async (): Promise<void> => {
    const now = await handle.stat();
    if (now.size !== before.size || now.mtimeNs !== before.mtimeNs) {
      throw new FormatError("the file changed while it was being read", {
        kind: "unreadable",
        file: name,
        remedy: "Wait until nothing writes to it and run again.",
      });
    }
  };

  return {
    byteLength,
    async read(offset, length, signal, into) {
      signal?.throwIfAborted();
      if (offset < 0 || length < 0 || offset + length > byteLength) {
        throw new FormatError(`${length} bytes at ${offset} were requested, but the file has ${byteLength}`, {
          kind: "malformed",
          file: name,
          offset,
        });
      }
      const bytes = into?.(length) ?? new Uint8Array(length);
      let done = 0;
      while (done < length) {
        const most = Math.min(MAX_READ_BYTES, length - done);
        const bytesRead = await handle.read(bytes.subarray(done, done + most), offset + done);
        if (bytesRead === 0) {
          throw new FormatError("the file ended early: it was truncated while it was being read", {
            kind: "unreadable",
            file: name,
            offset: offset + done,
          });
        }
        done += bytesRead;
        signal?.throwIfAborted();
      }
      await assertUnchanged();
      return bytes;
    },
    close: () => handle.close(),
  };
}

/** An open file. */
interface OpenFile {
  stat(): BigIntStats | Promise<BigIntStats>;
  /** Fills as much of the bytes as there is, from a position of the file; gives how many those are. */
  read(into: Uint8Array, position: number): number | Promise<number>;
  close(): Promise<void>;
}

async function openRegularFile(path: string, name: string, synchronous: boolean): Promise<OpenFile> {
  try {
    // Checked before opening: opening a FIFO would wait for a writer.
    const found = synchronous ? statSync(path) : await stat(path);
    if (!found.isFile()) {
      throw new FormatError("not a regular file", {
        kind: "unreadable",
        file: name,
        remedy: "Name a weight file or the folder that holds it.",
      });
    }
    return synchronous ? openSynchronously(path) : await openAsynchronously(path);
  } catch (cause) {
    if (cause instanceof FormatError) throw cause;
    throw fileError(cause, name);
  }
}

async function openAsynchronously(path: string): Promise<OpenFile> {
  const handle = await open(path, "r");
  return {
    stat: () => handle.stat({ bigint: true }),
    read: async (into, position) => (await handle.read(into, 0, into.length, position)).bytesRead,
    close: () => handle.close(),
  };
}

/** Node closes it when the worker is terminated, which it does not do for an `open` that is under way. */
function openSynchronously(path: string): OpenFile {
  const descriptor = openSync(path, "r");
  let isOpen = true;
  return {
    stat: () => fstatSync(descriptor, { bigint: true }),
    read: (into, position) => readSync(descriptor, into, 0, into.length, position),
    async close() {
      // The number may be another file's by now: a second `close` has no effect, as with a `FileHandle`.
      if (isOpen) closeSync(descriptor);
      isOpen = false;
    },
  };
}

/** Turns a file-system error into one that says what to do. */
export function fileError(cause: unknown, name: string): FormatError {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new FormatError("no such file or folder", { kind: "missing", file: name, remedy: "Check the path.", cause });
  }
  if (code === "EACCES" || code === "EPERM") {
    return new FormatError("permission denied", {
      kind: "unreadable",
      file: name,
      remedy: "Check that you may read it.",
      cause,
    });
  }
  return new FormatError(`cannot be read (${code ?? String(cause)})`, { kind: "unreadable", file: name, cause });
}
