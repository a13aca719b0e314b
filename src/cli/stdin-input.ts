import { createHash } from "node:crypto";
import { accessSync, constants, createWriteStream, fstatSync, readFileSync } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { isatty } from "node:tty";
import { type FileSet, FormatError } from "../formats/index.js";
import { STDIN_NAME, type StdinPlace, stdinFiles } from "../node/files.js";
import { UsageError } from "./exit-codes.js";
import { systemReason } from "./system-error.js";
import { markTemporary, unmarkTemporary } from "./temporary.js";

/** Names of stdin. A file that is called "-" is "./-". */
const NAMES = ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];
/** The redirected file, opened again: Linux only. */
const REOPENED = "/proc/self/fd/0";

export function isStdin(name: string): boolean {
  return NAMES.includes(name);
}

/** Whether the name can be that of a file: "-" is not. */
export function isNamed(name: string): boolean {
  return name !== "-";
}

/** What stdin is; tests give another one. */
export interface Stdin {
  readonly kind: "terminal" | "folder" | "stream";
  /** The path of a regular file of which nothing was read yet. */
  readonly path?: string | undefined;
  stream(): Readable;
}

export interface StdinOptions {
  readonly signal?: AbortSignal | undefined;
  readonly stdin?: Stdin;
  /** The folder for temporary files. */
  readonly temporary?: string;
  readonly createFile?: (path: string) => Writable;
}

/**
 * An input as a command takes it: its name, or what is in stdin if it is called "-". A redirected file is read in
 * place. Readers jump about in a file, which a pipe cannot do: what it brings is first copied to a private temporary
 * file, which `removeTemporary` removes. Throws `UsageError` if stdin is a terminal or the copy finds no room, and a
 * `FormatError` if stdin is empty or a folder.
 */
export async function inputOf(name: string, options: StdinOptions = {}): Promise<string | FileSet> {
  if (!isStdin(name)) return name;
  const { stdin = processStdin(), signal, temporary = tmpdir(), createFile = privateFile } = options;
  if (stdin.kind === "terminal")
    throw new UsageError(
      `${name} stands for what is piped in, and nothing is: give a weight file a name, or pipe one in ` +
        "(cat model.safetensors | eigenscope analyze -)",
    );
  if (stdin.kind === "folder")
    throw new FormatError("a folder", { kind: "unreadable", file: STDIN_NAME, remedy: "Give its name as the path." });
  const place =
    stdin.path === undefined
      ? await copied(stdin.stream(), { signal, temporary, createFile })
      : { path: stdin.path, byteLength: (await stat(stdin.path)).size };
  if (place.byteLength === 0)
    throw new FormatError("nothing came through it (0 bytes)", {
      ...{ kind: "malformed", file: STDIN_NAME },
      remedy: "Check the command before the pipe.",
    });
  return stdinFiles(place);
}

/** Throws `UsageError` for options that cannot go with "-", or if "-" is there twice. */
export function assertStdinOnce(inputs: readonly (string | undefined)[], revision?: string | undefined): void {
  const named = inputs.filter((name) => name !== undefined && isStdin(name));
  if (named.length > 1) throw new UsageError("- was given twice, but stdin is one file; give the other one a name");
  if (named.length === 1 && revision !== undefined)
    throw new UsageError("--revision names a version of a model on a hub; what comes through stdin has none");
}

/** Throws `UsageError` if a command that reads no stdin was given "-". */
export function assertNoStdin(command: string, inputs: readonly (string | undefined)[]): void {
  if (inputs.includes("-"))
    throw new UsageError(`${command} does not read stdin; analyze, describe and compare do (a file called "-" is ./-)`);
}

interface Copying extends Required<Pick<StdinOptions, "temporary" | "createFile">> {
  readonly signal: AbortSignal | undefined;
}

/** Copies a stream into a folder of its own that only this user can enter. */
async function copied(
  stream: Readable,
  { temporary, createFile, signal }: Copying,
): Promise<StdinPlace & { readonly byteLength: number }> {
  let folder: string | undefined;
  let byteLength = 0;
  const hash = createHash("sha256");
  try {
    folder = await mkdtemp(join(temporary, "eigenscope-stdin-"));
    markTemporary(folder);
    const path = join(folder, STDIN_NAME);
    const counted = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunks) {
        hash.update(chunk);
        byteLength += chunk.byteLength;
        yield chunk;
      }
    };
    await pipeline(stream, counted, createFile(path), { signal });
    return { path, byteLength, digest: `sha256 ${hash.digest("hex")}` };
  } catch (cause) {
    signal?.throwIfAborted();
    if (folder !== undefined) {
      await rm(folder, { recursive: true, force: true });
      unmarkTemporary(folder);
    }
    throw new UsageError(
      `stdin could not be copied into ${temporary} (${systemReason(cause as Error)}, after ${byteLength} bytes); ` +
        "set TMPDIR to a folder with room for the whole file, or save it and give its name",
      { cause },
    );
  }
}

/** A new file that only this user can read. */
function privateFile(path: string): Writable {
  return createWriteStream(path, { flags: "wx", mode: 0o600 });
}

function processStdin(): Stdin {
  const stream = (): Readable => process.stdin;
  if (isatty(0)) return { kind: "terminal", stream };
  try {
    const found = fstatSync(0);
    if (found.isDirectory()) return { kind: "folder", stream };
    return { kind: "stream", stream, path: found.isFile() ? unreadFile() : undefined };
  } catch {
    // stdin is closed: the stream says so.
    return { kind: "stream", stream };
  }
}

/** The redirected file, if it can be opened again and nothing of it was read: `(head -c 9; eigenscope -) < file`. */
function unreadFile(): string | undefined {
  try {
    accessSync(REOPENED, constants.R_OK);
    return /^pos:\s*0$/m.test(readFileSync("/proc/self/fdinfo/0", "utf8")) ? REOPENED : undefined;
  } catch {
    return undefined;
  }
}
